// The activity of a chain's steps in a watched call: the frames that each has sent, its faults, and its light.

const LIT = 400; // ms
const WINDOW = 5000; // ms over which frames are counted

export class Activity {
  /** `steps` are those of the chain: a fault names its step by class and line of the config alone. */
  constructor(steps) {
    this.steps = steps.map((step) => ({ ...step, total: 0, faults: 0, at: [], sent: new Map() }));
  }

  /** Counts events; those of the past light nothing up. */
  take(events, now, past = false) {
    for (const event of events) {
      const step = this.#stepOf(event);
      if (step === undefined) continue;
      if (event.what === "fault") step.faults += 1;
      else step.total += 1;
      if (past || event.what === "fault") continue;
      step.at.push(now);
      step.sent.set(event.what, now);
    }
  }

  /** True while a step's light is on: if it has just sent a frame, or the one of this name. */
  lit(place, name, now) {
    const sent = this.steps[place]?.sent;
    if (sent === undefined) return false;
    return (name === undefined ? [...sent.values()] : [sent.get(name) ?? -Infinity]).some((at) => now - at < LIT);
  }

  /** Frames a second that a step has sent in the last five. */
  rate(place, now) {
    const step = this.steps[place];
    if (step === undefined) return 0;
    step.at = step.at.filter((at) => now - at < WINDOW);
    return step.at.length / (WINDOW / 1000);
  }

  total = (place) => this.steps[place]?.total ?? 0;
  faults = (place) => this.steps[place]?.faults ?? 0;

  #stepOf(event) {
    if (event.what !== "fault" || event.place !== undefined) return this.steps[event.place];
    const [, name, file, line] = /^(\w+)(?: \((.*):(\d+)\))?/.exec(event.step ?? "") ?? [];
    // A fallback is written within its step: the fault is at the last step that begins no further down.
    const above = this.steps.filter((it) => it.file === file && it.line <= Number(line));
    return above.sort((one, other) => one.line - other.line).at(-1) ?? this.steps.find((it) => it.class === name);
  }
}
