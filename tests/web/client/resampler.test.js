import assert from "node:assert/strict";
import { test } from "node:test";
import { Resampler, toPcm16 } from "../../../web/client/resampler.js";

/** A sine of `hz` at half of full scale. */
const sine = (hz, rate, seconds) =>
  Float32Array.from({ length: rate * seconds }, (_, n) => 0.5 * Math.sin((2 * Math.PI * hz * n) / rate));

/** All of `input` in pieces of `size`, as the audio thread gives them. */
function resample(input, rate, size = 128) {
  const resampler = new Resampler(rate);
  const parts = [];
  for (let n = 0; n < input.length; n += size) parts.push(resampler.push(input.subarray(n, n + size)));
  parts.push(resampler.flush());
  return Float32Array.from(parts.flatMap((part) => Array.from(part)));
}

const power = (samples) => samples.reduce((sum, x) => sum + x * x, 0) / samples.length;
const decibels = (ratio) => 10 * Math.log10(ratio);
const middle = (samples) => samples.subarray(800, 15_200);

for (const rate of [48_000, 44_100, 96_000, 32_000, 16_000, 22_050]) {
  test(`speech band survives from ${rate} Hz, in place`, () => {
    for (const hz of [100, 1_000, 3_400, 6_500].filter((hz) => hz < 0.43 * rate)) {
      const output = middle(resample(sine(hz, rate, 1), rate));
      const ideal = middle(sine(hz, 16_000, 1));
      const error = output.map((x, n) => x - ideal[n]);
      const ratio = decibels(power(ideal) / power(error));
      assert.ok(ratio > 70, `${hz} Hz: ${ratio.toFixed(1)} dB`);
    }
  });
}

for (const rate of [48_000, 44_100]) {
  test(`nothing above 8 kHz folds back from ${rate} Hz`, () => {
    for (const hz of [8_200, 9_000, 12_000, 15_900, 20_000]) {
      const output = middle(resample(sine(hz, rate, 1), rate));
      assert.ok(decibels(power(output) / 0.125) < -75, `${hz} Hz`);
    }
  });
}

test("the result does not depend on how the input is cut", () => {
  const input = sine(440, 44_100, 0.2);

  const whole = resample(input, 44_100, input.length);

  for (const size of [1, 77, 128, 4_096]) assert.deepEqual(resample(input, 44_100, size), whole);
});

test("a second in is a second out", () => {
  for (const rate of [8_000, 16_000, 22_050, 44_100, 48_000]) {
    assert.equal(resample(new Float32Array(rate), rate).length, 16_000);
  }
});

test("samples are rounded and clipped", () => {
  const pcm = toPcm16(Float32Array.of(0, 0.5, 1, -1, 2, -2, 1 / 65_536));

  assert.deepEqual(Array.from(pcm), [0, 16_384, 32_767, -32_768, 32_767, -32_768, 1]);
});
