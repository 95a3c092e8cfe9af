// The peaks of one way's sound, 0 to 255 for each 20 ms, kept where they are heard.

import { FRAME_SECONDS } from "./stopwatch.js";

const LONGEST = (4 * 3600) / FRAME_SECONDS; // peaks of four hours; what comes later is not drawn

export class Levels {
  #peaks = new Uint8Array(3000);
  #length = 0;

  // Put peaks in their place, the first at `at` seconds.
  put(at, peaks) {
    const first = Math.round(at / FRAME_SECONDS);
    const end = first + peaks.length;
    if (!(first >= 0) || end > LONGEST) return;
    this.#grow(end);
    for (const [number, peak] of peaks.entries()) {
      this.#peaks[first + number] = Math.max(this.#peaks[first + number], peak);
    }
    this.#length = Math.max(this.#length, end);
  }

  // Drop the peaks after a moment: the line's buffer was cleared, and they are never heard.
  cut(at) {
    const end = Math.max(0, Math.ceil(at / FRAME_SECONDS));
    this.#peaks.fill(0, end, this.#length);
    this.#length = Math.min(this.#length, end);
  }

  // The end of the last peak, in seconds.
  get end() {
    return this.#length * FRAME_SECONDS;
  }

  // Return the highest peak between two moments, 0 to 1.
  peak(from, to) {
    const end = Math.min(this.#length, Math.max(Math.floor(from / FRAME_SECONDS) + 1, Math.round(to / FRAME_SECONDS)));
    let highest = 0;
    for (let place = Math.max(0, Math.floor(from / FRAME_SECONDS)); place < end; place++) {
      if (this.#peaks[place] > highest) highest = this.#peaks[place];
    }
    return highest / 255;
  }

  #grow(end) {
    if (end <= this.#peaks.length) return;
    const grown = new Uint8Array(Math.max(end, 2 * this.#peaks.length));
    grown.set(this.#peaks);
    this.#peaks = grown;
  }
}
