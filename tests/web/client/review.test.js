import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { IDBFactory } from "fake-indexeddb";
import { Choices } from "../../../web/client/review-choices.js";
import { Vault } from "../../../web/client/vault.js";
import { RoomServer, environment, key, until } from "./support.js";

let server;
let disk;
let stored;
let puts;
let answers;
let opened;

beforeEach(async () => {
  server = await RoomServer.start();
  disk = new IDBFactory();
  stored = new Map();
  puts = 0;
  answers = [];
  opened = [];
  server.respond = (_method, _path, body) => {
    const answer = answers.length > 1 ? answers.shift() : (answers[0] ?? { status: 200, body: {} });
    puts += 1;
    if (answer.status === 200) for (const { number, codes, memo } of body.units) stored.set(number, { codes, memo });
    return answer;
  };
});

afterEach(async () => {
  for (const one of opened) one.stop();
  await server.close();
});

async function choices(known = {}, box = "review:1:a") {
  const vault = new Vault(disk);
  await vault.unlock(key());
  const one = new Choices("1", "token", known, { vault, box, environment: environment(server.origin) });
  opened.push(one);
  return one;
}

const reaches = (one, phase) => until(one.onState, (state) => state.phase === phase);
const range = (first, last, choice) =>
  new Map(Array.from({ length: last - first + 1 }, (_, at) => [first + at, choice]));

test("a range is one request, and of many choices for a unit the newest counts", async () => {
  const one = await choices();
  const saved = reaches(one, "saved");

  one.put(range(1, 40, { codes: ["a"], memo: "" }));
  one.put(new Map([[7, { codes: ["b"], memo: "why" }]]));
  await saved;

  assert.equal(puts <= 2, true);
  assert.equal(stored.size, 40);
  assert.deepEqual(stored.get(7), { codes: ["b"], memo: "why" });
  assert.equal(one.unsaved, false);
});

test("more units than a request takes go in several", async () => {
  const one = await choices();
  const saved = reaches(one, "saved");

  one.put(range(1, 900, { codes: [], memo: "" }));
  await saved;

  assert.deepEqual([stored.size, puts], [900, 2]);
});

test("what was not sent when the page went is sent by the next one, for that reviewer alone", async () => {
  answers = [{ status: 0 }];
  const first = await choices();
  const away = reaches(first, "away");
  first.put(new Map([[3, { codes: ["a"], memo: "half" }], [4, null]]));
  await away;
  await first._keeping;
  first.stop();

  answers = [];
  const other = await choices({}, "review:1:b");
  assert.equal((await other.salvage()).size, 0);
  const next = await choices({ 4: { codes: ["z"], memo: "" } });
  const saved = reaches(next, "saved");
  const found = await next.salvage();
  await saved;

  assert.deepEqual([...found.keys()], [3, 4]);
  assert.deepEqual(next.of(3), { codes: ["a"], memo: "half" });
  assert.equal(next.of(4), undefined);
  assert.deepEqual(stored.get(3), { codes: ["a"], memo: "half" });
  assert.deepEqual(stored.get(4), { codes: null, memo: "" });
});

test("taking back brings back what stood on each unit, and the server hears of it", async () => {
  const one = await choices({ 1: { codes: ["a"], memo: "m" } });
  one.put(range(1, 2, { codes: [], memo: "" }));
  const saved = reaches(one, "saved");

  assert.deepEqual([...one.undo()], [[1, { codes: ["a"], memo: "m" }], [2, null]]);
  await saved;

  assert.deepEqual(one.of(1), { codes: ["a"], memo: "m" });
  assert.equal(one.of(2), undefined);
  assert.deepEqual(stored.get(2), { codes: null, memo: "" });
  assert.equal(one.undo(), null);
});

test("what is refused for good is given up; an ended login keeps it for the next page", async () => {
  for (const [status, kept] of [[409, 0], [401, 1]]) {
    answers = [{ status, body: { code: "x", message: "no", fields: {} } }];
    const one = await choices({}, `review:${status}`);
    const refused = reaches(one, "refused");
    one.put(new Map([[1, { codes: [], memo: "" }]]));

    assert.equal((await refused).message, "no");
    await one._keeping;
    answers = [];
    assert.equal((await (await choices({}, `review:${status}`)).salvage()).size, kept);
  }
});
