import assert from "node:assert/strict";
import { test } from "node:test";
import { meterOf, watchLevel } from "../../../web/client/sound-level.js";

const frame = (/** @type {number} */ value) => new Int16Array(1_600).fill(value);

test("silence is told after four seconds, and no longer once something is heard", () => {
  const watch = watchLevel();
  const told = Array.from({ length: 45 }, () => watch(frame(0), 0, 0.1));

  assert.equal(told[30], "");
  assert.equal(told[44], "silent");
  assert.equal(watch(frame(900), 0.03, 0.1), "");
});

test("an overdriven frame is told for three seconds", () => {
  const watch = watchLevel();

  assert.equal(watch(frame(32_767), 0.99, 0.1), "clipping");
  assert.equal(watch(frame(900), 0.03, 0.1), "clipping");
  const told = Array.from({ length: 31 }, () => watch(frame(900), 0.03, 0.1));
  assert.equal(told[30], "");
});

test("the meter shows what ears hear", () => {
  assert.equal(meterOf(0), 0);
  assert.equal(meterOf(1), 1);
  assert.ok(meterOf(0.05) > 0.5);
});
