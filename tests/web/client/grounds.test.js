import assert from "node:assert/strict";
import { test } from "node:test";
import { Grounds } from "../../../web/client/grounds.js";

const note = (line, more = {}) => ({ targets: [{ line }], opened: false, ...more });
const proposal = (more = {}) => ({ id: "p", draft: "d", grounds: ["n"], state: "open", ...more });

/** A document of a draft on line b and a note on line a. */
function grounds() {
  const notes = new Map([["n", note("a")], ["d", note("b", { opened: true })]]);
  /** @type {ReturnType<typeof proposal>[]} */
  let proposals = [];
  const store = { annotation: (id) => notes.get(id), proposals: () => proposals };
  return { index: new Grounds(store), put: (...now) => (proposals = now), notes };
}

test("a note that a wording rests on says so, and its line is drawn again once", () => {
  const { index, put } = grounds();
  put(proposal());

  assert.deepEqual([...index.index()].sort(), ["a", "b"]);
  assert.equal(index.proposalOf("n"), "p");
  assert.ok(index.isDraft("d") && !index.isDraft("n"));
  assert.deepEqual([...index.index()], []);
});

test("a dropped wording lets its notes go", () => {
  const { index, put } = grounds();
  put(proposal());
  index.index();
  put(proposal({ state: "dropped" }));

  assert.deepEqual([...index.index()], ["a"]);
  assert.equal(index.proposalOf("n"), null);
});

test("an opened wording is a draft before any proposal names it", () => {
  const { index, notes } = grounds();
  notes.set("x", note("c", { opened: true }));

  assert.ok(index.isDraft("x"));
});
