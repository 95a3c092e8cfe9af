// A level meter: the peak of the sound in the last moment, drawn outside of the page's own redrawing.

import { html } from "../vendor/lit-html.js";

const EVERY = 50; // ms between two drawings
const FLOOR = -50; // dB of an empty meter

export class Meter {
  #id;
  #peak = 0;
  #drawn = 0;

  /** `side` is caller or agent, and the colour. */
  constructor(side, label) {
    this.label = label;
    this.side = side;
    this.#id = `meter-${side}`;
  }

  view() {
    return html`<div class="level ${this.side}"><span class="soft small">${this.label}</span><span id=${this.#id} class="meter"></span></div>`;
  }

  /** Takes the peak of a piece of sound, 0 to 1. */
  take(peak) {
    this.#peak = Math.max(this.#peak, peak);
    if (performance.now() - this.#drawn < EVERY) return;
    this.#drawn = performance.now();
    const share = Math.min(1, Math.max(0, 1 - (20 * Math.log10(this.#peak || 1e-9)) / FLOOR));
    document.getElementById(this.#id)?.style.setProperty("--level", share.toFixed(3));
    this.#peak = 0;
  }
}
