// The table of past calls: a row for each, with the way to its report and the commands that play it again.

import { html, nothing } from "../vendor/lit-html.js";
import { repeat } from "../vendor/directives/repeat.js";
import * as words from "../words.js";

const COPIED = 2000; // ms that a copied command says so

export function table({ redraw }) {
  let open = ""; // CallSid of the row whose commands are shown
  let copied = "";

  async function copy(event, command) {
    try {
      await navigator.clipboard.writeText(command);
      copied = command;
      setTimeout(() => ((copied = ""), redraw()), COPIED);
    } catch {
      getSelection().selectAllChildren(event.target.closest("li").querySelector("code")); // to be copied by hand
    }
    redraw();
  }

  const commands = (call) => html`
    <tr class="commands"><td colspan="10">
      <ul>${Object.values(call.commands).map(
        (command) => html`<li><code translate="no">${command}</code>
          <button @click=${(event) => copy(event, command)}>${copied === command ? "Copied" : "Copy"}</button></li>`,
      )}</ul></td></tr>`;

  const toggle = (sid) => {
    open = open === sid ? "" : sid;
    redraw();
  };

  const row = (call) => html`
    <tr>
      <th scope="row" class="n"><a href="/reports/${call.sid}" title=${call.sid}>${call.began ? words.date(call.began) : "unknown"}</a></th>
      <td class="parties"><bdi class="n">${call.caller || "–"}</bdi>${call.called ? html` → <bdi class="n">${call.called}</bdi>` : nothing}
        <div class="soft small"><bdi>${call.agent}</bdi></div></td>
      <td class="n" data-title="length">${words.length(call.seconds)}</td>
      <td class="end">${end(call)}</td>
      <td class="n" data-title="turns">${call.turns}</td>
      <td class="n" data-title="gap">${words.gap(call.gap)}</td>
      <td class="n" data-title="barge-ins">${call.barge_ins}</td>
      <td class="n ${call.faults ? "bad" : ""}" data-title="faults">${call.faults}</td>
      <td class="words"><p dir="auto">${call.words ? call.first_words : html`<span class="soft">not shown</span>`}</p></td>
      <td><button class="plain small" aria-expanded=${open === call.sid} @click=${() => toggle(call.sid)}>Commands</button></td>
    </tr>
    ${open === call.sid ? commands(call) : nothing}`;

  return {
    view: (calls) => html`
      <table>
        <thead><tr><th scope="col">When</th><th scope="col">Caller, agent</th><th scope="col">Length</th><th scope="col">End</th>
          <th scope="col">Turns</th><th scope="col">Gap</th><th scope="col">Barge-ins</th><th scope="col">Faults</th>
          <th scope="col">First words</th><td></td></tr></thead>
        <tbody>${repeat(calls, (call) => call.commands.replay, row)}</tbody>
      </table>`,
  };
}

function end({ state, cause, problem }) {
  if (state === "broken") return html`<span class="bad">cannot be read:</span> <bdi>${problem}</bdi>`;
  if (state === "under way") return html`<span class="warn">under way</span>`;
  if (state === "cut") return html`<span class="bad">broken off</span>${cause ? html`: ${words.cause(cause)}` : nothing}`;
  return words.cause(cause);
}
