
"use strict";
const JUMP = 5; // seconds of an arrow key
const WIDTH = 500, SPAN = 10; // units and seconds of a strip
const events = JSON.parse(document.getElementById("event-data").textContent);
const player = document.querySelector("audio");
const position = document.getElementById("position");
const end = Number(position.max);
const strips = [...document.querySelectorAll("svg[data-start]")];
const said = [...document.querySelectorAll(".said tr")];
const list = document.querySelector(".events ol");
const chosen = document.querySelector(".chosen");
let at = 0;
let listed = []; // the events that the filters let through, each with its button

function made(tag, text, attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/* ---- the present moment ---- */

function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, "0")}`;
}

// The last of the items, in order of time, that has begun; -1 before the first.
function latest(items, timeOf) {
  let low = 0, high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeOf(items[middle]) <= at + 0.0005) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function mark(element) {
  for (const old of element.parentElement.querySelectorAll(":scope > [aria-current]")) old.removeAttribute("aria-current");
  element.setAttribute("aria-current", "true");
}

function draw() {
  position.value = at;
  const words = `${clock(Math.floor(at * 10) / 10)} / ${clock(end)}`;
  position.setAttribute("aria-valuetext", words);
  document.getElementById("time").textContent = words;
  const strip = Math.min(strips.length - 1, Math.floor(at / SPAN));
  strips.forEach((it, place) => it.classList.toggle("now", place === strip));
  const x = (at - strip * SPAN) * WIDTH / SPAN;
  strips[strip].querySelector(".head").setAttribute("transform", `translate(${Math.min(WIDTH - 1, x).toFixed(1)} 0)`);
  const row = latest(said, it => Number(it.dataset.at));
  if (row >= 0) mark(said[row]);
  else for (const it of said) it.removeAttribute("aria-current");
  const event = latest(listed, it => it.event.at);
  if (event >= 0) mark(listed[event].row);
}

function follow() {
  const row = list.querySelector("[aria-current]");
  if (row && !list.contains(document.activeElement)) list.scrollTop = row.offsetTop - list.clientHeight / 2;
}

function seek(to) {
  at = Math.max(0, Math.min(end, to));
  if (player) player.currentTime = at;
  draw();
  follow();
}

/* ---- the sound ---- */

function trouble(words) {
  document.getElementById("trouble").textContent = words;
}

function play() {
  if (!player) return;
  if (at >= end - 0.05) seek(0);
  player.play().then(() => trouble(""), error => trouble(`The sound does not play: ${error.message}`));
}

function toggle() {
  if (player.paused) play();
  else player.pause();
}

function advance() {
  if (player.paused) return;
  at = player.currentTime;
  draw();
  follow();
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) requestAnimationFrame(advance);
}

if (player) {
  const button = document.getElementById("play");
  player.removeAttribute("controls");
  button.addEventListener("click", toggle);
  player.addEventListener("play", () => { button.textContent = "Pause"; advance(); });
  player.addEventListener("pause", () => { button.textContent = "Play"; });
  player.addEventListener("timeupdate", advance);
  player.addEventListener("error", () => trouble("The sound cannot be loaded."));
}

/* ---- the events ---- */

function stepOf(event) {
  const place = event.place === undefined ? "" : `${event.place} `;
  return event.step === undefined ? "–" : `${place}${event.step || "the line"}`;
}

function fieldsOf(event) {
  const {at, what, step, place, frame, ...own} = event;
  return typeof frame === "object" && frame !== null ? {...own, ...frame} : own;
}

function brief(event) {
  const shown = ([name, value]) =>
    typeof value === "string" ? value : value === true ? name : value === false ? "" : `${name} ${JSON.stringify(value)}`;
  return Object.entries(fieldsOf(event)).map(shown).filter(Boolean).join(" · ").slice(0, 160);
}

function line(event) {
  const button = made("button", "", {type: "button", class: "event", "aria-pressed": "false", tabindex: "-1"});
  const cells = [made("span", event.what), made("span", stepOf(event)), made("span", brief(event), {dir: "auto"})];
  button.append(made("time", `${event.at.toFixed(3)} s`), ...cells);
  const row = document.createElement("li");
  row.append(button);
  button.addEventListener("click", () => { choose(event, button); seek(event.at); });
  return {event, row, button};
}

function choose(event, button) {
  for (const it of listed) {
    it.button.setAttribute("aria-pressed", String(it.button === button));
    it.button.tabIndex = it.button === button ? 0 : -1;
  }
  chosen.replaceChildren();
  const tell = (name, value) => {
    const cell = document.createElement("dd");
    cell.append(typeof value === "object" && value instanceof Node ? value
      : made("bdi", typeof value === "string" ? value : JSON.stringify(value)));
    chosen.append(made("dt", name), cell);
  };
  tell("time", `${event.at} s`);
  tell("class", event.what);
  const goal = Number.isInteger(event.place) && document.getElementById(`step-${event.place}`);
  if (event.step !== undefined) tell("step", goal ? made("a", stepOf(event), {href: `#step-${event.place}`}) : stepOf(event));
  for (const [name, value] of Object.entries(fieldsOf(event))) tell(name, value);
}

function filter() {
  const kind = document.getElementById("class").value, step = document.getElementById("step").value;
  const fits = it => (!kind || it.what === kind) && (!step || stepOf(it) === step);
  listed = events.filter(fits).map(line);
  list.replaceChildren(...listed.map(it => it.row));
  if (listed.length) listed[0].button.tabIndex = 0;
  document.getElementById("count").textContent = `${listed.length} of ${events.length}`;
  chosen.replaceChildren();
  draw();
}

function offer(id, valueOf) {
  const counts = new Map();
  for (const event of events) counts.set(valueOf(event), (counts.get(valueOf(event)) || 0) + 1);
  const select = document.getElementById(id);
  select.append(made("option", "all", {value: ""}));
  const names = [...counts.keys()].sort((one, other) => one.localeCompare(other, "en", {numeric: true}));
  for (const name of names) select.append(made("option", `${name} (${counts.get(name)})`, {value: name}));
  select.addEventListener("change", filter);
}

/* ---- hands ---- */

document.addEventListener("click", event => {
  const goal = event.target.closest("[data-at]");
  if (!goal || event.target.closest("a, summary")) return;
  seek(Number(goal.dataset.at));
  play();
});

for (const strip of strips)
  strip.addEventListener("click", event => {
    const box = strip.getBoundingClientRect();
    seek(Number(strip.dataset.start) + SPAN * (event.clientX - box.left) / box.width);
    play();
  });

position.addEventListener("input", () => seek(Number(position.value)));

function besides(button, way) {
  const place = listed.findIndex(it => it.button === button) + way;
  if (listed[place]) listed[place].button.focus();
}

document.addEventListener("keydown", event => {
  const target = event.target;
  if (event.altKey || event.ctrlKey || event.metaKey || target.closest("select, audio")) return;
  const way = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1}[event.key];
  if (event.key === " " && player && !target.closest("button:not(.moment, .event), a, summary")) toggle();
  else if (event.key === "ArrowLeft" || event.key === "ArrowRight") seek(at + way * JUMP);
  else if (way && target.closest(".event")) besides(target.closest(".event"), way);
  else return;
  event.preventDefault();
});

// Some browsers press a button when the space bar is let go.
document.addEventListener("keyup", event => {
  if (event.key === " " && player && event.target.closest(".moment, .event")) event.preventDefault();
});

for (const button of document.querySelectorAll(".copy")) {
  const code = button.previousElementSibling;
  const select = () => { getSelection().selectAllChildren(code); button.textContent = "selected: copy it"; };
  button.hidden = false;
  button.addEventListener("click", () => {
    if (!navigator.clipboard) select();
    else navigator.clipboard.writeText(code.textContent).then(() => { button.textContent = "copied"; }, select);
  });
}

function unfold() {
  const step = location.hash.startsWith("#step-") && document.getElementById(location.hash.slice(1));
  if (step) step.querySelector("details").open = true;
}

addEventListener("hashchange", unfold);
document.querySelector(".bar").hidden = document.getElementById("events").hidden = false;
offer("class", event => event.what);
offer("step", stepOf);
filter();
