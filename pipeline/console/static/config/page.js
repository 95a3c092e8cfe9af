// The configs of the agents being served: read, or with `--console-edit` also changed. The text is checked while it is
// typed, its chain is drawn beside it, and it is saved only if it is clean and the file is still the one that was opened.

import { html, nothing } from "../vendor/lit-html.js";
import { drawing } from "../chain/drawing.js";
import { count } from "../words.js";
import { Editor } from "./editor.js";

const PAUSE = 300; // ms after the last key until the text is checked

// Texts that are not saved yet, by config: they outlive a visit to another page.
const drafts = new Map();
addEventListener("beforeunload", (event) => drafts.size && event.preventDefault());

export const page = (context) => new ConfigPage(context);

class ConfigPage {
  constructor({ api, params, redraw }) {
    Object.assign(this, { api, redraw, asked: params[0] });
    this.configs = null;
    this.opened = null; // the answer for the config: name, file, text, hash, editable, …
    this.text = ""; // as it is typed
    this.checked = ""; // the text that `faults` are about
    this.faults = [];
    this.chain = null; // of the last text that could be used
    this.outdated = false; // true if `chain` is that of an older text
    this.told = null; // [class, text, advice] of the last save
    this.theirs = null; // {text, hash} of a file that was changed meanwhile
    this.busy = false;
    this.editor = new Editor((text) => this.typed(text));
    this.chosen = null;
    this.round = 0; // of the checks: the answer of an older one is dropped
  }

  start() {
    this.load();
    addEventListener("keydown", this.keys);
    this.link = document.head.querySelector('link[href="/static/chain/chain.css"]') ?? style("/static/chain/chain.css");
  }

  stop() {
    removeEventListener("keydown", this.keys);
    clearTimeout(this.pausing);
    this.round += 1;
  }

  keys = (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    this.save();
  };

  async load() {
    await this.attempt(async () => {
      this.configs = (await this.api.get("/api/configs")).configs;
      const name = this.asked ?? this.configs[0].name;
      const opened = await this.api.get(`/api/configs/${encodeURIComponent(name)}`);
      this.open(opened, drafts.get(name));
    });
  }

  open(opened, draft) {
    this.opened = draft ? { ...opened, text: draft.text, hash: draft.hash } : opened;
    this.saved = opened.text.replaceAll(/\r\n?/g, "\n"); // as a textarea has it
    this.text = draft ? draft.text : this.saved;
    if (draft && draft.hash !== opened.hash) this.theirs = opened;
    this.judge(this.saved, opened);
    if (draft) this.typed(this.text);
  }

  // ---- what is typed, checked and saved ----

  typed(text) {
    this.text = text;
    this.told = null;
    if (text === this.saved) drafts.delete(this.opened.name);
    else drafts.set(this.opened.name, { text, hash: this.opened.hash });
    clearTimeout(this.pausing);
    this.pausing = setTimeout(() => this.check(), PAUSE);
    this.redraw();
  }

  async check() {
    const [text, round] = [this.text, (this.round += 1)];
    await this.attempt(async () => {
      const answer = await this.api.post(this.path("/check"), { text });
      if (round === this.round) this.judge(text, answer);
    });
  }

  judge(text, { faults, chain }) {
    Object.assign(this, { checked: text, faults, outdated: !chain, chain: chain ?? this.chain });
    if (this.chosen !== null && !this.chain?.steps[this.chosen]) this.chosen = null;
  }

  async save() {
    if (this.busy || !this.savable) return;
    this.busy = true;
    this.told = null;
    const text = this.text;
    await this.attempt(async () => {
      const { hash, name, used, reload } = await this.api.put(this.path(), { text, hash: this.opened.hash });
      Object.assign(this, { saved: text, theirs: null, told: [used ? "good" : "warn", `Saved: ${reload}`, ""] });
      this.opened.hash = hash;
      if (this.text === text) drafts.delete(this.opened.name);
      else drafts.set(this.opened.name, { text: this.text, hash });
      if (name !== this.opened.name) this.renamed(name);
    });
    this.busy = false;
    this.redraw();
  }

  /** The agent has another name now, and so has its address. */
  renamed(name) {
    const draft = drafts.get(this.opened.name);
    drafts.delete(this.opened.name);
    if (draft) drafts.set(name, draft);
    this.configs = this.configs.map((it) => (it.name === this.opened.name ? { ...it, name } : it));
    this.opened.name = name;
    history.replaceState(null, "", `#/config/${encodeURIComponent(name)}`);
  }

  async attempt(doing) {
    try {
      await doing();
    } catch (failure) {
      if (failure.status === undefined) throw failure;
      const { status, message, advice, answer } = failure;
      this.told = ["bad", message, advice];
      if (status === 409 && answer.hash) this.theirs = answer;
      if (status === 422 && answer.faults) this.judge(this.text, answer);
    }
    this.redraw();
  }

  path = (rest = "") => `/api/configs/${encodeURIComponent(this.opened.name)}${rest}`;

  get changed() {
    return this.opened !== null && this.text !== this.saved;
  }

  get savable() {
    return this.opened?.editable && this.changed && this.checked === this.text && !this.errors.length && !this.theirs;
  }

  get errors() {
    return this.faults.filter((it) => it.severity === "error");
  }

  // ---- a file that was changed by another program ----

  keepMine() {
    this.opened.hash = this.theirs.hash;
    this.theirs = null;
    this.saved = null; // another text is in the file
    this.typed(this.text);
    this.told = ["warn", "Your text is the one to save now. It replaces the other one.", ""];
  }

  takeTheirs() {
    const { text, hash } = this.theirs;
    this.mine = this.text;
    this.theirs = null;
    this.opened.hash = hash;
    this.saved = text.replaceAll(/\r\n?/g, "\n");
    this.editor.put(this.saved);
  }

  // ---- the view ----

  view() {
    if (!this.opened) return html`<h1>Config</h1>${this.message()}`;
    return html`<div class="config-head"><h1>Config</h1>${this.choice()}<code class="soft">${this.opened.file}</code>${this.buttons()}</div>
      ${this.opened.editable ? nothing : html`<p class="notice warn">${this.opened.reason} ${this.opened.advice} Secrets are masked.</p>`}
      ${this.message()}${this.conflict()}
      <div class="config-parts">
        <div>${this.editor.view({ text: this.opened.text, checked: this.checked, faults: this.faults, readOnly: !this.opened.editable, label: `Text of ${this.opened.file}` })}
          ${this.list()}${this.mine === undefined ? nothing : html`<details><summary>Your text before</summary><textarea class="other" readonly aria-label="Your text before" .value=${this.mine}></textarea></details>`}</div>
        <div class="picture">${this.picture()}</div>
      </div>`;
  }

  choice() {
    if (this.configs.length === 1) return html`<span class="soft">${this.opened.name}</span>`;
    return html`<label class="field"><span>Agent</span><select @change=${(event) => location.assign(`#/config/${encodeURIComponent(event.target.value)}`)}>
      ${this.configs.map(({ name }) => html`<option value=${name} ?selected=${name === this.opened.name}>${name}${drafts.has(name) ? " (not saved)" : ""}</option>`)}</select></label>`;
  }

  buttons() {
    if (!this.opened.editable) return nothing;
    return html`<span class="row"><button class="go save" ?disabled=${this.busy || !this.savable} @click=${() => this.save()}>Save</button>
      <span class="soft small">${this.changed ? "not saved" : "as in the file"}</span></span>`;
  }

  message() {
    const [kind, text, advice] = this.told ?? [];
    return html`<div role="status" aria-live="polite">${kind ? html`<div class="notice ${kind}"><p dir="auto" class="told">${text}</p>${advice ? html`<p class="soft">${advice}</p>` : nothing}</div>` : nothing}</div>`;
  }

  conflict() {
    if (!this.theirs) return nothing;
    return html`<section class="card conflict"><h2>The file was changed meanwhile</h2>
      <p>Another program wrote ${this.opened.file} after it was opened here. Below is its text now; yours is in the editor.</p>
      <textarea class="other" readonly aria-label="The file's text now" .value=${this.theirs.text}></textarea>
      <p class="row"><button @click=${() => this.keepMine()}>Keep mine</button><button @click=${() => this.takeTheirs()}>Take the file's</button></p></section>`;
  }

  list() {
    const [errors, warnings] = [this.errors.length, this.faults.length - this.errors.length];
    const some = [errors ? count(errors, "fault") : "", warnings ? count(warnings, "warning") : ""].filter(Boolean).join(", ");
    return html`<p class="verdict ${errors ? "bad" : warnings ? "warn" : "good"}" role="status" aria-live="polite">${this.text === this.checked ? some || "No faults." : html`<span class="soft">Checking …</span>`}</p>
      <ol class="faults">${this.faults.map((it) => html`<li class=${it.severity}>${this.place(it)}
        <span dir="auto">${it.text}</span>${it.hint ? html` <span class="soft" dir="auto">${it.hint}</span>` : nothing}</li>`)}</ol>`;
  }

  place(fault) {
    if (fault.file) return html`<code>${fault.file}${fault.line ? `:${fault.line}:${fault.column}` : ""}</code>`;
    if (!fault.line) return html`<span class="soft">the whole text</span>`;
    return html`<button class="plain" @click=${() => this.editor.show(fault)}>${`line ${fault.line}, column ${fault.column}`}</button>`;
  }

  picture() {
    if (!this.chain) return html`<p class="empty">The chain is drawn as soon as the text has no faults.</p>`;
    const choose = (place) => {
      this.chosen = place;
      this.redraw();
    };
    const step = this.chosen === null ? null : this.chain.steps[this.chosen];
    return html`<p class="soft small">${this.outdated ? "The chain of the last text without faults:" : "The chain of this text:"}</p>
      <div class=${this.outdated ? "stale" : ""}>${drawing(this.chain, { chosen: this.chosen, choose })}</div>
      ${step && step.file === this.opened.file && !this.outdated ? html`<p><button class="plain" @click=${() => this.editor.show({ line: step.line, column: 1, end_column: 1 })}>To ${step.word} in line ${step.line}</button></p>` : nothing}`;
  }
}

function style(href) {
  const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  document.head.append(sheet);
  return sheet;
}
