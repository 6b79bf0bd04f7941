import assert from "node:assert/strict";
import { test } from "node:test";
import { found } from "../../../web/floors.mjs";

const young = [/\bcolor-mix\(/, /\brequestIdleCallback\b/];
const lines = (source) => found(source, young).map(({ line }) => line);

test("what is younger than the floor is found by its line", () => {
  assert.deepEqual(lines("a { color: red }\nb { color: color-mix(in srgb, red, blue) }"), [2]);
});

test("comments do not count", () => {
  assert.deepEqual(lines("/* color-mix(\n color-mix( */\na {}\n// requestIdleCallback\n"), []);
});

test("inside @supports a style may be as young as it likes, but not after it", () => {
  const asked = "@supports (color: color-mix(in srgb, red, blue)) {\n a { color: color-mix(x) }\n}\n";

  assert.deepEqual(lines(`${asked}b { color: color-mix(y) }`), [4]);
});

test("a script may ask first", () => {
  assert.deepEqual(lines('if ("requestIdleCallback" in window) requestIdleCallback(f);'), []);
  assert.deepEqual(lines("requestIdleCallback(f);"), [1]);
});
