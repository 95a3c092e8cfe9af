// The buttons of a live call: interrupt the agent, hang up (pressed twice), and listen in.

import { html } from "../vendor/lit-html.js";
import { Listening } from "./listening.js";

const SURE = 4000; // milliseconds in which the second press of *Hang up* has to come

export class Controls {
  #armed = null; // the timer of the first press
  #said = "";
  #listening;

  constructor(context, sid) {
    this.context = context;
    this.sid = sid;
    this.#listening = new Listening(sid, () => context.redraw());
  }

  // End what the buttons have begun.
  stop() {
    clearTimeout(this.#armed);
    this.#armed = null;
    this.#listening.stop();
  }

  view() {
    const armed = this.#armed !== null;
    const { on, trouble } = this.#listening;
    return html`<div class="controls">
      <button type="button" @click=${() => this.#ask("interrupt", "The agent was told to stop speaking.")}>Interrupt</button>
      <button type="button" class="danger" @click=${() => this.#hangUp()}>${armed ? "Press again to hang up" : "Hang up"}</button>
      <button type="button" aria-pressed=${on} @click=${() => this.#listen()}>${on ? "Stop listening" : "Listen"}</button>
      <span role="status" class=${trouble ? "bad" : "soft"}>${trouble || this.#said}</span>
    </div>`;
  }

  #hangUp() {
    if (this.#armed === null) {
      this.#armed = setTimeout(() => this.#disarm(), SURE);
      this.context.redraw();
      return;
    }
    this.#disarm();
    this.#ask("hangup", "The call was told to end.");
  }

  #disarm() {
    clearTimeout(this.#armed);
    this.#armed = null;
    this.context.redraw();
  }

  #listen() {
    if (this.#listening.on) this.#listening.stop();
    else this.#listening.start();
    this.context.redraw();
  }

  async #ask(action, done) {
    try {
      await this.context.api.post(`/api/calls/${encodeURIComponent(this.sid)}/${action}`);
      this.#said = done;
    } catch (error) {
      this.#said = error.message;
    }
    this.context.redraw();
  }
}
