// The chain of an agent: its picture with the numbers of each step, lights for a watched call, and the chosen step's
// settings. The same chain is there as a list.

import { html, nothing } from "../vendor/lit-html.js";
import { Feed } from "../feed.js";
import { count, length } from "../words.js";
import { Activity } from "./activity.js";
import { drawing, sent } from "./drawing.js";

const NEWEST = "newest"; // the call to watch, unless one is chosen
const TICK = 100; // ms between two pictures of a watched call

export const page = (context) => new ChainPage(context);

class ChainPage {
  constructor({ api, agents, server, params, redraw }) {
    Object.assign(this, { api, agents, server, redraw });
    this.agent = agents.find(({ name }) => name === params[0]) ?? (params[0] ? null : agents[0]);
    this.asked = params[0];
    this.chain = null;
    this.failure = null;
    this.chosen = null; // place of the chosen step
    this.calls = []; // of this agent, under way
    this.providers = [];
    this.choice = NEWEST;
    this.watched = ""; // sid
    this.activity = null;
    this.differs = false; // true if the call runs another chain than the config has now
    this.feed = null;
  }

  start() {
    if (!this.agent) return;
    this.load();
    this.follow("");
  }

  stop() {
    this.feed?.close();
    clearInterval(this.ticking);
  }

  async load() {
    try {
      this.chain = await this.api.get(`/api/chains/${encodeURIComponent(this.agent.name)}`);
    } catch (failure) {
      this.failure = failure;
    }
    this.redraw();
  }

  // ---- the watched call ----

  follow(call) {
    this.feed?.close();
    clearInterval(this.ticking);
    Object.assign(this, { watched: call, activity: null, differs: false });
    const on = { rows: (data) => this.rows(data), call: (data) => this.begin(data), events: (list) => this.activity?.take(list, performance.now()) };
    this.feed = new Feed(on, { call, status: this.redraw });
    this.feed.open();
    if (call) this.ticking = setInterval(this.redraw, TICK);
    this.redraw();
  }

  rows({ calls, providers }) {
    this.calls = calls.filter((it) => it.agent === this.agent.name && it.state !== "RESERVED");
    this.providers = providers.filter((it) => it.agent === this.agent.name);
    const newest = this.calls.reduce((best, it) => (!best || it.started > best.started ? it : best), null);
    const wanted = this.choice === NEWEST ? (this.calls.some((it) => it.sid === this.watched) ? this.watched : (newest?.sid ?? "")) : this.choice;
    if (wanted !== this.watched) this.follow(wanted);
    this.redraw();
  }

  async begin({ steps, events }) {
    const words = (some) => some.map((it) => it.word).join(" ");
    if (this.chain && words(this.chain.steps) !== words(steps)) await this.load(); // the config was changed meanwhile
    if (!this.chain) return;
    this.differs = words(this.chain.steps) !== words(steps);
    this.activity = this.differs ? null : new Activity(this.chain.steps);
    this.activity?.take(events, 0, true);
    this.redraw();
  }

  choose = (place) => {
    this.chosen = place;
    this.redraw();
  };

  figures = (place) => {
    const { word, breaker } = this.chain.steps[place];
    const state = this.providers.find((it) => it.provider === word)?.state ?? breaker;
    const faults = this.activity?.faults(place) ?? 0;
    return [
      ...(this.activity ? [[`${this.activity.rate(place, performance.now()).toFixed(1)}/s`, "rate"]] : []),
      ...(faults ? [[count(faults, "fault"), "bad"]] : []),
      ...(state && state !== "closed" ? [[`breaker ${state}`, "warn"]] : []),
    ];
  };

  // ---- the view ----

  view() {
    if (!this.agent) return html`<h1>Chain</h1><p class="notice bad">No agent is called “${this.asked}”. <a href="#/chain">To the first one</a></p>`;
    return html`<div class="chain-head"><h1>Chain</h1>${this.agentChoice()}${this.callChoice()}</div>
      ${this.failure ? html`<p class="notice bad" role="alert">${this.failure.message} ${this.failure.advice}</p>` : nothing}
      ${this.chain ? this.content() : nothing}`;
  }

  agentChoice() {
    if (this.agents.length === 1) return html`<span class="soft">${this.agent.name}</span>`;
    return html`<label class="field"><span>Agent</span><select @change=${(event) => location.assign(`#/chain/${encodeURIComponent(event.target.value)}`)}>
      ${this.agents.map(({ name }) => html`<option value=${name} ?selected=${name === this.agent.name}>${name}</option>`)}</select></label>`;
  }

  callChoice() {
    const choose = (event) => {
      this.choice = event.target.value;
      if (this.choice !== NEWEST) this.follow(this.choice);
      this.redraw();
    };
    const now = Date.now() / 1000;
    return html`<label class="field"><span>Lights for</span><select class="lights" @change=${choose}>
      <option value=${NEWEST} ?selected=${this.choice === NEWEST}>the newest call</option>
      <option value="" ?selected=${this.choice === ""}>no call</option>
      ${this.calls.map((it) => html`<option value=${it.sid} ?selected=${this.choice === it.sid}>${it.caller || "unknown"}, ${length(now - it.started)}</option>`)}
    </select></label>`;
  }

  content() {
    const now = performance.now();
    const lit = (place, name) => this.activity?.lit(place, name, now) ?? false;
    return html`<p class="soft small" role="status">${this.saying()}</p>
      <div class="chain-parts">
        <div class="picture">${drawing(this.chain, { lit, figures: this.figures, chosen: this.chosen, choose: this.choose })}</div>
        <div class="beside">${this.details()}
          <p class="small soft">From <code>${this.chain.file}</code>${this.server.editing ? nothing : html` · <a href="#/config/${encodeURIComponent(this.agent.name)}">read it</a>`}</p></div>
      </div>
      ${asList(this.chain)}`;
  }

  saying() {
    if (this.feed?.trouble) return this.feed.trouble;
    if (this.differs) return "The watched call began before the config was changed, and has another chain: no lights for it.";
    if (this.watched && this.calls.some((it) => it.sid === this.watched)) return html`A step lights up as it sends a frame of the call <a href="#/calls/${this.watched}" class="mono">${this.watched}</a>. Sound is not counted.`;
    if (this.watched) return "The watched call is over.";
    return "The steps light up as soon as a call is under way.";
  }

  details() {
    if (this.chosen === null) return html`<p class="soft">Choose a step to see its settings.</p>`;
    const step = this.chain.steps[this.chosen];
    const settings = Object.entries(step.settings);
    return html`<section class="card" aria-live="polite"><h2><code>${step.word}</code></h2><p>${step.doc}</p>
      <dl class="facts">${facts(this.chain, step)}
        ${this.activity ? [fact("Sent in this call", count(this.activity.total(step.place), "frame")), fact("Faults", this.activity.faults(step.place))] : nothing}
        ${step.breaker ? fact("Breaker", this.providers.find((it) => it.provider === step.word)?.state ?? step.breaker) : nothing}</dl>
      ${settings.length ? html`<table class="settings"><thead><tr><th scope="col">Setting</th><th scope="col">Value</th></tr></thead>
        <tbody>${settings.map(([name, value]) => html`<tr><td><code>${name}</code></td><td dir="auto">${value}</td></tr>`)}</tbody></table>` : html`<p class="soft">All its settings are at their defaults.</p>`}
    </section>`;
  }
}

const fact = (name, value) => html`<dt>${name}</dt><dd>${value}</dd>`;

function facts(chain, step) {
  const { gives, passes, raises } = sent(chain, step.place);
  const raised = Object.entries(raises).map(([name, places]) => `${name} (to ${places.map((it) => chain.steps[it].word).join(", ")})`);
  return [
    fact("Line", html`<code>${step.file}:${step.line}</code>`),
    fact("Takes", step.takes.join(", ") || "nothing"),
    gives.length ? fact("Gives", gives.join(", ")) : nothing,
    passes.length ? fact("Passes", passes.join(", ")) : nothing,
    raised.length ? fact("Raises", raised.join("; ")) : nothing,
    step.fallback.length ? fact("If it fails", step.fallback.join(", then ")) : nothing,
  ];
}

/** The chain in words. */
export const asList = (chain) => html`<details class="as-list"><summary>The chain as a list</summary>
  <ol>${chain.steps.map((step) => html`<li><code>${step.word}</code><dl class="facts">${facts(chain, step)}</dl></li>`)}</ol></details>`;
