// The figures in seconds of a call, taken while its events come, as `Stopwatch` in pipeline/records/timeline.py takes
// them: response gaps and barge-ins. docs/figures.md has their definitions.

export const FRAME_SECONDS = 0.02;
const THIRD = 3 * FRAME_SECONDS; // from the start of the first voiced frame to the end of the third
const UNANSWERED = 16; // utterances that one answer may be for; of more, the oldest are forgotten

export class Stopwatch {
  #offset = Infinity;
  #decidedAt = 0;
  #asked = [];
  #held = new Map(); // the sound of speech that is no turn yet, by the turn that it may be
  #thirdAt = 0;
  #clearedAt = Infinity;

  // `gap(turn, at, seconds)` is called with each response gap, `bargeIn(at, seconds)` with each barge-in.
  constructor({ gap, bargeIn }) {
    this.gap = gap;
    this.bargeIn = bargeIn;
  }

  // Convert stream time to the moment at which the caller spoke: sound cannot arrive before it was spoken, so the
  // earliest arrival relative to its stream time tells when the stream began.
  moment(stream) {
    return stream + (this.#offset < Infinity ? this.#offset : 0);
  }

  CallStarted(at) {
    this.#arrived(at, 0);
  }

  SpeechStarted(at, frame) {
    this.#thirdAt = this.moment(frame.at) + THIRD;
    this.#clearedAt = Infinity;
  }

  SpeechStopped(at, frame) {
    this.#arrived(at, frame.at);
    this.#decidedAt = at;
    const held = this.#held.get(frame.turn);
    this.#held.delete(frame.turn);
    if (held !== undefined) this.Utterance(at, held);
  }

  HeldUtterance(at, frame) {
    this.#held.set(frame.turn, frame);
  }

  Utterance(at, frame) {
    this.#asked.push({ turn: frame.turn, endedAt: this.moment(frame.ended), decidedAt: this.#decidedAt });
    if (this.#asked.length > UNANSWERED) this.#asked.shift();
  }

  TurnDropped(at, frame) {
    this.#held.delete(frame.turn);
    this.#asked = this.#asked.filter((question) => question.turn !== frame.turn);
  }

  AgentSpeaking(at, frame) {
    const asked = frame.on ? this.#asked.pop() : undefined;
    if (asked === undefined) return;
    this.#asked = [];
    this.gap(asked.turn, at, at - asked.endedAt);
  }

  Clear(at) {
    this.#clearedAt = Math.min(this.#clearedAt, at);
  }

  Interrupt() {
    if (this.#clearedAt < Infinity) this.bargeIn(this.#clearedAt, this.#clearedAt - this.#thirdAt);
  }

  #arrived(at, stream) {
    this.#offset = Math.min(this.#offset, at - stream);
  }
}
