// A text with line numbers and marks at its faults: a textarea over a layer that has the same text at the same places.

import { html } from "../vendor/lit-html.js";

/** Shows a text; `typed(text)` is called at each change. */
export class Editor {
  constructor(typed) {
    this.typed = typed;
  }

  /**
   * Returns the view. `text` is put into the field when it differs from the one before; `faults` are those of the text
   * `checked`, whose places are marked, and paler while the text is another one by now.
   */
  view({ text, checked, faults, readOnly, label }) {
    const own = faults.filter((it) => it.line > 0 && !it.file);
    const stale = checked !== this.text && this.text !== null ? "stale" : "";
    return html`<div class="editor">
      <pre class="gutter ${stale}" aria-hidden="true"><code>${numbers((this.text ?? text).split("\n").length, own)}</code></pre>
      <div class="sheet">
        <pre class="marks ${stale}" aria-hidden="true"><code>${marks(checked.split("\n"), own)}</code></pre>
        <textarea aria-label=${label} spellcheck="false" autocapitalize="off" autocomplete="off" wrap="off" .value=${text} ?readonly=${readOnly}
          @input=${(event) => this.typed(event.target.value)} @scroll=${follow}></textarea>
      </div>
    </div>`;
  }

  get #field() {
    return document.querySelector(".editor textarea");
  }

  /** The text as it is in the field; null before it is drawn. */
  get text() {
    return this.#field?.value ?? null;
  }

  /** Puts another text into the field. */
  put(text) {
    this.#field.value = text;
    this.typed(text);
  }

  /** Selects the place of a fault and brings it into view. */
  show({ line, column, end_column: end }) {
    const field = this.#field;
    const before = field.value.split("\n").slice(0, line - 1);
    const start = before.reduce((sum, it) => sum + it.length + 1, 0);
    field.focus();
    field.setSelectionRange(start + column - 1, start + end - 1);
    field.scrollTop = (line - 1) * parseFloat(getComputedStyle(field).lineHeight) - field.clientHeight / 3;
  }
}

function follow({ target }) {
  const editor = target.closest(".editor");
  editor.querySelector(".marks code").style.transform = `translate(${-target.scrollLeft}px, ${-target.scrollTop}px)`;
  editor.querySelector(".gutter code").style.transform = `translateY(${-target.scrollTop}px)`;
}

const worst = (faults) => (faults.some((it) => it.severity === "error") ? "error" : "warning");

/** The numbers of the lines, those with a fault marked. */
function numbers(count, faults) {
  const marked = byLine(faults);
  const parts = [];
  let plain = "";
  for (let line = 1; line <= count; line += 1) {
    if (!marked.has(line)) {
      plain += `${line}\n`;
      continue;
    }
    parts.push(plain, html`<b class=${worst(marked.get(line))}>${line}</b>`);
    plain = "\n";
  }
  return [...parts, plain];
}

/** The lines that have faults, at their places, with marks around these. */
function marks(lines, faults) {
  const parts = [];
  let at = 1;
  for (const [line, some] of [...byLine(faults)].sort(([one], [other]) => one - other)) {
    parts.push("\n".repeat(line - at), ...marked(lines[line - 1] ?? "", some));
    at = line;
  }
  return parts;
}

function marked(text, faults) {
  const parts = [];
  let at = 0;
  for (const fault of faults.sort((one, other) => one.column - other.column)) {
    const [start, end] = [Math.max(at, fault.column - 1), Math.max(at, fault.end_column - 1)];
    if (end <= at && at > 0) continue; // within the one before
    parts.push(text.slice(at, start), html`<mark class=${fault.severity}>${text.slice(start, end) || " "}</mark>`);
    at = end;
  }
  return [...parts, text.slice(at)];
}

function byLine(faults) {
  const lines = new Map();
  for (const it of faults) lines.set(it.line, [...(lines.get(it.line) ?? []), it]);
  return lines;
}
