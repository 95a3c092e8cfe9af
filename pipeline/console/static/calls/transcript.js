// The words of a call: the caller's turns with interim words pale, the agent's replies with the words heard and unheard.

import { html } from "../vendor/lit-html.js";
import { repeat } from "../vendor/directives/repeat.js";
import { clip } from "./clip.js";

const SHOWN = 200; // turns and replies; of a longer call, the latest
const LONGEST = 2000; // characters of one turn or reply
const DROPPED = {
  short: "too little voice",
  cough: "no words, and hardly any voice",
  unheard: "no words",
  repeated: "the same as before",
};

// Return the rows of a story, the oldest first. `words` is false if the config shows no words.
export function transcript(story, { words = true } = {}) {
  const rows = [
    ...[...story.turns.values()].map((turn) => callerRow(story, turn, words)),
    ...story.replies.map((reply) => agentRow(story, reply, words)),
    ...story.unspoken.map((reply) => unspokenRow(story, reply, words)),
  ].sort((one, other) => one.at - other.at);
  const shown = rows.slice(-SHOWN);
  return html`
    ${words ? null : html`<p class="soft">The words are not shown: the config has log_words: false.</p>`}
    ${shown.length < rows.length ? html`<p class="soft">${rows.length - shown.length} earlier rows are not shown.</p>` : null}
    ${rows.length === 0 ? html`<p class="soft">Nothing has been said yet.</p>` : null}
    <ol class="transcript" role="log" aria-live="polite">
      ${repeat(shown, ({ key }) => key, (row) => html`<li class=${row.side}>
        <span class="n soft">${row.at.toFixed(2)} s</span>
        <span class="side">${row.side}</span>
        <div>${row.said}</div>
      </li>`)}
    </ol>`;
}

function callerRow(story, turn, words) {
  return { key: `c${turn.number}`, at: turn.startedAt, side: "caller", said: callerSaid(story, turn, words) };
}

function callerSaid(story, turn, words) {
  if (turn.dropped) return note(`dropped: ${DROPPED[turn.dropped] ?? turn.dropped}`);
  if (!words) return note("");
  if (turn.text) return html`<p dir="auto">${clip(turn.text, LONGEST)}</p>`;
  if (turn.text !== null) return note("no words");
  if (turn.interim) return html`<p class="pale" dir="auto" aria-live="off">${clip(turn.interim, LONGEST)}</p>`;
  if (story.ended !== null) return note("not recognised: the call ended");
  return note(turn.decidedAt === null ? "is speaking…" : "is being recognised…");
}

function agentRow(story, reply, words) {
  return { key: `a${reply.number}`, at: reply.started, side: "agent", said: agentSaid(story, reply, words) };
}

function agentSaid(story, reply, words) {
  const broken = reply.cut || reply.unfinished ? note(howBroken(reply), "bad") : null;
  if (!words) return html`${note("")}${broken}`;
  if (reply.ended === null) {
    const over = story.ended === null ? null : note("the call ended in it", "bad");
    return html`<p class="pale" dir="auto">${clip(reply.words, LONGEST)}</p>${over}`;
  }
  const unheard = reply.unheard ? html` <del>${clip(reply.unheard, LONGEST)}</del>` : null;
  return html`<p dir="auto">${clip(reply.heard, LONGEST)}${unheard}</p>${broken}`;
}

function howBroken({ unfinished, stopped, heardSeconds }) {
  if (unfinished) return "the call ended in it";
  return `${stopped ? "stopped from outside" : "interrupted"} after ${heardSeconds.toFixed(1)} s`;
}

// A reply that was never heard; while the caller may still hear it, it is pale and not struck out.
function unspokenRow(story, reply, words) {
  const gone = story.ended !== null || story.utterances.some((turn) => turn.number > reply.turn);
  const text = words ? clip(reply.words, LONGEST) : "";
  const said = gone
    ? html`<p dir="auto"><del>${text}</del></p>${note("not heard")}`
    : html`<p class="pale" dir="auto">${text}</p>${note("about to be heard")}`;
  return { key: `w${reply.turn}`, at: reply.started, side: "agent", said };
}

// Words of the console about what was said; apart from it, so that the direction of the one leaves the other alone.
function note(words, kind = "soft") {
  return html`<p class=${`${kind} small`}>— ${words}</p>`;
}
