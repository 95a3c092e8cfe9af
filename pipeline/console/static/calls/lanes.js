// The lanes of a call in true time, drawn on a canvas: the caller's sound, the agent's where it is heard, the states,
// and the moments that count. The story has the boxes and moments, `levels` the sound of both ways.

const LANE = 62; // pixels of a lane of sound
const CALLER = 20 + LANE / 2;
const AGENT = CALLER + LANE + 18;
const STATES = AGENT + LANE / 2 + 12;
const MOMENTS = STATES + 16 + 14; // the foot of the ticks
export const HEIGHT = MOMENTS + 4;
const TICKS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 3600]; // seconds between labels
const ROOM = 70; // pixels that a label needs
const COLOURS = ["ground", "text", "muted", "line", "caller", "agent", "bad", "warn"];
const OF_STATE = { LISTENING: "caller", THINKING: "warn", SPEAKING: "agent", ENDED: "muted", RESERVED: "muted" };

// Return the name of the colour of a state.
export const colourOf = (state) => (Object.hasOwn(OF_STATE, state) ? OF_STATE[state] : "muted");

// Draw the lanes from `from` on, `span` seconds wide; `now` is the present moment, null once the call is over.
export function drawLanes(canvas, { story, levels, from, span, now, end }) {
  const pen = new Pen(canvas, from, span);
  if (pen.width === 0) return;
  drawTicks(pen, from, span);
  drawBoxes(pen, story, end);
  for (const [way, middle, colour] of [["in", CALLER, "caller"], ["out", AGENT, "agent"]]) {
    pen.wave(levels[way], middle, colour);
  }
  drawGaps(pen, story);
  drawStates(pen, story, end);
  drawMoments(pen, story);
  if (now !== null) pen.line(now, 14, HEIGHT, "text", { width: 2 });
}

class Pen {
  constructor(canvas, from, span) {
    const ratio = window.devicePixelRatio || 1;
    this.width = canvas.clientWidth;
    if (canvas.width !== Math.round(this.width * ratio) || canvas.height !== Math.round(HEIGHT * ratio)) {
      canvas.width = Math.round(this.width * ratio);
      canvas.height = Math.round(HEIGHT * ratio);
    }
    const style = getComputedStyle(canvas);
    this.colours = Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--${name}`) || "gray"]));
    this.context = canvas.getContext("2d");
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.clearRect(0, 0, this.width, HEIGHT);
    this.context.font = `11px ${style.fontFamily}`;
    Object.assign(this, { from, span, scale: this.width / span });
  }

  x(at) {
    return (at - this.from) * this.scale;
  }

  sees(from, to = from) {
    return to >= this.from && from <= this.from + this.span;
  }

  line(at, top, foot, colour, { width = 1, dash = [] } = {}) {
    const { context } = this;
    context.strokeStyle = this.colours[colour];
    context.lineWidth = width;
    context.setLineDash(dash);
    context.beginPath();
    context.moveTo(this.x(at), top);
    context.lineTo(this.x(at), foot);
    context.stroke();
    context.setLineDash([]);
  }

  // Write words with a rim of the ground, so that lines behind them do not strike them out.
  text(words, x, y, colour) {
    const { context, colours } = this;
    Object.assign(context, { strokeStyle: colours.ground, fillStyle: colours[colour], lineWidth: 3, lineJoin: "round" });
    context.globalAlpha = 0.8;
    context.strokeText(words, x, y);
    context.globalAlpha = 1;
    context.fillText(words, x, y);
  }

  box(from, to, top, height, colour, { alpha = 0.16, dashed = false } = {}) {
    const { context } = this;
    const left = Math.max(-4, this.x(from));
    const width = Math.max(1, Math.min(this.width + 4, this.x(to)) - left);
    context.globalAlpha = dashed ? 1 : alpha;
    context.fillStyle = context.strokeStyle = this.colours[colour];
    context.lineWidth = 1;
    context.setLineDash(dashed ? [3, 3] : []);
    if (dashed) context.strokeRect(left, top, width, height);
    else context.fillRect(left, top, width, height);
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  // Draw a wave: the root of each peak, so that a quiet voice is visible.
  wave(levels, middle, colour) {
    const { context } = this;
    context.fillStyle = this.colours.line;
    context.fillRect(0, middle, this.width, 1);
    context.fillStyle = this.colours[colour];
    const step = Math.max(2, Math.ceil(this.scale * 0.02));
    for (let x = 0; x < this.width; x += step) {
      const from = this.from + x / this.scale;
      const high = Math.sqrt(levels.peak(from, from + step / this.scale)) * (LANE / 2 - 3);
      if (high > 1) context.fillRect(x, middle - high, step > 2 ? step - 1 : 1, 2 * high);
    }
  }
}

function drawTicks(pen, from, span) {
  const every = TICKS.find((seconds) => seconds * pen.scale >= ROOM) ?? TICKS.at(-1);
  for (let at = Math.max(0, Math.ceil(from / every)) * every; at <= from + span; at += every) {
    pen.line(at, 12, MOMENTS, "line");
    pen.text(`${Math.floor(at / 60)}:${String(at % 60).padStart(2, "0")}`, pen.x(at) + 3, 11, "muted");
  }
}

function drawBoxes(pen, story, end) {
  for (const turn of story.turns.values()) {
    const from = turn.startedAt;
    const to = turn.decidedAt === null ? end : story.moment(turn.ended);
    if (!pen.sees(from, to)) continue;
    pen.box(from, to, CALLER - LANE / 2, LANE, turn.dropped ? "muted" : "caller", { dashed: turn.dropped !== "" });
    pen.text(String(turn.number), Math.max(2, pen.x(from) + 3), CALLER - LANE / 2 + 11, "muted");
  }
  for (const reply of story.replies) {
    const to = reply.ended ?? end;
    if (!pen.sees(reply.started, to)) continue;
    pen.box(reply.started, to, AGENT - LANE / 2, LANE, "agent");
    if (!reply.cut || !pen.sees(to)) continue;
    pen.line(to, 14, MOMENTS, "bad", { dash: [4, 3] });
    pen.text(reply.stopped ? "stopped" : "barge-in", pen.x(to) + 4, AGENT + LANE / 2 + 9, "bad");
  }
}

function drawGaps(pen, story) {
  const middle = (CALLER + AGENT) / 2;
  for (const turn of story.turns.values()) {
    if (turn.gap === null || !pen.sees(turn.endedAt, turn.audioAt)) continue;
    pen.box(turn.endedAt, turn.audioAt, middle - 1, 2, "warn", { alpha: 1 });
    for (const at of [turn.endedAt, turn.audioAt]) pen.line(at, middle - 4, middle + 4, "warn");
    pen.text(`${Math.round(1000 * turn.gap)} ms`, pen.x(turn.audioAt) + 4, middle + 4, "warn");
  }
}

function drawStates(pen, story, end) {
  const states = [{ at: 0, now: "LISTENING" }, ...story.states];
  for (const [place, { at, now }] of states.entries()) {
    const until = states[place + 1]?.at ?? end;
    if (now === "ENDED" || !pen.sees(at, until)) continue;
    pen.box(at, until, STATES, 14, colourOf(now), { alpha: 0.35 });
    const left = Math.max(0, pen.x(at));
    const word = now.toLowerCase();
    if (pen.x(until) - left > pen.context.measureText(word).width + 8) pen.text(word, left + 4, STATES + 11, "text");
  }
}

function drawMoments(pen, story) {
  for (const at of story.marks) if (pen.sees(at)) pen.line(at, MOMENTS - 6, MOMENTS, "muted", { width: 2 });
  for (const at of story.clears) if (pen.sees(at)) pen.line(at, MOMENTS - 10, MOMENTS, "bad", { width: 2 });
  for (const { at } of story.faults) {
    if (!pen.sees(at)) continue;
    const { context } = pen;
    context.fillStyle = pen.colours.bad;
    context.beginPath();
    context.moveTo(pen.x(at), MOMENTS + 2);
    context.lineTo(pen.x(at) - 5, MOMENTS - 8);
    context.lineTo(pen.x(at) + 5, MOMENTS - 8);
    context.fill();
  }
}
