import assert from "node:assert/strict";
import { test } from "node:test";
import { nextEnd, standing } from "../../../web/client/claim-view.js";

const claim = { person: "p", name: "Chen", until: 100 };

test("a claim lasts until its end and no longer", () => {
  assert.equal(standing(claim, 99), claim);
  assert.equal(standing(claim, 100), null);
  assert.equal(standing(null, 0), null);
  assert.equal(standing(undefined, 0), null);
});

test("the board looks again when the next claim runs out", () => {
  const later = { ...claim, until: 160 };
  assert.equal(nextEnd([later, claim, null, undefined], 90), 10_050);
  assert.equal(nextEnd([later, claim], 100), 60_050);
  assert.equal(nextEnd([claim, null], 100), null);
});
