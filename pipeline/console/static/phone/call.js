// A call from this page: the line, the words that the server's feed tells of it, and its end.

import { Story } from "../calls/story.js";
import { Feed } from "../feed.js";
import * as words from "../words.js";
import { Line } from "./line.js";

const LOOKS = [300, 1000, 2000, 4000]; // ms after the end of a call, one after the other, to look for its report

export class PhoneCall {
  state = "preparing"; // of the line: preparing, ready, connecting, open, closed
  sid = "";
  failure = null; // the reason for which there was no call: {message, advice}
  ending = ""; // the end of the call in words
  fault = false; // the call did not end as calls do
  muted = false;
  warning = ""; // of the line, the latest
  lost = 0; // events that did not come
  showsWords = true; // false if the config wants no words to be shown
  story = new Story();
  report = ""; // the address of its report
  reportless = ""; // the reason for which none was found; empty while it is looked for
  #openedAt = 0;
  #closedAt = 0;
  #cause = "";

  /** `levels` is called with the peaks of the line, `redraw` after each change. */
  constructor({ api, agent, levels, redraw }) {
    Object.assign(this, { api, agent, redraw });
    this.line = new Line({
      levels,
      state: (name) => this.#moved(name),
      closed: (end) => this.#closed(end),
      warning: (text) => this.#set({ warning: text }),
    });
  }

  /** True from the first press of the button to the end of the call, or to its failure. */
  get underWay() {
    return this.failure === null && this.state !== "closed";
  }

  /** Seconds that the line has been open. */
  get seconds() {
    if (!this.#openedAt) return 0;
    return ((this.#closedAt || performance.now()) - this.#openedAt) / 1000;
  }

  /** Opens the devices and places the call. Has to be called in a click. */
  async dial(devices) {
    try {
      await this.line.prepare(devices);
      const answer = await this.api.post("/api/calls", { agent: this.agent });
      if (this.state === "closed") return; // hung up meanwhile
      this.sid = answer.call_sid;
      this.line.dial(answer);
    } catch (error) {
      if (this.state === "closed") return; // hung up meanwhile
      this.line.hangUp();
      this.#set({ failure: { message: error.message, advice: error.advice ?? "" } });
    }
  }

  press(key) {
    if (this.state === "open") this.line.press(key);
  }

  mute() {
    this.line.mute(!this.muted);
    this.#set({ muted: !this.muted });
  }

  hangUp() {
    this.line.hangUp();
  }

  /** Lets go of everything: the page is left. */
  stop() {
    this.hangUp();
    this.feed?.close();
  }

  #moved(state) {
    this.#set({ state });
    if (state !== "open") return;
    this.#openedAt = performance.now();
    const on = {
      call: (snapshot) => this.#begin(snapshot),
      events: (events) => this.#tell(events),
      lost: ({ count }) => this.#set({ lost: this.lost + count }),
      over: ({ cause }) => this.#ended(cause),
    };
    this.feed = new Feed(on, { call: this.sid, status: this.redraw });
    this.feed.open();
  }

  // The snapshot comes first, and again when the feed was interrupted: the story begins anew with it.
  #begin({ words: showsWords, cut, events }) {
    this.showsWords = showsWords;
    this.story = new Story({ partial: cut > 0 });
    this.#tell(events);
  }

  #tell(events) {
    for (const event of events) this.story.tell(event);
    this.redraw();
  }

  #ended(cause) {
    this.#cause = cause;
    this.feed.close();
    this.#end();
  }

  #closed({ text, fault }) {
    this.#closedAt = performance.now();
    this.#set({ ending: text, fault });
    this.#end();
    if (this.sid) this.#findReport();
  }

  // The server knows why it closed a line; the line itself only that it was closed.
  #end() {
    const known = this.#cause && !(this.#cause === "stop" || this.#cause === "closed");
    if (known) this.#set({ ending: words.sentence(words.cause(this.#cause)) });
  }

  async #findReport() {
    let calls = [];
    let reportless = "No report of it was found: perhaps its config keeps no records.";
    for (const look of LOOKS) {
      await new Promise((later) => setTimeout(later, look));
      try {
        ({ calls } = await this.api.get(`/api/past?query=${this.sid}`));
      } catch (failure) {
        reportless = `Its report cannot be looked for: ${failure.message}`;
      }
      if (calls.length) return this.#set({ report: `/reports/${this.sid}` });
    }
    this.#set({ reportless });
  }

  #set(changes) {
    Object.assign(this, changes);
    this.redraw();
  }
}
