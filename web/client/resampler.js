/**
 * Any rate to 16 kHz: a polyphase FIR, its prototype a sinc under a Kaiser window.
 *
 * The ratio is reduced to `up / down`; output n lies at input position n * down / up, so there is one
 * set of taps for each of the `up` fractions. Pass band to 7 kHz, stop band from 8 kHz at -80 dB
 * (Kaiser's design formulas): nothing folds back into speech. Linear phase; the delay is made up by
 * looking ahead, so output sample 0 is input sample 0. Used inside the audio worklet: no allocation
 * per call beyond the result.
 */

const RATE = 16_000;
const PASS_HZ = 7_000;
const STOP_HZ = 8_000;
const ATTENUATION_DB = 80;

export class Resampler {
  /** @param {number} rate of the input in Hz, whole */
  constructor(rate) {
    const common = divisor(rate, RATE);
    this._up = RATE / common;
    this._down = rate / common;
    const half = halfLength(rate);
    this._length = 2 * half + 1;
    this._taps = design(rate, this._up, half);
    /** Input not yet used up, beginning with zeros so that sample 0 has a past. */
    this._held = new Float32Array(half);
    this._half = half;
    /** Where the next output lies: whole input samples into `_held` past its first window, and a fraction. */
    this._at = 0;
    this._phase = 0;
  }

  /**
   * Takes the next input samples, -1..1, and returns the output samples they complete.
   *
   * @param {Float32Array} input
   * @returns {Float32Array}
   */
  push(input) {
    const held = new Float32Array(this._held.length + input.length);
    held.set(this._held);
    held.set(input, this._held.length);
    const windows = held.length - this._length - this._at;
    const fractions = windows * this._up + this._up - 1 - this._phase;
    const count = windows < 0 ? 0 : Math.floor(fractions / this._down) + 1;
    const output = new Float32Array(count);
    for (let n = 0; n < count; n += 1) {
      output[n] = this._sum(held);
      this._phase += this._down;
      this._at += Math.floor(this._phase / this._up);
      this._phase %= this._up;
    }
    const used = Math.min(this._at, held.length);
    this._held = held.slice(used);
    this._at -= used;
    return output;
  }

  /** What is left in the filter, as if silence followed. */
  flush() {
    return this.push(new Float32Array(this._half));
  }

  /**
   * @private
   * @param {Float32Array} held
   */
  _sum(held) {
    const taps = /** @type {Float32Array} */ (this._taps[this._phase]);
    let sum = 0;
    for (let k = 0; k < this._length; k += 1) {
      sum += /** @type {number} */ (taps[k]) * /** @type {number} */ (held[this._at + k]);
    }
    return sum;
  }
}

/**
 * Rounded and clipped to 16 bits.
 *
 * @param {Float32Array} samples -1..1
 * @returns {Int16Array<ArrayBuffer>}
 */
export function toPcm16(samples) {
  return Int16Array.from(samples, (sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))));
}

/**
 * Input samples on each side of an output sample. Upwards the input's own band is the limit.
 *
 * @param {number} rate
 */
function halfLength(rate) {
  const width = (2 * Math.PI * (STOP_HZ - PASS_HZ) * Math.min(1, rate / RATE)) / rate;
  return Math.ceil((ATTENUATION_DB - 7.95) / (2.285 * width) / 2);
}

/**
 * Taps for each fraction p / up: the prototype at k - half - p / up input samples.
 *
 * @param {number} rate
 * @param {number} up
 * @param {number} half
 * @returns {Float32Array[]}
 */
function design(rate, up, half) {
  const cutoff = (((PASS_HZ + STOP_HZ) / 2) * Math.min(1, rate / RATE)) / rate; // cycles a sample
  const beta = 0.1102 * (ATTENUATION_DB - 8.7);
  return Array.from({ length: up }, (_, phase) => {
    const taps = Float32Array.from({ length: 2 * half + 1 }, (_, k) => {
      const x = k - half - phase / up;
      const inside = Math.max(0, 1 - (x / half) ** 2);
      const window = Math.abs(x) > half ? 0 : bessel(beta * Math.sqrt(inside)) / bessel(beta);
      const sinc = x === 0 ? 2 * cutoff : Math.sin(2 * Math.PI * cutoff * x) / (Math.PI * x);
      return sinc * window;
    });
    const gain = taps.reduce((sum, tap) => sum + tap, 0);
    return taps.map((tap) => tap / gain);
  });
}

/**
 * The modified Bessel function of the first kind, order 0, by its power series.
 *
 * @param {number} x
 */
function bessel(x) {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/**
 * @param {number} a
 * @param {number} b
 * @returns {number} their greatest common divisor
 */
function divisor(a, b) {
  return b === 0 ? a : divisor(b, a % b);
}
