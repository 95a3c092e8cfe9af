// Listening in to a call under way: both sides' sound over a WebSocket, played by the worklet of the phone.

import { addLine, openSound } from "../phone/devices.js";

const CALLER = 0; // the first byte of a message: the caller's sound, the agent's, or that the agent's was cleared
const AGENT = 1;
const CLEARED = 2;
const LEAD = 0.15; // seconds by which sound that begins is held back, against the network's jitter
const LONGEST = 2; // seconds that may wait: later than that is not live

export class Listening {
  on = false;
  trouble = ""; // why it has ended, in words
  #attempt = null; // to listen: one that was given up connects nothing when its sound is open at last
  #sound = null; // the AudioContext
  #node = null;
  #socket = null;

  constructor(sid, changed) {
    this.sid = sid;
    this.changed = changed;
  }

  // Open the sound and the socket; has to be called in a click.
  async start() {
    const attempt = (this.#attempt = {});
    this.on = true;
    this.trouble = "";
    try {
      const sound = await openSound();
      const node = await addLine(sound, { microphone: false, queues: 2, lead: LEAD, longest: LONGEST });
      if (attempt === this.#attempt) this.#connect(sound, node);
      else sound.close();
    } catch (error) {
      if (attempt === this.#attempt) this.#fail([error.message, error.advice].filter(Boolean).join(" "));
    }
  }

  // End listening, without a word.
  stop() {
    this.on = false;
    this.#attempt = null;
    this.#socket?.close(1000);
    this.#node?.port.postMessage({ what: "end" });
    this.#sound?.close().catch(() => {});
    this.#socket = this.#node = this.#sound = null;
  }

  #connect(sound, node) {
    const url = new URL(`/api/calls/${encodeURIComponent(this.sid)}/listen`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => this.#hear(data);
    socket.onclose = ({ code, reason }) => {
      if (socket === this.#socket) this.#fail(code === 1000 ? "" : reason || `The server has ended the sound (${code}).`);
    };
    node.port.onmessage = () => {}; // the levels are not shown; a port without a listener would keep them all
    [this.#sound, this.#node, this.#socket] = [sound, node, socket];
  }

  #hear(data) {
    if (!(data instanceof ArrayBuffer) || data.byteLength === 0) return;
    const [way] = new Uint8Array(data, 0, 1);
    const { port } = this.#node;
    if (way === CLEARED) port.postMessage({ what: "clear", queue: AGENT });
    else if (way === CALLER || way === AGENT) port.postMessage({ what: "sound", ulaw: new Uint8Array(data, 1), queue: way });
  }

  #fail(words) {
    this.stop();
    this.trouble = words;
    this.changed();
  }
}
