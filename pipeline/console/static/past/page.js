// The page of past calls: a search, filters, and the calls that are like that, the newest first.
//
// The search is kept in the address (#/past/query=rooms&faults=1), so that the way back from a report leads to it.

import { html, nothing } from "../vendor/lit-html.js";
import * as words from "../words.js";
import { table } from "./rows.js";

const TYPED = 250; // ms after the last key until it is searched
const READING = 1000; // ms between looks while the records are being read
const NEW = 10000; // ms between looks for calls that have ended meanwhile
const FIRST = 50; // calls of a first look
const MOST = 500; // calls that one look asks for at most

export function page({ api, agents, params, redraw }) {
  const asked = read(params[0]);
  const found = { calls: [], next: null, reading: null, kept: true, agents: [], causes: [] };
  let failure = null;
  let looked = 0; // looks so far: an answer to an older one is dropped
  let isLooking = true;
  let shown = 0; // calls that the next look has to have, to shorten no list
  let timer = 0;
  const rows = table({ redraw });

  async function look({ more = false, quiet = false } = {}) {
    const mine = ++looked;
    clearTimeout(timer);
    isLooking = !quiet;
    redraw();
    const answer = await api.get(`/api/past?${question(more)}`).catch((error) => ({ failure: error }));
    if (mine !== looked) return;
    isLooking = false;
    failure = answer.failure ?? null;
    if (!failure) Object.assign(found, answer, { calls: more ? [...found.calls, ...answer.calls] : answer.calls });
    shown = found.calls.length;
    again();
    redraw();
  }

  function question(more) {
    const part = more ? { before: found.next } : { limit: Math.min(MOST, Math.max(FIRST, shown)) };
    return new URLSearchParams({ ...asked, ...part });
  }

  /** Looks once more in a while, unless so many calls are shown that the list would get shorter. */
  function again() {
    clearTimeout(timer);
    if (document.hidden || shown > MOST) return;
    timer = setTimeout(look, found.reading < 1 ? READING : NEW, { quiet: true });
  }

  function ask(name, value, after = 0) {
    if (value) asked[name] = value;
    else delete asked[name];
    history.replaceState(null, "", `#/past${filtered() ? `/${new URLSearchParams(asked)}` : ""}`);
    clearTimeout(timer);
    looked++; // an answer on its way is to the question before, and must not put this one off
    shown = 0;
    timer = setTimeout(look, after);
  }

  const filtered = () => Object.keys(asked).length > 0;

  function clear() {
    for (const name of Object.keys(asked)) delete asked[name];
    ask("query", "");
    document.querySelector(".past input[type=search]").focus();
  }

  const seen = () => (document.hidden ? clearTimeout(timer) : look({ quiet: true }));

  // ---- the view ----

  const choice = (name, title, values, said = (value) => value) => html`
    <label class="field"><span>${title}</span>
      <select name=${name} @change=${(event) => ask(name, event.target.value)}>
        <option value="" .selected=${!asked[name]}>any</option>
        ${[...new Set([...values, asked[name]].filter(Boolean))].map(
          (value) => html`<option value=${value} .selected=${asked[name] === value}>${said(value)}</option>`,
        )}
      </select></label>`;

  const filters = () => html`
    <form class="filters" role="search" @submit=${(event) => (event.preventDefault(), look())}>
      <label class="field query"><span>Words of either side, a number, a CallSid</span>
        <input type="search" name="query" dir="auto" maxlength="300" autocomplete="off" .value=${asked.query ?? ""}
          @input=${(event) => ask("query", event.target.value.trim(), TYPED)}></label>
      ${choice("agent", "Agent", found.agents)}
      ${choice("cause", "End", found.causes, words.cause)}
      <label class="field gap"><span>Median gap over, s</span>
        <input type="number" name="gap" min="0" max="60" step="0.1" placeholder="1.5" .value=${asked.gap ?? ""}
          @input=${(event) => event.target.checkValidity() && ask("gap", event.target.value, TYPED)}></label>
      <label class="row faults"><input type="checkbox" name="faults" .checked=${asked.faults === "1"}
          @change=${(event) => ask("faults", event.target.checked ? "1" : "")}>with faults</label>
    </form>`;

  function none() {
    if (!found.kept)
      return html`<div class="empty"><p>No record is kept: set <code>record.folder</code> in the config.</p>
        <p class="mono" translate="no">record: {folder: calls}</p></div>`;
    if (filtered())
      return html`<div class="empty"><p>No call is like that.</p><button @click=${clear}>Clear the search</button></div>`;
    return html`<div class="empty"><p>No call has been kept yet. <a href="#/phone">Call the agent</a>; its call is here when it is over.</p></div>`;
  }

  const list = () => html`
    ${rows.view(found.calls)}
    <p class="row">
      ${found.next ? html`<button class="more" ?disabled=${isLooking} @click=${() => look({ more: true })}>More</button>` : nothing}
      <span class="soft small">${words.count(found.calls.length, "call")}${found.next ? ", and older ones" : ""}</span>
    </p>`;

  function content() {
    if (failure)
      return html`<div class="notice bad" role="alert"><p>${failure.message}</p><p class="soft">${failure.advice}</p></div>`;
    if (found.calls.length) return list();
    return isLooking || found.reading !== 1 ? nothing : none();
  }

  const progress = () => html`
    <p class="reading soft" role="status">
      ${found.reading !== null && found.reading < 1
        ? html`<label>The records are being read, the newest first: <progress max="1" .value=${found.reading}></progress>
            ${words.percent(found.reading)}</label>`
        : nothing}
    </p>`;

  return {
    view: () => html`<section class="past" aria-busy=${isLooking}><h1>Past calls</h1>
      ${filters()} ${progress()}
      ${agents.some((agent) => !agent.log_words)
        ? html`<p class="soft small">Of agents with <code>log_words: false</code>, no words are shown or found.</p>`
        : nothing}
      ${content()}</section>`,
    start() {
      document.addEventListener("visibilitychange", seen);
      look();
    },
    stop() {
      document.removeEventListener("visibilitychange", seen);
      clearTimeout(timer);
      looked++;
    },
  };
}

/** Returns the search that an address has. */
function read(param = "") {
  const known = ["query", "agent", "cause", "faults", "gap"];
  return Object.fromEntries([...new URLSearchParams(param)].filter(([name, value]) => known.includes(name) && value));
}
