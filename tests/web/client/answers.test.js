import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import * as Y from "yjs";
import { BoardActs } from "../../../web/client/board-acts.js";
import { Marks } from "../../../web/client/marks.js";
import { propose } from "../../../web/client/notes.js";

const REFUSED = { ok: false, message: "The draft is not there." };
const boot = { me: { id: "ann" }, session: { id: "s" } };
const NOTE = {
  id: "n", kind: "problem", text: "two lists", voice: { name: "", person: null, unit: null },
  targets: [{ line: "l", revision: 0, start: 0, end: null, quote: "" }],
};

test("a draft that the document lost with a refusal is not taken back: the refusal is told", async () => {
  const doc = new Y.Doc();
  const connection = { doc: () => doc, state: () => ({ saved: true, unsaved: 0 }) };
  const send = async () => {
    doc.getMap("annotations").clear(); // the server did not take it
    return REFUSED;
  };

  const outcome = await propose(connection, boot, { agenda: () => [], line: () => undefined }, [NOTE], send);

  assert.equal(outcome.message, REFUSED.message);
});

/** A card whose "drop" is open, with a reason half typed, and how commands are answered. */
function card(answer) {
  const place = { open: "drop", reason: "because", sending: null, problem: "" };
  const board = {
    places: new Map([["p", place]]),
    store: { proposal: () => ({ id: "p", number: 1, affected: [] }) },
    ports: { send: answer },
    mine: new Map(),
    again: () => {},
  };
  return { place, acts: new BoardActs(board) };
}

test("what is pressed beside a reason that is being typed leaves it there", async () => {
  const { place, acts } = card(async () => ({ ok: true, message: "" }));

  for (const action of ["claim", "reveal", "put"]) await acts.act(action, "p");

  assert.deepEqual([place.open, place.reason], ["drop", "because"]);
});

test("an answer that comes late leaves what was typed meanwhile; its own closes its part", async () => {
  let answer = () => {};
  const { place, acts } = card(() => new Promise((resolve) => (answer = resolve)));
  place.open = null;
  place.reason = "";
  const late = acts.act("position", "p", "agree");
  Object.assign(place, { open: "object", reason: "not so" });
  answer({ ok: true, message: "" });
  await late;
  const between = [place.open, place.reason];

  const own = acts.act("object", "p");
  answer({ ok: true, message: "" });
  await own;

  assert.deepEqual(between, ["object", "not so"]);
  assert.deepEqual([place.open, place.reason], [null, ""]);
});

test("an example stays in its field until the server has it, whatever else is tapped", async () => {
  let isUp = true;
  const marks = new Marks({}, { changed: () => {}, send: async () => ({ ok: isUp }) });
  await marks.tap("a", true);
  await marks.tap("b", true);
  isUp = false;
  await marks.example("a", { value: "the counter at noon" });
  const kept = [...marks.examples];
  isUp = true;

  await marks.example("a", { value: "the counter at noon" });

  assert.deepEqual(kept, ["a", "b"]);
  assert.deepEqual([...marks.examples], ["b"]);
});

test("no script listens for an event that htmx never sends", () => {
  const sends = readFileSync("node_modules/htmx.org/dist/htmx.js", "utf-8");
  const scripts = readdirSync("web/client", { recursive: true }).filter((name) => name.endsWith(".js"));
  const heard = scripts.flatMap((name) =>
    [...readFileSync(`web/client/${name}`, "utf-8").matchAll(/"(htmx:[^"]+)"/g)].map(([, event]) => event),
  );

  assert.ok(heard.length > 0);
  assert.deepEqual(heard.filter((event) => !sends.includes(event)), []);
});
