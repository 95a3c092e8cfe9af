// The keypad of a phone: twelve buttons, and the same keys of the keyboard.

import { html } from "../vendor/lit-html.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const NAMES = { "*": "star", "#": "hash" };
const SHOWN = 24; // the keys pressed last

export class Keypad {
  #pressed = "";
  #type = (event) => this.#typed(event);

  /** `press` is called with each key, from the call's beginning to its end. */
  constructor(press) {
    this.press = press;
  }

  start() {
    document.addEventListener("keydown", this.#type);
  }

  stop() {
    document.removeEventListener("keydown", this.#type);
  }

  view() {
    return html`<div class="keypad" role="group" aria-label="Keypad">
      <output class="pressed n" aria-label="Keys pressed">${this.#pressed}</output>
      ${KEYS.map((key) => html`<button type="button" aria-label=${NAMES[key] ?? key} @click=${() => this.#press(key)}>${key}</button>`)}
    </div>`;
  }

  #press(key) {
    this.#pressed = (this.#pressed + key).slice(-SHOWN);
    this.press(key);
  }

  // A key that goes into a field of the page, or belongs to the browser, is not the phone's.
  #typed(event) {
    const elsewhere = event.target.closest("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey;
    if (KEYS.includes(event.key) && !event.repeat && !elsewhere) this.#press(event.key);
  }
}
