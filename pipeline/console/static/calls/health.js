// The state of the server above the calls: its slots, its event loop, the breakers of its providers, its quotas.

import { html } from "../vendor/lit-html.js";
import { gap, percent } from "../words.js";
import { breakerInWords } from "./chain.js";
import { clip } from "./clip.js";

const SLOW = 0.1; // seconds: a loop blocked for longer is heard by callers

// Return the figures of a server's latest `rows`.
export function health({ calls, max_calls: most, draining, refused, blocked, providers, quotas }) {
  return html`
    <dl class="figures">
      <div><dt>calls</dt><dd>${calls.length} of ${most}</dd></div>
      <div><dt>refused</dt><dd>${refused}</dd></div>
      <div><dt>loop blocked</dt><dd class=${blocked > SLOW ? "bad" : ""}>${gap(blocked)}</dd></div>
      ${providers.map((it) => html`<div><dt>${ofAgent(it)}</dt><dd class=${COLOURS[it.state] ?? "bad"}>
        ${breakerInWords(it)}</dd></div>`)}
      ${quotas.map(({ name, limit, used }) => html`<div><dt><bdi>${clip(name, 60)}</bdi> ${clip(limit, 20)}</dt><dd>
        <meter min="0" max="1" high="0.8" value=${used} aria-label=${`quota of ${clip(name, 60)}, ${clip(limit, 20)}`}></meter>
        ${percent(used)}</dd></div>`)}
    </dl>
    ${draining ? html`<p class="warn" role="status">The server is draining: it takes no new calls, and ends when the
      present ones are over.</p>` : null}`;
}

const COLOURS = { closed: "good", probing: "warn", open: "bad" };

function ofAgent({ agent, provider }) {
  return html`${clip(provider, 60)} <bdi class="soft">${clip(agent, 40)}</bdi>`;
}
