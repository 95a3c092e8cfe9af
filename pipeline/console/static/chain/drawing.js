// The picture of a chain: its steps below each other, the frames between them, and on the left, dashed, the controls on
// their way back up. It is narrow enough for a phone, and for a place beside a call.

import { nothing, svg } from "../vendor/lit-html.js";

const WIDTH = 348;
const LANE = 11; // between two lanes of controls
const LINE = 15; // of text
const WORD = 25; // height of the line with a step's word
const GAP = 9; // an arrow without a text beside it
const CHARS = 44; // in a line of frames' names
const ROUND = 5;

/**
 * Draws a chain as /api/chains has it.
 *
 * `lit(place, name)` is true while the step has just sent a frame, or that frame if it is named; `figures(place)` are
 * the words at the right of a step: [text, class] pairs; `chosen` is the place of the chosen step, or null, and
 * `choose(place)` is called for a click, Enter or an arrow key.
 */
export function drawing(chain, { lit = () => false, figures = () => [], chosen = null, choose = () => {} } = {}) {
  const rows = laidOut(chain);
  const { y, height } = rows.at(-1);
  const total = y + height + 2;
  return svg`<svg class="drawing" viewBox="0 0 ${WIDTH} ${total}" role="listbox" aria-label="Steps of ${chain.agent}, from the caller's voice to the caller's ear"
      @keydown=${(event) => move(event, rows.length, chosen, choose)}>
    ${rows.map((row) => link(row, rows, lit))}
    ${lanes(rows).map((lane) => back(lane, lit))}
    ${rows.map((row) => step(row, { lit, figures, chosen, choose }))}
  </svg>`;
}

/** The frames and controls of a step: {gives, passes} to the next one, and {name: [places that hear it]} it raises. */
export function sent(chain, place) {
  const from = chain.frames.filter((it) => it.from === place);
  const names = (some) => some.map((it) => it.name);
  const raises = {};
  for (const { name, to } of from.filter((it) => it.up)) (raises[name] ??= []).push(to);
  return { gives: names(from.filter((it) => !it.up && !it.passes)), passes: names(from.filter((it) => !it.up && it.passes)), raises };
}

function laidOut(chain) {
  const raisers = chain.steps.filter(({ place }) => Object.keys(sent(chain, place).raises).length > 0);
  const left = 4 + LANE * raisers.length + (raisers.length ? 8 : 0);
  let y = 1;
  return chain.steps.map((it) => {
    const frames = sent(chain, it.place);
    const raised = Object.keys(frames.raises);
    const under = [
      ...(it.fallback.length ? wrapped(it.fallback, "else ").map((text) => [text, "spare"]) : []),
      ...wrapped(raised, "↑ ").map((text) => [text, "back"]),
    ];
    const labels = wrapped(frames.gives, "");
    const height = WORD + LINE * under.length + (under.length ? 4 : 0);
    const row = { ...it, frames, raised, under, labels, left, y, height, lane: raisers.indexOf(it) };
    const passing = frames.passes.length && !labels.length;
    y += height + (it === chain.steps.at(-1) ? 0 : GAP + LINE * (labels.length + (passing ? 1 : 0)) + 4);
    return row;
  });
}

/** The names in as many lines as they need. */
function wrapped(names, before) {
  const lines = [];
  for (const name of names) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + name.length + 2 <= CHARS) lines[lines.length - 1] = `${line}, ${name}`;
    else lines.push(lines.length ? name : before + name);
  }
  return lines.map((line, at) => (at < lines.length - 1 ? `${line},` : line));
}

function step(row, { lit, figures, chosen, choose }) {
  const { place, left, y, height } = row;
  const state = ["step", lit(place) ? "lit" : "", chosen === place ? "chosen" : ""].filter(Boolean).join(" ");
  const told = figures(place);
  const label = [`${place + 1}: ${row.word}`, ...told.map(([text]) => text)].join(", ");
  const settings = Object.entries(row.settings).map(([name, value]) => `${name}: ${value}`);
  return svg`<g class=${state} data-step=${place} role="option" aria-selected=${chosen === place} aria-label=${label}
      tabindex=${(chosen ?? 0) === place ? 0 : -1} @click=${() => choose(place)}>
    <title>${[row.doc, ...settings].join("\n")}</title>
    <rect x=${left} y=${y} width=${WIDTH - left - 1} height=${height} rx=${ROUND}></rect>
    <text class="word" x=${left + 9} y=${y + 17}>${row.word}</text>
    <text class="figures" x=${WIDTH - 9} y=${y + 17} text-anchor="end">${told.map(
      ([text, kind], at) => svg`<tspan class=${kind}>${at ? " · " : ""}${text}</tspan>`,
    )}</text>
    ${row.under.map(([text, kind], at) => svg`<text class=${kind} x=${left + 9} y=${y + WORD + 10 + LINE * at}>${text}</text>`)}
  </g>`;
}

function link(row, rows, lit) {
  const next = rows[row.place + 1];
  if (next === undefined) return nothing;
  const { gives, passes } = row.frames;
  const [x, top, end] = [row.left + 15, row.y + row.height, next.y];
  const more = passes.length ? `${row.labels.length ? " " : ""}+ ${passes.length} passing` : "";
  const last = row.labels.length - 1;
  const lines = row.labels.length ? row.labels : [""];
  return svg`<g class=${gives.some((name) => lit(row.place, name)) ? "link lit" : "link"}>
    <title>${[`gives ${gives.join(", ") || "nothing of its own"}`, passes.length ? `passes ${passes.join(", ")}` : ""].filter(Boolean).join("\n")}</title>
    <path d="M${x} ${top}V${end - 5}"></path><path class="tip" d="M${x - 4} ${end - 6}h8l-4 6z"></path>
    ${lines.map((text, at) => svg`<text x=${x + 11} y=${top + 15 + LINE * at}>${text}${
      at === Math.max(0, last) ? svg`<tspan class="soft">${more}</tspan>` : nothing}</text>`)}
  </g>`;
}

/** A lane for each step that raises controls: the heights at which they leave it, and those at which they are heard. */
function lanes(rows) {
  return rows.filter((row) => row.lane >= 0).map((row) => {
    const heard = [...new Set(Object.values(row.frames.raises).flat())].map((place) => {
      const names = row.raised.filter((name) => row.frames.raises[name].includes(place));
      return { names, y: rows[place].y + 6 + 5 * row.lane, left: rows[place].left };
    });
    return { row, heard, x: 5 + LANE * row.lane, y: row.y + row.height - 8 };
  });
}

function back({ row, heard, x, y }, lit) {
  const top = Math.min(...heard.map((it) => it.y));
  return svg`<g class=${row.raised.some((name) => lit(row.place, name)) ? "back lit" : "back"}>
    <path d="M${row.left} ${y}H${x}V${top}"><title>${row.word} raises ${row.raised.join(", ")}</title></path>
    ${heard.map((it) => svg`<path d="M${x} ${it.y}H${it.left - 5}"><title>${it.names.join(", ")}</title></path><path class="tip" d="M${it.left - 6} ${it.y - 3}v6l6-3z"></path>`)}
  </g>`;
}

const MOVES = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };

function move(event, count, chosen, choose) {
  const list = event.currentTarget;
  const at = chosen ?? Number(event.target.closest("[data-step]")?.dataset.step ?? 0);
  if (!(event.key in MOVES) && event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  const place = Math.min(count - 1, Math.max(0, at + (MOVES[event.key] ?? 0)));
  choose(place);
  list.querySelector(`[data-step="${place}"]`).focus();
}
