/**
 * In the audio thread: the microphone at its own rate, to 16 kHz frames of 100 ms and their level.
 *
 * Posts `{pcm: Int16Array, level}`; level is the frame's root mean square, 0..1. On the message
 * "end" the last, shorter frame is posted, then `{end: true}`.
 */

import { Resampler, toPcm16 } from "./resampler.js";

const FRAME_SAMPLES = 1_600;

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this._resampler = new Resampler(sampleRate);
    this._frame = new Float32Array(FRAME_SAMPLES);
    this._filled = 0;
    this._ended = false;
    this.port.onmessage = () => {
      this._take(this._resampler.flush());
      if (this._filled > 0) this._post(this._frame.subarray(0, this._filled));
      this._ended = true;
      this.port.postMessage({ end: true });
    };
  }

  /**
   * @param {Float32Array[][]} inputs
   * @returns {boolean} whether to be called again
   */
  process([input = []]) {
    if (this._ended) return false;
    const [first, ...others] = input;
    if (first !== undefined) this._take(this._resampler.push(mixed(first, others)));
    return true;
  }

  /**
   * @private
   * @param {Float32Array} samples
   */
  _take(samples) {
    for (let from = 0; from < samples.length; ) {
      const part = samples.subarray(from, from + FRAME_SAMPLES - this._filled);
      this._frame.set(part, this._filled);
      this._filled += part.length;
      from += part.length;
      if (this._filled === FRAME_SAMPLES) {
        this._post(this._frame);
        this._filled = 0;
      }
    }
  }

  /**
   * @private
   * @param {Float32Array} samples
   */
  _post(samples) {
    const energy = samples.reduce((sum, sample) => sum + sample * sample, 0);
    const pcm = toPcm16(samples);
    const level = Math.sqrt(energy / samples.length);
    this.port.postMessage({ pcm, level }, [pcm.buffer]);
  }
}

/**
 * All channels in one.
 *
 * @param {Float32Array} first
 * @param {Float32Array[]} others
 */
function mixed(first, others) {
  if (others.length === 0) return first;
  const sum = (/** @type {number} */ n) => others.reduce((all, channel) => all + (channel[n] ?? 0), 0);
  return first.map((sample, n) => (sample + sum(n)) / (1 + others.length));
}

registerProcessor("colloquy-capture", Capture);
