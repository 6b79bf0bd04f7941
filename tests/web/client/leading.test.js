import assert from "node:assert/strict";
import { test } from "node:test";
import { Clock, clockSentence, minutes, quietSentence, stepTime } from "../../../web/client/clock.js";
import { waitingIn } from "../../../web/client/lead-view.js";
import { ReadyNotes } from "../../../web/client/ready-notes.js";
import { notesOfStep } from "../../../web/client/walk-view.js";

const say = (key, fields = {}) => [key, ...Object.values(fields)].join(" ");
const step = (more = {}) => ({ id: "s", order: 1, title: { en: "Warn", zh: "" }, actor: null, ...more });

test("the server's clock is known to half the time of the surest answer", () => {
  const clock = new Clock();
  clock.learn(1_000, 500_000, 501_000); // asked at 500 s by this browser, a second on the way
  clock.learn(1_004, 500_000, 510_000); // less sure: not believed

  assert.equal(clock.now(600_500), 1_100);
});

test("a step's time adds its visits to the one that runs", () => {
  const walked = step({ detail: { minutes: 10 }, progress: { spent: 300, extra: 5 } });

  assert.deepEqual(stepTime(walked, 1_000, 1_060), { spent: 360, planned: 900, isOver: false });
  assert.equal(stepTime(walked, 1_000, 1_601).isOver, true);
  assert.deepEqual(stepTime(step(), null, 5), { spent: 0, planned: 0, isOver: false });
});

test("the clock says nothing while no step runs, and no plan where there is none", () => {
  const store = (meta) => ({ meta: () => meta, agenda: () => [step()] });

  assert.equal(clockSentence(store({ step: "s" }), 5, say).text, "");
  assert.equal(clockSentence(store({ step: "s", step_since: 5 }), 70, say).text, "01:05");
  assert.equal(minutes(3_725), "62:05");
});

test("a silent minute counts down, then is over until the notes are in", () => {
  assert.equal(quietSentence({ until: 100 }, 40, say), "quiet_left 01:00");
  assert.equal(quietSentence({ until: 100 }, 101, say), "quiet_over");
  assert.equal(quietSentence(null, 0, say), "");
});

test("who has not spoken is who waits: neither heard, nor skipped, nor at the turn", () => {
  const round = { order: ["a", "b", "c", "d"], turn: "b", heard: ["a"], skipped: ["d"] };

  assert.deepEqual(waitingIn(round), ["c"]);
});

/** Finished notes over a document that is closed until it is opened. */
function finished() {
  const done = { sent: [], kept: [], dropped: [], shown: [] };
  let isOpen = false;
  const ready = new ReadyNotes({
    maySend: () => isOpen,
    send: ({ id }) => done.sent.push(id),
    keep: ({ id }) => done.kept.push(id),
    drop: ({ id }) => done.dropped.push(id),
    changed: (notes) => (done.shown = notes.map(({ id }) => id)),
  });
  return { ready, done, open: () => (isOpen = true) };
}

test("a finished note goes into the document only at the signal, and once", () => {
  const { ready, done, open } = finished();
  ready.hold({ id: "n" });
  ready.settle();
  assert.deepEqual([done.sent, done.kept, done.shown], [[], ["n"], ["n"]]);

  open();
  ready.settle();
  ready.settle();

  assert.deepEqual([done.sent, done.shown, ready.has("n")], [["n"], [], false]);
});

test("a finished note survives the page, and can be taken back", () => {
  const { ready, done, open } = finished();
  ready.restore([{ id: "n" }, { id: "m" }]);
  ready.drop("m");
  open();
  ready.settle();

  assert.deepEqual([done.sent, done.dropped], [["n"], ["m"]]);
});

test("the notes of a step are those on its lines", () => {
  const lines = new Map([["a", { step: "s" }], ["b", { step: "t" }]]);
  const note = (id, line, more = {}) => ({ id, kind: "cause", targets: [{ line }], ...more });
  const annotations = [
    note("1", "a"), note("2", "b"), note("3", "a", { withdrawn: true }), note("4", "a", { opened: true }),
  ];
  const store = { annotations: () => annotations, line: (id) => lines.get(id) };

  assert.deepEqual([...notesOfStep(store, "s")].map(([kind, all]) => [kind, all.length]), [["cause", 1]]);
});
