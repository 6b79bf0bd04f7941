import assert from "node:assert/strict";
import { test } from "node:test";
import { shareOf } from "../../../web/client/unassigned.js";

/** @param {Record<string, unknown>} fields @returns {any} */
const line = (fields) => ({ source: "spoken", start: 0, end: 9, text: "words", person: "p", unit: "u", presumed: false, ...fields });

test("the share is the one that the server computes", () => {
  const nobody = { person: null, unit: null };

  assert.deepEqual(shareOf([]), { seconds: 0, unassigned: 0, presumed: 0 });
  assert.deepEqual(shareOf([line({}), line({ ...nobody, end: 1 })]), { seconds: 10, unassigned: 0.1, presumed: 0 });
  assert.deepEqual(shareOf([line({}), line({ presumed: true })]), { seconds: 18, unassigned: 0, presumed: 0.5 });
  assert.equal(shareOf([line({}), line({ ...nobody, source: "typed" })]).unassigned, 0);
  assert.equal(shareOf([line({}), line({ ...nobody, source: "stenographed", start: null, end: null, text: "x".repeat(75) })]).unassigned, 0.5);
});
