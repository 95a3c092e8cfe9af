// The story of a call: its turns, replies, interruptions, gaps, states and faults, derived from its events as they come.
// The derivation is that of pipeline/records/timeline.py and pipeline/tools/report/summary.py, and one test holds both
// to the same calls. Times are seconds since the start of the call, except `started`, `ended` and `decided` of a turn,
// which are seconds of the caller's sound (`story.moment` converts them).

import { faultIn } from "./faults.js";
import { Stopwatch } from "./stopwatch.js";
import { Reply, Turn } from "./turns.js";

const KEPT = 2000; // turns, replies, clears, faults and so on of a long call: of more, the oldest are forgotten
const NEEDS = {
  SpeechStarted: ["turn", "at"],
  SpeechStopped: ["turn", "at"],
  Utterance: ["turn", "started", "ended"],
  HeldUtterance: ["turn", "started", "ended"],
  TurnDropped: ["turn", "reason"],
  Transcript: ["turn", "text", "final"],
  ReplyText: ["turn", "text"],
  AgentSpeaking: ["on", "heard"],
  Interrupt: ["heard", "heard_seconds"],
  ReplyStopped: ["heard", "heard_seconds"],
  AudioOut: ["turn"],
  intro_dropped: ["turn"],
  first_audio: ["turn", "after", "breath"],
  reply_unfinished: ["heard"],
  state: ["now"],
};

export class Story {
  turns = new Map(); // by number, in the order of their starts
  replies = [];
  gaps = []; // {turn, at, seconds}
  bargeIns = []; // {at, seconds}
  states = []; // {at, now}
  clears = [];
  marks = [];
  faults = []; // {at, text, place}
  ended = null; // when the call ended
  #pieces = new Map(); // the words of replies, by turn
  #worded = new Map(); // the moment of a reply's first words, by turn
  #held = new Map(); // the sound of speech that is no turn yet, by the turn that it may be
  #begun = 0; // replies
  #partial;
  #watch = new Stopwatch({
    gap: (turn, at, seconds) => this.#gap(turn, at, seconds),
    bargeIn: (at, seconds) => keep(this.bargeIns, { at, seconds }),
  });

  // `partial`: the first events of the call are missing, so turns are taken up from any event that names them.
  constructor({ partial = false } = {}) {
    this.#partial = partial;
  }

  // Take the next event; one that lacks what it should have, or is of an unknown kind, is passed over.
  tell(event) {
    const { at, what } = event ?? {};
    const fields = event?.frame ?? event;
    if (typeof at !== "number" || typeof what !== "string" || fields === null || typeof fields !== "object") return;
    if (NEEDS[what]?.some((name) => fields[name] === undefined || fields[name] === null)) return;
    if (FIGURES.has(what)) this.#watch[what](at, fields);
    TAKES.get(what)?.call(this, at, fields);
    const fault = faultIn(event);
    if (fault !== null) keep(this.faults, { at, text: fault, place: event.place });
  }

  // Convert seconds of the caller's sound to the moment at which it was spoken.
  moment(stream) {
    return this.#watch.moment(stream);
  }

  // The turns long enough to be an utterance: those that are counted.
  get utterances() {
    return [...this.turns.values()].filter((turn) => turn.endedAt !== null);
  }

  // The replies that have words and have not become audible; `started` is the moment of their first words.
  get unspoken() {
    const audible = new Set(this.replies.map((reply) => reply.turn));
    const silent = [...this.#pieces].filter(([turn, pieces]) => pieces.length > 0 && !audible.has(turn));
    return silent.map(([turn, pieces]) => new Reply(-turn, turn, this.#worded.get(turn), pieces));
  }

  // The replies that began while the caller spoke.
  get cutIns() {
    const spoken = this.utterances.filter((turn) => !turn.dropped);
    const inside = ({ started }) => spoken.some((turn) => turn.startedAt < started && started < turn.endedAt);
    return this.replies.filter(inside);
  }

  // The state of the call at its latest event.
  get state() {
    return this.states.at(-1)?.now ?? "LISTENING";
  }

  #number() {
    return Math.max(0, ...this.#pieces.keys());
  }

  #gap(turn, at, seconds) {
    keep(this.gaps, { turn, at, seconds });
    if (this.turns.has(turn)) this.turns.get(turn).audioAt = at;
  }

  #begin(number, started) {
    this.turns.set(number, new Turn(number, started, this.moment(started)));
    for (const map of [this.turns, this.#pieces, this.#worded]) if (map.size > KEPT) map.delete(map.keys().next().value);
  }

  #turn(number, started) {
    if (this.#partial && !this.turns.has(number)) this.#begin(number, started);
    return this.turns.get(number);
  }

  #piecesOf(turn) {
    if (!this.#pieces.has(turn)) this.#pieces.set(turn, []);
    return this.#pieces.get(turn);
  }

  #cut(at, { heard, heard_seconds: seconds }, stopped) {
    const ended = { ended: at, heard: String(heard), heardSeconds: Number(seconds), stopped };
    Object.assign(this.#audible(at) ?? {}, ended);
  }

  #reply(at, pieces) {
    this.#begun += 1;
    keep(this.replies, new Reply(this.#begun, this.#number(), at, pieces));
  }

  // The reply that is audible; undefined if there is none.
  #audible(at) {
    if (this.#partial && this.replies.length === 0) this.#reply(at, []);
    const last = this.replies.at(-1);
    return last?.ended === null ? last : undefined;
  }

  static takes = {
    SpeechStarted(at, frame) {
      for (const turn of this.turns.values()) {
        if (turn.audioAt === null) turn.soundAt = null; // the caller's speech discards what was made
      }
      this.#begin(frame.turn, frame.at);
    },

    SpeechStopped(at, frame) {
      const turn = this.#turn(frame.turn, frame.at);
      if (turn !== undefined) Object.assign(turn, { decided: frame.at, ended: frame.at, decidedAt: at });
      const held = this.#held.get(frame.turn);
      this.#held.delete(frame.turn);
      if (held !== undefined) Story.takes.Utterance.call(this, at, held);
    },

    Utterance(at, frame) {
      const turn = this.#turn(frame.turn, frame.started);
      if (turn === undefined) return;
      if (this.#partial) turn.started = frame.started;
      Object.assign(turn, { ended: frame.ended, endedAt: this.moment(frame.ended) });
    },

    HeldUtterance(at, frame) {
      this.#held.set(frame.turn, frame);
    },

    TurnDropped(at, frame) {
      this.#held.delete(frame.turn);
      const turn = this.turns.get(frame.turn);
      if (turn !== undefined) turn.dropped = String(frame.reason);
    },

    Transcript(at, frame) {
      const turn = this.#turn(frame.turn, at);
      if (turn === undefined || turn.text !== null) return;
      if (frame.final) Object.assign(turn, { text: String(frame.text), wordsAt: at, confidence: frame.confidence ?? 0 });
      turn.interim = frame.final ? "" : String(frame.text);
    },

    ReplyText(at, frame) {
      if (!this.#worded.has(frame.turn)) this.#worded.set(frame.turn, at);
      this.#piecesOf(frame.turn).push(String(frame.text));
      const turn = this.turns.get(frame.turn);
      if (turn !== undefined && turn.replyAt === null) turn.replyAt = at;
    },

    intro_dropped(at, fields) {
      this.#pieces.get(fields.turn)?.pop(); // the part that is kept comes as another piece
    },

    AgentSpeaking(at, frame) {
      if (frame.on) {
        this.#reply(at, this.#piecesOf(this.#number()));
      } else Object.assign(this.#audible(at) ?? {}, { ended: at, heard: String(frame.heard) });
    },

    Interrupt(at, frame) {
      const turn = [...this.turns.values()].at(-1);
      if (turn !== undefined) turn.heard = String(frame.heard);
      this.#cut(at, frame, false);
    },

    ReplyStopped(at, frame) {
      this.#cut(at, frame, true);
    },

    AudioOut(at, frame) {
      const turn = this.turns.get(frame.turn);
      if (turn !== undefined) turn.soundAt ??= at;
    },

    first_audio(at, fields) {
      const turn = this.turns.get(fields.turn);
      if (turn !== undefined) turn.breathUntil = at - fields.after + fields.breath;
    },

    reply_unfinished(at, fields) {
      Object.assign(this.#audible(at) ?? {}, { ended: at, heard: String(fields.heard), unfinished: true });
    },

    Clear(at) {
      keep(this.clears, at);
    },

    MarkPlayed(at) {
      keep(this.marks, at);
    },

    state(at, fields) {
      keep(this.states, { at, now: fields.now });
      if (fields.now === "ENDED") this.ended = at;
    },
  };
}

const TAKES = new Map(Object.entries(Story.takes));
const FIGURES = new Set(Object.getOwnPropertyNames(Stopwatch.prototype).filter((name) => /^[A-Z]/.test(name)));

// Return the story of events.
export function storyOf(events, options) {
  const story = new Story(options);
  for (const event of events) story.tell(event);
  return story;
}

function keep(list, entry) {
  list.push(entry);
  if (list.length > KEPT) list.shift();
}
