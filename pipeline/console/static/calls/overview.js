// The calls under way: a row each, sorted and filtered, below the state of the server.

import { html } from "../vendor/lit-html.js";
import { repeat } from "../vendor/directives/repeat.js";
import { Feed } from "../feed.js";
import { state } from "../words.js";
import { clip } from "./clip.js";
import { health } from "./health.js";
import { row } from "./row.js";

const COLUMNS = [
  ["since", (call) => -call.started],
  ["caller → called", (call) => `${call.caller} ${call.called}`],
  ["agent", (call) => call.agent],
  ["state", (call) => call.state],
  ["turns", (call) => call.turns],
  ["last gap", (call) => call.gap ?? -1],
  ["barge-ins", (call) => call.barge_ins],
  ["faults", (call) => call.faults],
];

export class Overview {
  #rows = null; // the feed's latest `rows`
  #sorted = { column: 0, down: false };
  #wanted = { agent: "", state: "", faults: false, text: "" };

  constructor(context) {
    this.context = context;
    this.feed = new Feed(this);
  }

  start() {
    this.feed.open();
  }

  stop() {
    this.feed.close();
  }

  // Take the feed's `rows`.
  rows(rows) {
    this.#rows = rows;
    this.context.redraw();
  }

  view() {
    if (this.#rows === null) return html`<h1>Calls</h1><p role="status" class="soft">Waiting for the server…</p>`;
    const { calls } = this.#rows;
    return html`
      <h1>Calls</h1>
      ${health(this.#rows)}
      ${calls.length === 0 ? html`<p class="empty">No call is under way. Place one on the <a href="#/phone">Phone page</a>.</p>` : this.#table(calls)}`;
  }

  #table(calls) {
    const shown = calls.filter((call) => this.#matches(call)).sort(this.#order());
    return html`
      <div class="filters">
        ${this.#select("agent", calls, (name) => name)} ${this.#select("state", calls, state)}
        <label><input type="checkbox" .checked=${this.#wanted.faults}
          @change=${(event) => this.#want("faults", event.target.checked)} /> with faults</label>
        <label>search <input type="search" dir="auto" .value=${this.#wanted.text}
          @input=${(event) => this.#want("text", event.target.value)} /></label>
        <span class="soft" role="status">${shown.length} of ${calls.length}</span>
      </div>
      <div class="scroll"><table class="calls">
        <thead><tr>${COLUMNS.map(([name], column) => this.#head(name, column))}<th scope="col">last 30 s</th></tr></thead>
        <tbody>${repeat(shown, (call) => call.sid, (call) => row(call, this.#rows.now))}</tbody>
      </table></div>`;
  }

  #want(name, value) {
    this.#wanted[name] = value;
    this.context.redraw();
  }

  #matches(call) {
    const { agent, state: wanted, faults, text } = this.#wanted;
    if ((agent && call.agent !== agent) || (wanted && call.state !== wanted) || (faults && call.faults === 0)) return false;
    const words = `${call.caller} ${call.called} ${call.agent} ${call.state} ${call.sid}`.toLowerCase();
    return text.toLowerCase().split(/\s+/).every((word) => words.includes(word));
  }

  // The order of two calls; those of the same value are sorted by their SIDs, so that rows keep their places.
  #order() {
    const { column, down } = this.#sorted;
    const value = COLUMNS[column][1];
    return (one, other) => compare(value(one), value(other)) * (down ? -1 : 1) || compare(one.sid, other.sid);
  }

  #head(name, column) {
    const sorted = column === this.#sorted.column;
    const direction = this.#sorted.down ? "descending" : "ascending";
    const sort = () => {
      this.#sorted = { column, down: sorted && !this.#sorted.down };
      this.context.redraw();
    };
    return html`<th scope="col" aria-sort=${sorted ? direction : "none"}>
      <button type="button" class="plain" @click=${sort}>${name}</button></th>`;
  }

  #select(name, calls, words) {
    const chosen = this.#wanted[name];
    const names = [...new Set([...calls.map((call) => call[name]), chosen])].filter(Boolean).sort(compare);
    return html`<label>${name}
      <select @change=${(event) => this.#want(name, event.target.value)}>
        <option value="" ?selected=${chosen === ""}>all</option>
        ${repeat(names, (it) => it, (it) => html`<option value=${it} ?selected=${it === chosen}>${clip(words(it), 60)}</option>`)}
      </select>
    </label>`;
  }
}

function compare(one, other) {
  return one < other ? -1 : Number(one > other);
}
