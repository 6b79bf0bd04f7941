import assert from "node:assert/strict";
import { test } from "node:test";
import * as Y from "yjs";
import { add, reply, withdraw } from "../../../web/client/annotations.js";
import { Ordered } from "../../../web/client/ordered.js";
import { Store } from "../../../web/client/store.js";
import { until } from "./support.js";

const line = (at, text = "") => ({ at, text, person: null, unit: null, revision: 0 });
const target = (id) => ({ line: id, revision: 0, start: 0, end: null, quote: "" });
const note = (lines, text = "note") => ({
  author: "ann",
  voice: { name: "Ann", person: "ann", unit: null },
  kind: "cause",
  targets: lines.map(target),
  text,
});
const change = (store) => until(store.onChange.bind(store), () => true);

async function bound(fill = () => {}) {
  const doc = new Y.Doc();
  fill(doc);
  const store = new Store();
  store.bind(doc);
  await change(store);
  return { doc, store };
}

test("lines are in order of time, then id, whatever order they came in", async () => {
  const { doc, store } = await bound((doc) => doc.getMap("lines").set("b", line(5)));

  doc.getMap("lines").set("a", line(5));
  doc.getMap("lines").set("z", line(1));
  doc.getMap("lines").set("c", line(9));

  assert.deepEqual(store.lines().map(({ id }) => id), ["z", "a", "b", "c"]);
  assert.equal(store.indexOf(store.line("b")), 2);
});

test("many edits make one call that names what changed", async () => {
  const { doc, store } = await bound((doc) => doc.getMap("lines").set("a", line(1)));
  const calls = [];
  store.onChange((change) => calls.push(change));

  doc.getMap("lines").set("b", line(2));
  doc.getMap("board").set("p", { at: 1, kind: "cause" });
  add(doc, note(["a"]));
  const { lines, board, agenda, meta, all } = await change(store);

  assert.equal(calls.length, 1);
  assert.deepEqual(Array.from(lines).sort(), ["a", "b"]);
  assert.deepEqual({ board, agenda, meta, all }, { board: true, agenda: false, meta: false, all: false });
});

test("an edit reads only what it touches", async () => {
  const { doc, store } = await bound((doc) => {
    for (let n = 0; n < 300; n += 1) {
      doc.getMap("lines").set(`l${n}`, line(n));
      add(doc, note([`l${n}`]));
    }
  });
  const before = new Map(store.lines().map(({ id }) => [id, store.annotationsOf(id)[0]]));
  const id = before.get("l7").id;

  store.annotation(id).wording.insert(0, "a ");
  const { lines } = await change(store);

  assert.deepEqual(Array.from(lines), ["l7"]);
  assert.equal(store.annotationsOf("l7")[0].text, "a note");
  for (const [id, annotation] of before) {
    if (id !== "l7") assert.equal(store.annotationsOf(id)[0], annotation);
  }
});

test("an annotation stands under each of its lines and follows its targets", async () => {
  const { doc, store } = await bound();
  const id = add(doc, note(["a", "b"]));
  await change(store);

  doc.getMap("annotations").get(id).set("targets", [target("b"), target("c")]);
  const { lines } = await change(store);

  assert.deepEqual(Array.from(lines).sort(), ["a", "b", "c"]);
  assert.deepEqual(["a", "b", "c"].map((line) => store.annotationsOf(line).length), [0, 1, 1]);
  assert.equal(store.annotationsOf("b")[0], store.annotation(id));
});

test("a line that moves or goes leaves its old place", async () => {
  const { doc, store } = await bound((doc) => {
    for (const [id, at] of [["a", 1], ["b", 2], ["c", 3]]) doc.getMap("lines").set(id, line(at));
  });

  doc.getMap("lines").set("a", line(9));
  doc.getMap("lines").delete("b");

  assert.deepEqual(store.lines().map(({ id }) => id), ["c", "a"]);
  assert.equal(store.line("b"), undefined);
});

test("annotations of a line are in order of time, then id", async () => {
  const { doc, store } = await bound();
  const ids = [3, 1, 2].map((at) => {
    const id = add(doc, note(["a"]));
    doc.getMap("annotations").get(id).set("at", at);
    return id;
  });

  assert.deepEqual(store.annotationsOf("a").map(({ id }) => id), [ids[1], ids[2], ids[0]]);
});

test("withdrawing and answering are seen on the annotation", async () => {
  const { doc, store } = await bound();
  const id = add(doc, note(["a"]));

  withdraw(doc, id);
  reply(doc, id, { author: "bob", text: "why?" });

  assert.equal(store.annotation(id).withdrawn, true);
  assert.equal(store.annotation(id).thread[0].text, "why?");
});

test("agenda, board and meta are read and followed", async () => {
  const { doc, store } = await bound((doc) => {
    doc.getMap("agenda").set("two", { order: 2, title: { en: "B", zh: "" }, actor: "all" });
    doc.getMap("agenda").set("one", { order: 1, title: { en: "A", zh: "" }, actor: "all" });
    doc.getMap("board").set("p", { at: 2 });
  });

  doc.getMap("board").set("q", { at: 1 });
  doc.getMap("meta").set("state", "live");

  assert.deepEqual(store.agenda().map(({ id }) => id), ["one", "two"]);
  assert.deepEqual(store.proposals().map(({ id }) => id), ["q", "p"]);
  assert.equal(store.meta().state, "live");
});

test("binding another document says that all changed and lets the first go", async () => {
  const { doc, store } = await bound((doc) => doc.getMap("lines").set("a", line(1)));

  store.bind(new Y.Doc());
  const { all } = await change(store);
  doc.getMap("lines").set("b", line(2));

  assert.equal(all, true);
  assert.deepEqual(store.lines(), []);
});

test("what is not a whole annotation is not shown", async () => {
  const { doc, store } = await bound();

  doc.getMap("annotations").set("x", "nonsense");
  doc.getMap("annotations").set("y", new Y.Map([["kind", "cause"]]));

  assert.equal(store.annotation("x"), undefined);
  assert.equal(store.annotation("y"), undefined);
});

test("a list of ten thousand takes a change in its middle by halving", () => {
  const list = new Ordered();
  let reads = 0;
  const item = (n) => ({
    get at() {
      reads += 1;
      return n;
    },
    id: String(n),
  });
  for (let n = 0; n < 10_000; n += 1) list.put(item(2 * n));
  reads = 0;

  list.put(item(9_001));

  assert.equal(list.items[4_501].id, "9001");
  assert.ok(reads < 40, `${reads} reads`);
});

test("a note follows its words through corrections, splits and joins", async () => {
  const { doc, store } = await bound((doc) => {
    doc.getMap("lines").set("a", { ...line(1, "we own the data"), edits: [] });
    add(doc, { ...note(["a"]), targets: [{ line: "a", revision: 0, start: 11, end: 15, quote: "data" }] });
  });
  const [before] = store.annotationsOf("a");
  const split = [[0, 0, 0, null, 0], [0, 6, 0, null, 0], [6, 6, 6, null, 0], [7, 15, 0, "b", 0]];
  const grown = [[0, 0, 0, null, 0], [0, 6, 0, null, 0], [6, 6, 15, null, 0]];

  doc.getMap("lines").set("a", { ...line(1, "we own"), revision: 1, edits: [split] });
  doc.getMap("lines").set("b", { ...line(2, "the data"), edits: [] });
  await change(store);
  const parted = store.annotationsOf("b")[0];
  const left = [...store.annotationsOf("a")];
  doc.getMap("lines").set("a", { ...line(1, "we own the data"), revision: 2, edits: [split, grown] });
  doc.getMap("lines").set("b", { ...line(2), revision: 1, edits: [[[0, 8, 7, "a", 2]]] });
  await change(store);

  assert.deepEqual(left, []);
  assert.deepEqual(parted.targets, [{ line: "b", revision: 0, start: 4, end: 8, quote: "data", isLost: false }]);
  assert.equal(store.annotationsOf("a")[0].targets[0].start, 11);
  assert.equal(before.targets[0].revision, 0);
  assert.deepEqual(store.lines().map(({ id }) => id), ["a"]);
});

test("a note whose words were removed is said to be lost, and kept", async () => {
  const { doc, store } = await bound((doc) => {
    doc.getMap("lines").set("a", { ...line(1, "one two"), edits: [] });
    add(doc, { ...note(["a"]), targets: [{ line: "a", revision: 0, start: 4, end: 7, quote: "two" }] });
  });

  const edit = [[0, 0, 0, null, 0], [0, 3, 0, null, 0], [7, 7, 3, null, 0]];
  doc.getMap("lines").set("a", { ...line(1, "one"), revision: 1, edits: [edit] });
  await change(store);

  const [target] = store.annotationsOf("a")[0].targets;
  assert.deepEqual({ quote: target.quote, end: target.end, isLost: target.isLost }, { quote: "two", end: null, isLost: true });
});
