// G.711 mu-law, the coding of the telephone line: one byte a sample, 8,000 a second. Runs in the audio worklet.
// Source: ITU-T G.711. The same to the bit as Python's audioop, with which the server decodes and encodes.

const BIAS = 33; // of 14-bit samples
const LARGEST = 8191;

export const SILENCE = 0xff;

function decoded(byte) {
  const bits = ~byte & 0xff;
  const size = ((((bits & 0x0f) << 1) + BIAS) << ((bits >> 4) & 7)) - BIAS;
  return ((bits & 0x80 ? -size : size) * 4) / 32768;
}

// Every byte as a sample from -1 to 1.
export const DECODED = Float32Array.from({ length: 256 }, (_, byte) => decoded(byte));

// The byte of a sample from -1 to 1; one that is louder is clipped.
export function encode(sample) {
  const pcm = Math.max(-32768, Math.min(32767, Math.round(sample * 32768))) >> 2; // NaN becomes 0
  const size = Math.min((pcm < 0 ? -pcm : pcm) + BIAS, LARGEST);
  const segment = 26 - Math.clz32(size); // the place of its first bit: 33 to 63 are segment 0
  return ((segment << 4) | ((size >> (segment + 1)) & 0x0f)) ^ (pcm < 0 ? 0x7f : 0xff);
}
