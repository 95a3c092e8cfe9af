// A turn of the caller, a reply of the agent, and the stages of an answer. Times are seconds since the start of the call.

export const STAGES = ["endpointing", "recognition", "model", "voice", "breath"];

export class Turn {
  decided = null; // when silence ended it
  text = null; // its final words; null: not known
  interim = ""; // the words so far, while they are not final
  confidence = 0; // of its final words, 0 to 1; 0 if the recogniser gives none
  dropped = ""; // the reason, if it was dropped
  heard = null; // the words heard of the reply that it interrupted
  endedAt = null; // when the caller fell silent; null if it was no utterance
  decidedAt = null;
  wordsAt = null; // the final words were known
  replyAt = null; // the reply's first words were known
  soundAt = null; // the first sound of the answer was made
  audioAt = null; // … and heard
  breathUntil = null; // no answer starts before

  constructor(number, started, startedAt) {
    Object.assign(this, { number, started, startedAt, ended: started });
  }

  // The response gap, in seconds; null if it was not answered.
  get gap() {
    return this.audioAt === null || this.endedAt === null ? null : this.audioAt - this.endedAt;
  }
}

export class Reply {
  ended = null;
  heard = "";
  heardSeconds = null; // null unless it was interrupted
  stopped = false; // it was interrupted from outside, not by the caller
  unfinished = false; // the call ended while it was heard

  constructor(number, turn, started, pieces) {
    this.number = number; // counted from 1, also of replies that are forgotten
    this.turn = turn;
    this.started = started;
    this.pieces = pieces; // its words, sentence by sentence; grows while it is made
  }

  get cut() {
    return this.heardSeconds !== null;
  }

  get words() {
    return this.pieces.join(" ");
  }

  // The words that an interruption or the call's end cut off; empty if they cannot be told from those heard.
  get unheard() {
    const broken = (this.cut || this.unfinished) && this.words.startsWith(this.heard);
    return broken ? this.words.slice(this.heard.length).trim() : "";
  }
}

// Return the stages of an answer that were reached: {name, from, to} in seconds since the caller fell silent. The breath
// is the time for which sound that was made already waited for the end of the pause before a reply.
export function stages(turn) {
  const found = [];
  if (turn.endedAt === null) return found;
  const { decidedAt, wordsAt, replyAt, soundAt, audioAt, breathUntil } = turn;
  const waited = soundAt !== null && (breathUntil === null || soundAt < breathUntil);
  const reached = [decidedAt, wordsAt, replyAt, waited ? soundAt : audioAt, audioAt];
  let from = 0;
  for (const [place, until] of reached.entries()) {
    if (until === null) continue;
    const to = Math.max(from, until - turn.endedAt);
    found.push({ name: STAGES[place], from, to });
    from = to;
  }
  return found;
}
