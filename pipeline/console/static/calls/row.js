// A call under way as a row of the overview.

import { html, svg } from "../vendor/lit-html.js";
import { cause, gap, length, state } from "../words.js";
import { clip } from "./clip.js";
import { colourOf } from "./lanes.js";

const STRIP = 30; // seconds of the strip of states

// Return the row of a call; `now` is the server's clock.
export function row(call, now) {
  return html`<tr>
    <td class="n">${length(now - call.started)}</td>
    <td><a href=${`#/calls/${encodeURIComponent(call.sid)}`}>${parties(call)}</a></td>
    <td><span dir="auto">${clip(call.agent, 60)}</span></td>
    <td>${badge(call.state, call.cause)}</td>
    <td class="n">${call.turns}</td>
    <td class="n">${gap(call.gap)}</td>
    <td class="n">${call.barge_ins}</td>
    <td class=${`n ${call.faults > 0 ? "bad" : ""}`}>${call.faults}</td>
    <td>${strip(call, now)}</td>
  </tr>`;
}

// Return the caller and the called number of a call.
export function parties({ caller, called }) {
  return html`<bdi>${clip(caller || "unknown", 40)}</bdi> → <bdi>${clip(called || "unknown", 40)}</bdi>`;
}

// Return a state as a coloured word, with the cause if it is the end.
export function badge(name, why = "") {
  const words = why ? `${state(name)}: ${cause(why)}` : state(name);
  return html`<span class=${`badge of-${colourOf(name)}`}><bdi>${clip(words, 60)}</bdi></span>`;
}

// Return the states of the last 30 seconds as a strip of their colours, the present at its right end.
function strip({ states, started }, now) {
  const present = now - started;
  const parts = states.map(([at, name], place) => {
    const from = Math.max(0, at - (present - STRIP));
    const to = (states[place + 1]?.[0] ?? present) - (present - STRIP);
    return svg`<rect class=${`of-${colourOf(name)}`} x=${from} width=${Math.max(0, to - from)} height="10" />`;
  });
  const words = states.map(([at, name]) => `${state(name)} at ${length(at)}`).join(", ");
  return html`<svg class="strip" viewBox="0 0 ${STRIP} 10" preserveAspectRatio="none" shape-rendering="crispEdges"
    role="img" aria-label=${words}>
    ${parts}
  </svg>`;
}
