// The waterfall of a call: for each answered turn, the stages from the caller's last voiced frame to the first sound of
// the answer.

import { html, svg } from "../vendor/lit-html.js";
import { repeat } from "../vendor/directives/repeat.js";
import { STAGES, stages } from "./turns.js";
import { gap } from "../words.js";

const SHOWN = 50; // turns; of a longer call, the latest
const WIDTH = 1000; // units of the longest bar

// Return the bars of all answered turns, the latest first, with their key.
export function waterfall(turns) {
  const answered = turns.filter((turn) => turn.gap !== null).slice(-SHOWN).reverse();
  if (answered.length === 0) return html`<p class="soft">No turn has been answered yet.</p>`;
  const longest = Math.max(...answered.map((turn) => stages(turn).at(-1).to), 0.1);
  return html`
    <ul class="key">
      ${STAGES.map((name, place) => html`<li><i class=${`stage stage-${place + 1}`}></i>${name}</li>`)}
    </ul>
    <ol class="falls">
      ${repeat(answered, (turn) => turn.number, (turn) => fall(turn, longest))}
    </ol>`;
}

// Return the bar of one turn; the longest is as wide as its place.
export function fall(turn, longest) {
  const reached = stages(turn);
  const words = reached.map(({ name, from, to }) => `${name} ${gap(to - from)}`).join(", ");
  return html`<li>
    <span class="n">${turn.number}</span>
    <span class="n total">${turn.gap === null ? "…" : gap(turn.gap)}</span>
    <svg viewBox="0 0 ${WIDTH} 16" preserveAspectRatio="none" role="img" aria-label=${words}>
      <title>${words}</title>
      ${reached.map((stage) => bar(stage, WIDTH / longest))}
    </svg>
  </li>`;
}

function bar({ name, from, to }, scale) {
  const width = Math.max(1, (to - from) * scale);
  return svg`<rect class=${`stage-${STAGES.indexOf(name) + 1}`} x=${from * scale} width=${width} y="1" height="14" />`;
}

