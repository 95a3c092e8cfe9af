// A stream of samples at another rate, for any two rates, 2.2 ms behind. Runs in the audio worklet.
// Method: interpolation by a windowed sinc (J. O. Smith, "Digital Audio Resampling"), the window is Kaiser's.

const WINGS = 16; // zero crossings on each side
const CUT = 0.92; // of the lower rate's half: 3,680 Hz for 8 kHz
const BETA = 8; // of the window: what is above 5 kHz is 80 dB down
const FINE = 128; // values of the kernel between two zero crossings; straight lines between them

const KERNEL = Float32Array.from({ length: WINGS * FINE + 2 }, (_, at) => {
  const x = at / FINE;
  if (x >= WINGS) return 0;
  const sinc = at ? Math.sin(Math.PI * x) / (Math.PI * x) : 1;
  return (sinc * bessel(BETA * Math.sqrt(1 - (x / WINGS) ** 2))) / bessel(BETA);
});

// The modified Bessel function of the first kind, order 0.
function bessel(x) {
  let sum = 1;
  for (let term = 1, k = 1; term > 1e-9 * sum; k++) sum += term *= (x / (2 * k)) ** 2;
  return sum;
}

export class Resampler {
  constructor(from, to) {
    this.step = from / to; // samples of the input for one of the output
    this.scale = CUT * Math.min(1, to / from);
    this.reach = WINGS / this.scale; // samples of the input on each side of an output, and the lag
    this.kept = new Float32Array(2 ** Math.ceil(Math.log2(2 * this.reach + this.step + 2)));
    this.mask = this.kept.length - 1;
    this.taken = 0;
    this.made = 0;
  }

  // True if another sample of the input is needed before the next of the output.
  get hungry() {
    return this.taken <= this.made * this.step;
  }

  take(sample) {
    this.kept[this.taken++ & this.mask] = sample;
  }

  make() {
    const last = this.made++ * this.step;
    const middle = last - this.reach;
    let sum = 0;
    for (let at = Math.max(0, Math.ceil(middle - this.reach)); at <= last; at++) {
      const x = Math.abs(at - middle) * this.scale * FINE;
      const left = KERNEL[x | 0];
      sum += this.kept[at & this.mask] * (left + (x - (x | 0)) * (KERNEL[(x | 0) + 1] - left));
    }
    return sum * this.scale;
  }
}
