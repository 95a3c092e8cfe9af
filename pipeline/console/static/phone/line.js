// The browser as a telephone: Twilio's end of a media stream, with the microphone and the loudspeaker of this machine.
//
//   const line = new Line({ state, levels, closed, warning });   // what its owner is told, each a function
//   await line.prepare({ device, loudspeaker, way });            // in the click; throws a DeviceFault, or an AbortError
//                                                                // if the line was hung up meanwhile
//   line.dial(await api.post("/api/calls", { agent }));          // the server's answer; the call begins
//   line.press("5"); line.mute(true); line.hangUp();             // hangUp() at any time, also before dial()
//
// `state(name)` with "preparing", "ready", "connecting", "open", "closed"; `levels({ microphone, agent })` 50 times a
// second, peaks from 0 to 1; `closed({ code, reason, text, fault })` once, `text` in words, `fault` true if the call did
// not end as calls do; `warning(text)` for a message of the server that Twilio would warn of.
// Source: Twilio's documentation, "Media Streams: WebSocket messages"; pipeline/phone/stream.py is its twin.

import { addLine, openMicrophone, openSound, WAYS } from "./devices.js";

const SUBPROTOCOL = "audio.twilio.com";
const FORMAT = { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 };
const WARM_UP = { what: "warm", seconds: 1, peak: 0.03 }; // half a second is too short for the browser's echo canceller
const MOST_UNSENT = 250_000; // bytes, about ten seconds: a network that is slower than that does not carry the call
const KEY = /^[0-9*#]$/;

const ENDINGS = {
  1000: "The agent has hung up.",
  1001: "The server ends.",
  1005: "The agent has hung up.",
  1006: "The connection was lost, or the server refused it.",
  1008: "The server refused the call.",
  1011: "The server had a fault.",
  1013: "The server has no free line.",
};
const MEANT = [1000, 1001, 1005];

export class Line {
  #on;
  #sound = null; // the AudioContext
  #microphone = null; // the MediaStream
  #source = null; // its node; a browser may drop one to which nothing refers
  #node = null; // the audio worklet's
  #warmed = () => {};
  #socket = null;
  #answer = null; // of the server: the call's ids
  #sequence = 0;
  #chunk = 0;
  #over = false;
  #leave = () => this.hangUp();

  constructor({ state = () => {}, levels = () => {}, closed = () => {}, warning = () => {} } = {}) {
    this.#on = { state, levels, closed, warning };
    addEventListener("pagehide", this.#leave);
  }

  /** Opens the microphone and the loudspeaker, and warms an echo canceller up. Has to be called in a click. */
  async prepare({ device = "", loudspeaker = "", way = "loudspeaker" } = {}) {
    this.#on.state("preparing");
    try {
      this.#sound = await this.#kept(openSound({ loudspeaker }), (sound) => sound.close());
      this.#microphone = await this.#kept(openMicrophone({ device, way }), stop);
      this.#node = await this.#kept(addLine(this.#sound), (node) => node.disconnect());
    } catch (error) {
      this.#release();
      throw error;
    }
    await this.#kept(this.#connect(WAYS[way].warm));
    this.#on.state("ready");
  }

  /** Begins the call that the server has answered: `{ call_sid, stream_sid, account_sid, stream, parameters }`. */
  dial(answer) {
    if (this.#over) return;
    this.#answer = answer;
    this.#on.state("connecting");
    const url = new URL(answer.stream, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    this.#socket = new WebSocket(url, SUBPROTOCOL);
    this.#socket.onopen = () => this.#open();
    this.#socket.onmessage = ({ data }) => this.#hear(data);
    this.#socket.onclose = ({ code, reason }) => this.#closed(code, reason);
  }

  /** Presses a key of the telephone: 0 to 9, * or #. */
  press(digit) {
    if (KEY.test(digit)) this.#send("dtmf", { track: "inbound_track", digit });
  }

  /** Sends silence in the microphone's place, or its sound again. */
  mute(on) {
    this.#node?.port.postMessage({ what: "mute", on });
  }

  /** Ends the call, and lets go of the microphone. */
  hangUp() {
    if (this.#over) return;
    if (this.#answer) this.#send("stop", { accountSid: this.#answer.account_sid, callSid: this.#answer.call_sid });
    this.#end(1000, "", "You have hung up.", false);
  }

  // What is opened while the line is given up is closed again, by `undo`.
  async #kept(opening, undo = () => {}) {
    const opened = await opening;
    if (!this.#over) return opened;
    undo(opened);
    throw new DOMException("the line was given up", "AbortError");
  }

  // The port is listened to at once: a port without a listener keeps all messages, and would send old sound.
  #connect(warm) {
    return new Promise((ready) => {
      this.#warmed = ready;
      const told = {
        warm: ready,
        frame: ({ ulaw }) => this.#frame(ulaw),
        mark: ({ name }) => this.#send("mark", { name }),
        levels: ({ microphone, agent }) => this.#on.levels({ microphone, agent }),
        dropped: ({ seconds }) =>
          this.#on.warning(`${seconds} s of the agent's sound dropped: too much waits to be played`),
      };
      this.#node.port.onmessage = ({ data }) => told[data.what](data);
      this.#node.onprocessorerror = () => this.#end(1011, "", "The browser's audio had a fault.", true);
      this.#source = this.#sound.createMediaStreamSource(this.#microphone);
      this.#source.connect(this.#node);
      if (warm) this.#node.port.postMessage(WARM_UP);
      else ready();
    });
  }

  #open() {
    const { account_sid: accountSid, stream_sid: streamSid, call_sid: callSid, parameters } = this.#answer;
    const start = {
      accountSid,
      streamSid,
      callSid,
      tracks: ["inbound"],
      mediaFormat: FORMAT,
      customParameters: parameters,
    };
    this.#socket.send(JSON.stringify({ event: "connected", protocol: "Call", version: "1.0.0" }));
    this.#send("start", start);
    this.#node.port.postMessage({ what: "start" });
    this.#on.state("open");
  }

  #frame(ulaw) {
    const timestamp = String(this.#chunk * 20); // ms at its first sample
    this.#chunk++;
    const payload = btoa(String.fromCharCode(...ulaw));
    this.#send("media", { track: "inbound", chunk: String(this.#chunk), timestamp, payload });
    if (this.#socket.bufferedAmount > MOST_UNSENT) this.#end(1000, "", "The network is too slow for a call.", true);
  }

  #send(event, body) {
    if (this.#over || this.#socket?.readyState !== WebSocket.OPEN) return;
    const sequenceNumber = String(++this.#sequence);
    this.#socket.send(JSON.stringify({ event, sequenceNumber, [event]: body, streamSid: this.#answer.stream_sid }));
  }

  #hear(data) {
    try {
      const message = JSON.parse(data);
      if (message.streamSid !== this.#answer.stream_sid) throw new Error(`it is for the stream ${message.streamSid}`);
      if (!(message.event in TAKEN)) throw new Error("there is no such event");
      this.#node.port.postMessage(TAKEN[message.event](message));
    } catch (error) {
      this.#on.warning(
        `a message of the server is not as Twilio takes it (${error.message}): ${String(data).slice(0, 60)}`,
      );
    }
  }

  #closed(code, reason) {
    const ending = ENDINGS[code] ?? "The call was closed.";
    this.#end(
      code,
      reason,
      reason && !MEANT.includes(code) ? `${ending} It said: ${reason}.` : ending,
      !MEANT.includes(code),
    );
  }

  #end(code, reason, text, fault) {
    if (this.#over) return;
    this.#over = true;
    this.#socket?.close(1000);
    this.#release();
    this.#on.state("closed");
    this.#on.closed({ code, reason, text, fault });
  }

  #release() {
    removeEventListener("pagehide", this.#leave);
    this.#over = true;
    this.#warmed();
    this.#node?.port.postMessage({ what: "end" });
    if (this.#microphone) stop(this.#microphone);
    this.#sound?.close().catch(() => {});
  }
}

// The messages of an agent, as the worklet takes them.
const TAKEN = {
  __proto__: null,
  media: ({ media }) => ({ what: "sound", ulaw: Uint8Array.from(atob(media.payload), (it) => it.charCodeAt(0)) }),
  mark: ({ mark }) => ({ what: "mark", name: String(mark.name) }),
  clear: () => ({ what: "clear" }),
};

function stop(stream) {
  stream.getTracks().forEach((track) => track.stop());
}
