// The events of a live call as a list: filtered by class and step, paused, and one of them with all its fields.

import { html } from "../vendor/lit-html.js";
import { repeat } from "../vendor/directives/repeat.js";
import { number } from "../words.js";
import { clip } from "./clip.js";
import { faultIn } from "./faults.js";

const KEPT = 2000; // events; of more, the oldest are dropped
const SHOWN = 60; // events of the list
const EVERY = 250; // milliseconds between two lists while events come: they cannot be read sooner
const LONGEST = 12_000; // characters of a field
const NAMES = 200; // classes and steps to choose from
const HIDDEN = new Set(["at", "no", "what", "frame", "step", "place"]); // from the summary of an event

export class EventList {
  #events = [];
  #count = 0;
  #missing = 0; // events that were dropped or never came
  #kinds = new Map();
  #steps = new Map();
  #kind = "";
  #step = "";
  #faults = false; // only faults
  #paused = null; // the events as they were when the list was paused
  #chosen = null;
  #made = null; // the list as it was made last
  #madeAt = 0;

  constructor(redraw) {
    this.redraw = () => {
      this.#made = null;
      redraw();
    };
  }

  tell(event) {
    this.#count += 1;
    this.#events.push({ no: this.#count, event });
    if (this.#events.length > 1.25 * KEPT) this.#missing += this.#events.splice(0, this.#events.length - KEPT).length;
    note(this.#kinds, event.what, event.what);
    note(this.#steps, stepKey(event), stepName(event));
  }

  // Begin anew: the call is told again from its start, or from where it is still known.
  clear() {
    this.#events = [];
    this.#missing = 0;
  }

  // Count events that were lost on their way, or happened too long ago.
  miss(count) {
    this.#missing += count;
  }

  // Return the list; `now` in milliseconds.
  view(now) {
    if (this.#made === null || now - this.#madeAt >= EVERY) {
      this.#made = this.#list();
      this.#madeAt = now;
    }
    return this.#made;
  }

  #list() {
    const events = (this.#paused ?? this.#events).filter(({ event }) => this.#matches(event));
    const shown = events.slice(-SHOWN).reverse();
    return html`
      <div class="filters">
        ${this.#select("class", this.#kinds, this.#kind, (name) => (this.#kind = name))}
        ${this.#select("step", this.#steps, this.#step, (name) => (this.#step = name))}
        <label><input type="checkbox" .checked=${this.#faults} @change=${(event) => this.#only(event.target.checked)} />
          faults</label>
        <button type="button" aria-pressed=${this.#paused !== null} @click=${() => this.#pause()}>
          ${this.#paused === null ? "Pause" : "Go on"}
        </button>
        <span class="soft">${this.#sentence(shown.length, events.length)}</span>
      </div>
      <div class="event-panes">
        <div class="scroll"><table class="events">
          <thead><tr><th scope="col">at</th><th scope="col">event</th><th scope="col">step</th><th scope="col"></th></tr></thead>
          <tbody>${repeat(shown, ({ no }) => no, (it) => this.#row(it))}</tbody>
        </table></div>
        ${this.#chosen === null ? null : this.#details(this.#chosen.event)}
      </div>`;
  }

  #matches(event) {
    if (this.#faults && faultIn(event) === null) return false;
    return (this.#kind === "" || event.what === this.#kind) && (this.#step === "" || stepKey(event) === this.#step);
  }

  #only(faults) {
    this.#faults = faults;
    this.redraw();
  }

  #sentence(shown, matching) {
    const missing = this.#missing > 0 ? `; ${number(this.#missing)} older ones are not kept` : "";
    return `${shown} of ${number(matching)}${missing}${this.#paused === null ? "" : ", paused"}`;
  }

  #pause() {
    this.#paused = this.#paused === null ? [...this.#events] : null;
    this.redraw();
  }

  #select(label, names, chosen, choose) {
    const change = (event) => {
      choose(event.target.value);
      this.redraw();
    };
    return html`<label>${label}
      <select @change=${change}>
        <option value="" ?selected=${chosen === ""}>all</option>
        ${repeat([...names], ([key]) => key, ([key, name]) =>
          html`<option value=${key} ?selected=${key === chosen}>${clip(name, 60)}</option>`)}
      </select>
    </label>`;
  }

  #row(it) {
    const { event } = it;
    const choose = () => {
      this.#chosen = this.#chosen === it ? null : it;
      this.redraw();
    };
    return html`<tr class=${faultIn(event) === null ? "" : "bad"}>
      <td class="n">${Number(event.at).toFixed(2)}</td>
      <td><button type="button" class="plain" aria-pressed=${it === this.#chosen} @click=${choose}>
        ${clip(event.what, 60)}</button></td>
      <td class="soft">${stepName(event)}</td>
      <td class="words"><p dir="auto">${clip(faultIn(event) ?? summary(event), 160)}</p></td>
    </tr>`;
  }

  #details(event) {
    const { frame, ...others } = event;
    return html`<section class="details" aria-label="the chosen event">
      ${fields(others)} ${frame ? html`<h3>The fields of the ${clip(event.what, 60)}</h3>${fields(frame)}` : null}
    </section>`;
  }
}

function fields(of) {
  const named = ([name, value]) => html`<dt>${clip(name, 60)}</dt><dd dir="auto">${clip(plain(value), LONGEST)}</dd>`;
  return html`<dl>${Object.entries(of).map(named)}</dl>`;
}

function note(names, key, name) {
  if (names.size < NAMES) names.set(key, name);
}

function stepKey(event) {
  return `${event.place ?? ""} ${event.step ?? ""}`;
}

function stepName(event) {
  const step = clip(event.step || (event.frame ? "line" : "call"), 60);
  return typeof event.place === "number" ? `${event.place} ${step}` : step;
}

// Return the fields of an event in one line.
function summary(event) {
  const fields = Object.entries(event.frame ?? event).filter(([name]) => event.frame || !HIDDEN.has(name));
  return fields.map(([name, value]) => `${name}=${plain(value)}`).join("  ");
}

function plain(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}
