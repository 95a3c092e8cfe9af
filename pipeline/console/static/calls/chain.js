// The chain of a live call in a compact form: steps light up as their frames pass, count them, and show faults and open
// breakers.

import { html } from "../vendor/lit-html.js";
import { count, number } from "../words.js";
import { clip } from "./clip.js";

const LIT = 250; // milliseconds for which a step is lit

export class ChainLights {
  #steps = new Map(); // by place
  #litUntil = 0;

  constructor(steps) {
    for (const step of steps) {
      this.#steps.set(step.place, { ...step, frames: 0, faults: 0, litUntil: 0, last: "" });
    }
  }

  // Count an event at its step; `now`, in milliseconds, lights the step up, null (an event of the past) does not.
  tell(event, now = null) {
    const step = this.#stepOf(event);
    if (step === undefined) return;
    if (event.what === "fault") step.faults += 1;
    else step.frames += 1;
    step.last = event.what;
    if (now !== null) this.#litUntil = step.litUntil = now + LIT;
  }

  // True while a step is lit, or its light has still to be taken away.
  changes(now) {
    return now < this.#litUntil + LIT;
  }

  // Return the steps in their order; `providers` have the breakers' states.
  view(now, providers) {
    if (this.#steps.size === 0) return html`<p class="soft">The steps of this call are not known.</p>`;
    return html`<ol class="steps">
      ${[...this.#steps.values()].map((step) => this.#step(step, now, providers))}
    </ol>`;
  }

  #stepOf(event) {
    if (this.#steps.has(event.place)) return this.#steps.get(event.place);
    if (event.what !== "fault") return undefined;
    // Without a place a fault names its step by its class: of two steps of that class it may be either.
    const [name] = String(event.step).split(" (", 1);
    const [step, ...others] = [...this.#steps.values()].filter((it) => it.class === name);
    return others.length === 0 ? step : undefined;
  }

  #step(step, now, providers) {
    const breaker = providers.find((it) => it.provider === step.word && it.state !== "closed");
    const classes = ["step", now < step.litUntil ? "lit" : "", step.faults > 0 ? "faulty" : ""];
    return html`<li class=${classes.join(" ").trim()} data-place=${step.place} title=${clip(step.class, 60)}>
      <span class="word">${clip(step.word, 60)}</span>
      <span class="last soft">${clip(step.last, 60)}</span>
      <span class="n soft">${number(step.frames)}</span>
      ${step.faults > 0 ? html`<span class="bad">${count(step.faults, "fault")}</span>` : null}
      ${breaker ? html`<span class="warn">breaker ${breakerInWords(breaker)}</span>` : null}
    </li>`;
  }
}

// Return the state of a breaker, with the seconds that it stays open.
export function breakerInWords({ state, left }) {
  return typeof left === "number" ? `${clip(state, 20)}, ${Math.ceil(left)} s left` : clip(state, 20);
}
