// The sound of a live call on its canvas: follows the present, or stands where it was scrolled to.

import { html } from "../vendor/lit-html.js";
import { length } from "../words.js";
import { drawLanes } from "./lanes.js";
import { Levels } from "./levels.js";
import { FRAME_SECONDS } from "./stopwatch.js";


const SPANS = [10, 20, 60, 300]; // seconds that are visible
const AHEAD = 0.5; // seconds right of the present: the agent's sound is known before it is heard
const EVERY = 60; // milliseconds between drawings
const STILL = 500; // … once the call is over, and for a reader who wants little motion
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const KEY = [
  ["caller", "caller"],
  ["agent", "agent"],
  ["warn", "response gap"],
  ["bad", "barge-in, clear, fault"],
  ["muted", "mark played"],
  ["text", "now"],
];

export class Sound {
  levels = { in: new Levels(), out: new Levels() };
  #canvas = document.createElement("canvas");
  #span = 20;
  #from = null; // null: follow the present
  #drawn = 0;

  constructor(redraw) {
    this.redraw = redraw;
    this.#canvas.className = "lanes";
    this.#canvas.setAttribute("role", "img");
    this.#canvas.setAttribute("aria-label", "The sound of both sides in true time; the words and times are below.");
    this.#canvas.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  // Take the peaks of one way, and return the moment at which they end.
  tell({ way, at, peaks }) {
    if (Object.hasOwn(this.levels, way)) this.levels[way].put(at, peaks);
    return at + peaks.length * FRAME_SECONDS;
  }

  // Drop the agent's sound after a moment.
  cut({ at }) {
    this.levels.out.cut(at);
  }

  // Draw, if it is time to; `now` is the present moment, `over` true once the call has ended.
  draw(story, now, over, time) {
    if (time - this.#drawn < (over || calm.matches ? STILL : EVERY)) return;
    this.#drawn = time;
    this.now = now;
    const moment = over ? null : now;
    drawLanes(this.#canvas, { story, levels: this.levels, from: this.from, span: this.#span, now: moment, end: now });
  }

  // The moment at the left edge.
  get from() {
    return this.#from ?? this.#latest;
  }

  get #latest() {
    return Math.max(0, (this.now ?? 0) + AHEAD - this.#span);
  }

  view() {
    return html`
      <ul class="key">${KEY.map(([colour, name]) => html`<li><i class=${`of-${colour}`}></i>${name}</li>`)}</ul>
      ${this.#canvas}
      <div class="filters">
        <label class="wide">from ${length(this.from)}
          <input type="range" min="0" max=${this.#latest.toFixed(1)} ?disabled=${this.#latest === 0} step="0.5" .value=${this.from.toFixed(1)}
            @input=${(event) => this.#scroll(Number(event.target.value))} />
        </label>
        <label>wide
          <select @change=${(event) => this.#widen(Number(event.target.value))}>
            ${SPANS.map((span) => html`<option value=${span} ?selected=${span === this.#span}>${span} s</option>`)}
          </select>
        </label>
        <button type="button" aria-pressed=${this.#from === null} @click=${() => this.#scroll(Infinity)}>Follow</button>
      </div>`;
  }

  #scroll(from) {
    this.#from = from >= this.#latest ? null : Math.max(0, from);
    this.#drawn = 0;
    this.redraw();
  }

  #widen(span) {
    this.#span = span;
    this.#scroll(this.#from ?? Infinity);
  }

  #wheel(event) {
    const moved = event.deltaX || (event.shiftKey ? event.deltaY : 0);
    if (moved === 0) return;
    event.preventDefault();
    this.#scroll(this.from + (moved * this.#span) / Math.max(1, this.#canvas.clientWidth));
  }
}
