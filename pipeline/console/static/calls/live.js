// One call, live: its sound in true time, its words, its waterfall, its chain and its events, as they come.

import { html } from "../vendor/lit-html.js";
import { Feed } from "../feed.js";
import { cause, count, length } from "../words.js";
import { ChainLights } from "./chain.js";
import { clip } from "./clip.js";
import { Controls } from "./controls.js";
import { EventList } from "./events.js";
import { badge, parties } from "./row.js";
import { Sound } from "./sound.js";
import { Story } from "./story.js";
import { transcript } from "./transcript.js";
import { waterfall } from "./waterfall.js";

const EVERY = 100; // milliseconds between redraws of the page
const TICK = 500; // milliseconds between redraws without news: the clock

export class LiveCall {
  #call = null; // the feed's snapshot
  #over = null; // its end: {at, cause}
  #providers = [];
  missing = 0; // events that the server has dropped
  #known = false; // the server has said which calls are under way
  #news = true;
  #drawn = 0;
  #frame = 0;

  constructor(context, sid) {
    Object.assign(this, { context, sid });
    this.controls = new Controls(context, sid);
    this.sound = new Sound(() => context.redraw());
    this.list = new EventList(() => context.redraw());
    this.feed = new Feed(this, { call: sid });
    this.#begin({ steps: [], cut: 0 });
  }

  start() {
    this.feed.open();
    this.#frame = requestAnimationFrame((time) => this.#tick(time));
  }

  stop() {
    cancelAnimationFrame(this.#frame);
    this.feed.close();
    this.controls.stop();
  }

  // The present moment of the call, in seconds since its start.
  get now() {
    if (this.#over !== null) return this.#over.at;
    return this.#call === null ? 0 : this.#call.at + (performance.now() - this.received) / 1000;
  }

  view() {
    if (this.#call === null) return this.#absent();
    const { words } = this.#call;
    return html`
      ${this.#head()}
      ${this.#over === null ? this.controls.view() : this.#ended()}
      <div class="live">
        <section class="sound"><h2>Sound, in true time</h2>${this.sound.view()}</section>
        <section class="said"><h2>What is said</h2>${transcript(this.story, { words })}</section>
        <section class="chain"><h2>Chain</h2>${this.chain.view(performance.now(), this.#providers)}</section>
        <section class="fall"><h2>From the caller’s last word to the first sound of the answer</h2>
          ${waterfall([...this.story.turns.values()])}</section>
        <section class="happens"><h2>Events</h2>${this.list.view(performance.now())}</section>
      </div>`;
  }

  #begin({ steps, cut }) {
    this.story = new Story({ partial: cut > 0 });
    this.chain = new ChainLights(steps);
    this.list.clear();
    this.list.miss(cut);
  }

  // Take the snapshot of the call, which comes first, and again after each interruption of the feed.
  call(call) {
    if (call.sid !== this.sid) return;
    this.#call = call;
    this.received = performance.now();
    this.#begin(call);
    for (const event of call.events) this.#tell(event, null);
    this.#news = true;
  }

  // Take events as they come.
  events(events) {
    const now = performance.now();
    for (const event of events) this.#tell(event, now);
    this.#news = true;
  }

  // Take the peaks of one way's sound; the agent's may lie ahead of the present.
  levels(levels) {
    const end = this.sound.tell(levels);
    if (levels.way === "in") this.#reach(end);
  }

  // Take a moment after which none of the agent's sound is heard.
  cut(cut) {
    this.sound.cut(cut);
  }

  // Set the clock forward to a moment that has come: the snapshot may have been late, as anything may after it.
  #reach(at) {
    if (this.#call !== null && this.#over === null) this.received -= 1000 * Math.max(0, at - this.now);
  }

  #tell(event, now) {
    if (now !== null) this.#reach(event.at);
    this.story.tell(event);
    this.chain.tell(event, now);
    this.list.tell(event);
  }

  // Count events that the server has dropped, because this page reads slowly.
  lost({ count: lost }) {
    this.list.miss(lost);
    this.missing += lost;
    this.#news = true;
  }

  rows({ providers, calls }) {
    const agent = this.#call?.agent;
    this.#providers = providers.filter((it) => it.agent === agent);
    this.#known = true;
    this.#news = true;
    this.underWay = calls.some((call) => call.sid === this.sid);
  }

  // Take the end of the call.
  over(over) {
    this.#over ??= { ...over, at: over.at ?? this.now };
    this.story.ended ??= this.#over.at;
    this.controls.stop();
    this.#news = true;
  }

  #tick(time) {
    this.#frame = requestAnimationFrame((next) => this.#tick(next));
    const news = this.#news || this.chain.changes(time);
    if (this.#call !== null) this.sound.draw(this.story, this.now, this.#over !== null, time);
    if (time - this.#drawn < (news ? EVERY : TICK)) return;
    this.#news = false;
    this.#drawn = time;
    this.context.redraw();
  }

  #head() {
    const { agent, language } = this.#call;
    const state = this.#over === null ? this.story.states.at(-1)?.now ?? this.#call.state : "ENDED";
    return html`
      <p><a href="#/calls">← all calls</a></p>
      <h1>${parties(this.#call)}</h1>
      <p class="facts">
        ${badge(state)}
        <span class="n">${length(this.now)}</span>
        <span>agent <bdi>${clip(agent, 60)}</bdi>, ${clip(language, 20)}</span>
        <span class="soft">${this.sid}</span>
        ${this.story.faults.length > 0 ? html`<span class="bad">${count(this.story.faults.length, "fault")}</span>` : null}
      </p>
      ${this.#call.cut > 0 ? html`<p class="soft">${count(this.#call.cut, "older event")} of this call are not shown.</p>` : null}
      ${this.missing ? html`<p class="warn" role="status">At least ${count(this.missing, "event")} did not reach this page: it was too slow.</p>` : null}`;
  }

  #ended() {
    const { cause: why } = this.#over ?? {};
    return html`<p role="status" class="over">
      ${why ? html`The call is over: <bdi>${clip(cause(why), 200)}</bdi>.` : "This call is not under way."}
      <a href=${`/reports/${encodeURIComponent(this.sid)}`}>Open its report</a></p>`;
  }

  #absent() {
    const over = this.#over !== null || (this.#known && !this.underWay);
    return html`
      <p><a href="#/calls">← all calls</a></p>
      <h1>${this.sid}</h1>
      ${over ? this.#ended() : html`<p role="status">Waiting for the call to begin…</p>`}`;
  }
}
