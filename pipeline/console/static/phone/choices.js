// The choices before a call: the agent, the microphone, the loudspeaker, and the way of hearing. They are remembered.

import { html, nothing } from "../vendor/lit-html.js";
import { WAYS, choosesLoudspeaker, listDevices } from "./devices.js";

const KEPT = "phone"; // in the browser's storage

export class Choices {
  #lists = { microphones: [], loudspeakers: [] };
  #chosen = { agent: "", device: "", loudspeaker: "", way: "loudspeaker", ...kept() };
  #look = () => this.look();

  constructor(agents, redraw) {
    Object.assign(this, { agents, redraw });
  }

  /** The agent that is called: the one chosen, or the first. */
  get agent() {
    return this.agents.find((it) => it.name === this.#chosen.agent) ?? this.agents[0];
  }

  /** The devices as a line takes them: those that are there, else the system's. */
  get devices() {
    const { microphones, loudspeakers } = this.#lists;
    const there = (list, id) => (list.some((it) => it.id === id) ? id : "");
    const { device, loudspeaker } = this.#chosen;
    return { device: there(microphones, device), loudspeaker: there(loudspeakers, loudspeaker), way: this.#way };
  }

  start() {
    navigator.mediaDevices?.addEventListener("devicechange", this.#look);
    this.look();
  }

  stop() {
    navigator.mediaDevices?.removeEventListener("devicechange", this.#look);
  }

  /** Lists the devices anew: they have names only once the microphone has been allowed. */
  async look() {
    this.#lists = await listDevices();
    this.redraw();
  }

  view() {
    const { microphones, loudspeakers } = this.#lists;
    const agents = this.agents.map(({ name, language }) => ({ id: name, name: language ? `${name} · ${language}` : name }));
    return html`
      ${agents.length > 1 ? this.#select("Agent", "agent", agents) : nothing}
      ${this.#select("Microphone", "device", [SYSTEM, ...named(microphones, "microphone")])}
      ${choosesLoudspeaker ? this.#select("Loudspeaker", "loudspeaker", [SYSTEM, ...named(loudspeakers, "loudspeaker")]) : nothing}
      <fieldset class="modes"><legend>You hear the agent by</legend>${Object.entries(WAYS).map((it) => this.#mode(it))}</fieldset>`;
  }

  get #way() {
    return this.#chosen.way in WAYS ? this.#chosen.way : "loudspeaker";
  }

  #select(label, field, options) {
    const selected = field === "agent" ? this.agent.name : this.devices[field];
    return html`<label class="field"><span>${label}</span>
      <select name=${field} @change=${({ target }) => this.#choose(field, target.value)}>
        ${options.map(({ id, name }) => html`<option value=${id} .selected=${id === selected}>${name}</option>`)}
      </select></label>`;
  }

  #mode([way, { name, about }]) {
    return html`<label><input type="radio" name="way" value=${way} .checked=${way === this.#way} @change=${() => this.#choose("way", way)}>
      ${name}<small>${about}</small></label>`;
  }

  #choose(field, value) {
    this.#chosen[field] = value;
    try {
      localStorage.setItem(KEPT, JSON.stringify(this.#chosen));
    } catch {
      // a browser that stores nothing forgets the choices
    }
    this.redraw();
  }
}

const SYSTEM = { id: "", name: "the system's choice" };

const named = (devices, kind) =>
  devices.filter(({ id }) => id !== "default").map(({ id, name }, at) => ({ id, name: name || `${kind} ${at + 1}` }));

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}
