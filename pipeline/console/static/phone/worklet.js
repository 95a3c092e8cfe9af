// The telephone line inside the browser's audio thread: Twilio's playback buffer, exact to the sample, and the
// microphone as the frames of a phone. The page's thread only carries messages.
//
// Options: `queues` (sounds that play at the same time; a listener has one for each side), `lead` (seconds by which
// sound that begins is held back, against a network's jitter), `longest` (seconds that a queue holds; beyond that its
// oldest sound is dropped).
//
// In:  {what: "warm", seconds, peak}  noise for an echo canceller to learn from; the microphone is not heard
//      {what: "start"}                the microphone is heard from here on
//      {what: "sound", ulaw, queue}   to play after all before it        {what: "mark", name}
//      {what: "clear", queue}         drop what has not played           {what: "mute", on}       {what: "end"}
// Out, each with `at`, the context's time: {what: "warm"}, {what: "frame", ulaw} of 20 ms, {what: "mark", name},
//      {what: "levels", microphone, agent}, the peaks of 20 ms, 0 to 1, {what: "dropped", seconds}

import { Resampler } from "./resampler.js";
import { DECODED, encode } from "./ulaw.js";

const RATE = 8000;
const FRAME = 160;

// Sound that waits to be played, and between it the marks, which go back when all before them has left.
class Queue {
  constructor(lead, longest, passed, dropped) {
    Object.assign(this, { lead, longest, passed, dropped, items: [], at: 0, size: 0, wait: 0 });
  }

  push(item) {
    if (!this.size) this.wait = this.lead;
    if (typeof item === "string" || item.length) this.items.push(item);
    if (typeof item !== "string") this.size += item.length;
    if (this.size > this.longest) this.drop();
    this.settle();
  }

  next() {
    if (!this.size || this.wait-- > 0) return 0;
    const sound = this.items[0];
    const sample = DECODED[sound[this.at++]];
    this.size--;
    if (this.at === sound.length) this.shift();
    return sample;
  }

  clear() {
    const marks = this.items.filter((item) => typeof item === "string");
    Object.assign(this, { items: [], at: 0, size: 0 });
    marks.forEach(this.passed);
  }

  drop() {
    const before = this.size;
    while (this.size > this.longest) {
      this.size -= this.items[0].length - this.at;
      this.shift();
    }
    this.dropped(before - this.size);
  }

  shift() {
    this.items.shift();
    this.at = 0;
    this.settle();
  }

  settle() {
    while (typeof this.items[0] === "string") this.passed(this.items.shift());
  }
}

class Line extends AudioWorkletProcessor {
  constructor({ processorOptions: { queues = 1, lead = 0, longest = 600 } = {} }) {
    super();
    this.queues = Array.from(
      { length: queues },
      () =>
        new Queue(
          lead * RATE,
          longest * RATE,
          (name) => this.tell("mark", { name }),
          (samples) => this.tell("dropped", { seconds: samples / RATE }),
        ),
    );
    this.inward = new Resampler(sampleRate, RATE);
    this.outward = new Resampler(RATE, sampleRate);
    this.frame = new Uint8Array(FRAME);
    this.filled = this.heard = this.noise = this.noisy = 0;
    this.peaks = { microphone: 0, agent: 0 };
    this.started = this.muted = this.over = false;
    this.port.onmessage = ({ data }) => this[data.what](data); // at once: what comes now is not kept for later
  }

  warm({ seconds, peak }) {
    this.noise = Math.round(seconds * sampleRate);
    this.noisy = peak;
  }

  start() {
    this.started = true;
  }

  sound({ ulaw, queue = 0 }) {
    this.queues[queue].push(ulaw);
  }

  mark({ name }) {
    this.queues[0].push(name);
  }

  clear({ queue = 0 }) {
    this.queues[queue].clear();
  }

  mute({ on }) {
    this.muted = on;
  }

  end() {
    this.over = true;
  }

  process([microphone], [[out, ...others]]) {
    if (this.over) return false; // lets go of the microphone
    if (this.started) this.hear(microphone?.[0], out.length);
    if (this.noise > 0) this.rustle(out);
    else this.speak(out);
    for (const other of others) other.set(out);
    this.heard += out.length;
    if (this.heard >= sampleRate / 50) this.measure();
    return true;
  }

  // One block of the microphone; one that is muted or has been pulled out is silent, but the line goes on.
  hear(samples, length) {
    for (let at = 0; at < length; at++) {
      this.inward.take(this.muted || !samples ? 0 : samples[at]);
      while (!this.inward.hungry) this.fill(this.inward.make());
    }
  }

  fill(sample) {
    this.peaks.microphone = Math.max(this.peaks.microphone, Math.abs(sample));
    this.frame[this.filled++] = encode(sample);
    if (this.filled < FRAME) return;
    this.tell("frame", { ulaw: this.frame }, [this.frame.buffer]);
    this.frame = new Uint8Array(FRAME);
    this.filled = 0;
  }

  speak(out) {
    for (let at = 0; at < out.length; at++) {
      while (this.outward.hungry) this.outward.take(this.mixed());
      out[at] = this.outward.make();
    }
  }

  mixed() {
    let sum = 0;
    for (const queue of this.queues) sum += queue.next();
    this.peaks.agent = Math.max(this.peaks.agent, Math.abs(sum));
    return sum;
  }

  rustle(out) {
    for (let at = 0; at < out.length; at++) out[at] = this.noise-- > 0 ? this.noisy * (2 * Math.random() - 1) : 0;
    if (this.noise <= 0) this.tell("warm");
  }

  measure() {
    this.heard -= sampleRate / 50;
    this.tell("levels", this.peaks);
    this.peaks = { microphone: 0, agent: 0 };
  }

  tell(what, more = {}, transferred = []) {
    this.port.postMessage({ what, at: currentTime, ...more }, transferred);
  }
}

registerProcessor("line", Line);
