// The phone page: before a call its choices, then the call, with its words and times as they come.

import { html, nothing } from "../vendor/lit-html.js";
import { transcript } from "../calls/transcript.js";
import { waterfall } from "../calls/waterfall.js";
import { Feed } from "../feed.js";
import * as words from "../words.js";
import { PhoneCall } from "./call.js";
import { Choices } from "./choices.js";
import { Keypad } from "./keypad.js";
import { Meter } from "./meter.js";

const TICK = 250; // ms between two drawings of the timer

const DIALLING = {
  preparing: ["opening the microphone", "Your browser may ask you for it."],
  ready: ["dialling", ""],
  connecting: ["dialling", ""],
};

class PhonePage {
  #call = null;
  #keypad = null;
  #meters = { caller: new Meter("caller", "You"), agent: new Meter("agent", "The agent") };
  #rows = null; // the server's latest: its calls, its slots
  #timer = 0;

  constructor({ api, agents, redraw }) {
    Object.assign(this, { api, redraw });
    this.choices = new Choices(agents, redraw);
    this.feed = new Feed({ rows: (rows) => this.#told(rows) });
  }

  start() {
    this.choices.start();
    this.feed.open();
  }

  stop() {
    this.#end();
    this.choices.stop();
    this.feed.close();
  }

  view() {
    if (!this.choices.agent) return html`<h1>Phone</h1><p class="empty">The server has no agent to call.</p>`;
    return html`<h1>Phone</h1>
      <div class="phone">
        <section class="card set" aria-label="The phone" tabindex="-1">${this.#call?.underWay ? this.#talking() : this.#idle()}</section>
        <div>${this.#call?.sid ? this.#course() : ahead(this.choices.agent)}</div>
      </div>`;
  }

  // ---- before and after a call ----

  #idle() {
    const { name } = this.choices.agent;
    const again = this.#call?.sid && this.#call.agent === name;
    return html`
      ${this.#outcome()}
      <button class="go" @click=${() => this.#dial()}>${again ? "Call again" : html`Call <bdi>${name}</bdi>`}</button>
      ${this.#report()}
      <p class="slots soft small" role="status">${this.#slots()}</p>
      ${this.choices.view()}`;
  }

  #outcome() {
    const call = this.#call;
    if (call === null) return nothing;
    if (call.failure) return notice("bad", call.failure.message, call.failure.advice);
    const time = call.seconds ? ` after ${words.length(call.seconds)}` : "";
    return notice(call.fault ? "bad" : "good", `The call is over${time}.`, call.ending);
  }

  // Below the button, which is not to move when the report is found.
  #report() {
    if (!this.#call?.sid) return nothing;
    const { report, reportless } = this.#call;
    if (report) return html`<a class="button" href=${report} target="_blank" rel="noopener">Open its report</a>`;
    return html`<p class="soft small">${reportless || "Looking for its report…"}</p>`;
  }

  #slots() {
    if (this.#rows === null) return "";
    const { calls, max_calls: most, draining } = this.#rows;
    if (draining) return "The server is ending: it takes no new calls.";
    if (calls.length >= most) return `All ${words.count(most, "slot")} are taken: the agent is busy.`;
    return `${calls.length} of ${words.count(most, "slot")} in use.`;
  }

  // ---- the call ----

  #talking() {
    const call = this.#call;
    const open = call.state === "open";
    return html`
      <div class="whom"><strong><bdi>${call.agent}</bdi></strong>${this.#state()}</div>
      <div class="timer" role="timer">${words.length(call.seconds)}</div>
      ${this.#meters.caller.view()} ${this.#meters.agent.view()}
      ${call.warning ? notice("warn", call.warning) : nothing}
      ${open ? this.#keypad.view() : nothing}
      <button aria-pressed=${String(call.muted)} ?disabled=${!open} @click=${() => call.mute()}>${call.muted ? "Muted: the agent hears silence" : "Mute"}</button>
      <button class="danger" @click=${() => call.hangUp()}>Hang up</button>
      <p class="soft small">Leaving this page hangs up, too.
        ${call.sid ? html`<a href=${`#/calls/${call.sid}`} target="_blank" rel="noopener">Watch the call in a tab of its own</a>` : nothing}</p>`;
  }

  // Read aloud until the call is up; later a screen reader would speak into it.
  #state() {
    const { state, story } = this.#call;
    const [word, more] = DIALLING[state] ?? [words.state(story.state), ""];
    const kind = state in DIALLING ? "RESERVED" : story.state;
    return html`<span aria-live=${state in DIALLING ? "polite" : "off"}>
      <span class="badge state-${kind}">${word}</span>${more ? html` <span class="soft small">${more}</span>` : nothing}</span>`;
  }

  #course() {
    const { story, showsWords, lost, feed } = this.#call;
    return html`
      <h2>Words</h2>
      ${feed?.trouble ? html`<p class="warn small">The call goes on without its words: they come again with the server's feed.</p>` : nothing}
      ${lost ? html`<p class="warn small">${words.count(lost, "event")} of this call did not come: something is missing here.</p>` : nothing}
      ${transcript(story, { words: showsWords })}
      <h2>Waiting for the agent</h2>
      ${waterfall([...story.turns.values()])}`;
  }

  // ---- what happens ----

  #dial() {
    this.#end();
    const levels = ({ microphone, agent }) => {
      this.#meters.caller.take(microphone);
      this.#meters.agent.take(agent);
    };
    const call = new PhoneCall({ api: this.api, agent: this.choices.agent.name, levels, redraw: () => this.#changed() });
    this.#call = call;
    this.#keypad = new Keypad((key) => {
      call.press(key);
      this.redraw();
    });
    this.#keypad.start();
    this.#timer = setInterval(this.redraw, TICK);
    this.#focus();
    call.dial(this.choices.devices);
  }

  #changed() {
    if (this.#call?.state === "ready") this.choices.look();
    if (!this.#call?.underWay && this.#timer) {
      this.#rest();
      this.#focus();
    }
    this.redraw();
  }

  // The button that was pressed is gone: the next Tab is to go on from here, and another Enter is to do nothing.
  #focus() {
    const phone = document.querySelector(".phone .set");
    const there = document.activeElement;
    if (there === document.body || phone?.contains(there)) phone?.focus({ preventScroll: true });
  }

  #end() {
    this.#call?.stop();
    this.#rest();
  }

  #rest() {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.#keypad?.stop();
  }

  #told(rows) {
    this.#rows = rows;
    if (!this.#call?.underWay) this.redraw();
  }
}

const notice = (kind, message, advice = "") =>
  html`<div class="notice ${kind}" role="status"><p dir="auto">${message}</p>${advice ? html`<p class="soft" dir="auto">${advice}</p>` : nothing}</div>`;

const ahead = ({ name, numbers, log_words: shown }) => html`
  <h2>When you press the button</h2>
  <ol class="steps-ahead">
    <li>The browser asks for your microphone.</li>
    <li>Your voice goes to <bdi>${name}</bdi> as from a phone: 8 kHz µ-law over Twilio's own protocol, and the answer comes back the same way.
      You hear what a caller hears.</li>
    <li>The call takes one of the server's slots, its providers are asked and paid as in any call, and a record is kept if the config keeps records.</li>
    <li>Its words and times appear here.${shown ? nothing : " This config shows no words (log_words: false)."}</li>
  </ol>
  ${numbers.length ? html`<p class="soft small">By phone it is reached at <bdi>${numbers.join(", ")}</bdi>.</p>` : nothing}`;

export const page = (context) => new PhonePage(context);
