import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { IDBFactory } from "fake-indexeddb";
import { Drafts } from "../../../web/client/drafts.js";
import { Vault } from "../../../web/client/vault.js";
import { RoomServer, environment, key, login, until } from "./support.js";

let server;
let disk;
let opened;
let rows;
let puts;
let away;
let asked;

beforeEach(async () => {
  server = await RoomServer.start();
  disk = new IDBFactory();
  opened = [];
  rows = new Map();
  puts = 0;
  away = false;
  asked = [];
  server.respond = (method, path, body) => {
    if (away) return { status: 0 };
    const id = path.split("/").at(-1);
    if (method === "GET") return { status: 200, body: Array.from(rows.values()) };
    if (method === "DELETE") asked.push(id);
    if (method === "DELETE") return { status: rows.delete(id) ? 200 : 404, body: null };
    puts += 1;
    rows.set(id, body);
    return { status: 200, body: null };
  };
});

afterEach(async () => {
  for (const drafts of opened) drafts.stop();
  await server.close();
});

async function drafts(fill, more = {}) {
  const vault = new Vault(disk);
  await vault.unlock(key(fill));
  const one = new Drafts(login(), vault, { ...environment(server.origin), random: () => -1, ...more });
  opened.push(one);
  return one;
}

const reaches = (one, phase, id = null) =>
  until(one.onState, (state) => state.phase === phase && (id === null || state.id === id));

test("the last of many keystrokes is saved, once", async () => {
  const one = await drafts();
  const saved = reaches(one, "saved");

  for (const text of ["t", "tw", "two"]) one.save("d", { text });
  await saved;

  assert.equal(puts, 1);
  assert.deepEqual(rows.get("d"), { id: "d", session: "session-1", body: { text: "two" } });
  assert.equal(one.unsaved, false);
});

test("a draft written while the server is away is sent when it is back", async () => {
  const one = await drafts();
  away = true;
  one.save("d", { text: "kept" });
  await reaches(one, "offline");
  assert.equal(one.unsaved, true);

  away = false;
  await reaches(one, "saved");

  assert.equal(rows.get("d").body.text, "kept");
  assert.deepEqual(await new Vault(disk).tags("drafts:session-1:ann"), []);
});

test("a draft that never reached the server is found and sent by the next tab", async () => {
  const first = await drafts();
  rows.set("d", { id: "d", session: "session-1", body: { text: "old" } });
  away = true;
  first.save("d", { text: "newer" });
  await reaches(first, "offline");
  first.stop();
  away = false;

  const second = await drafts();
  const saved = reaches(second, "saved");
  const listed = await second.list();

  assert.deepEqual(listed, [{ id: "d", body: { text: "newer" } }]);
  await saved;
  assert.equal(rows.get("d").body.text, "newer");
});

test("a removed draft goes, though another tab was faster", async () => {
  const one = await drafts();
  rows.set("d", { id: "d", session: "session-1", body: { text: "old" } });
  await one.list();
  rows.delete("d");
  const saved = reaches(one, "saved");

  one.remove("d");
  await saved;

  assert.equal(one.unsaved, false);
  assert.deepEqual(await one.list(), []);
});

test("what is written while the draft is being sent is sent after it", async () => {
  const one = await drafts();
  const respond = server.respond;
  server.respond = (...request) => {
    server.respond = respond;
    mock.timers.enable({ apis: ["setTimeout"] });
    one.save("d", { text: "second" });
    mock.timers.tick(400);
    mock.timers.reset();
    return respond(...request);
  };
  const saved = reaches(one, "saved");

  one.save("d", { text: "first" });
  await saved;

  assert.equal(rows.get("d").body.text, "second");
  assert.equal(puts, 2);
});

test("what the server refuses is said and kept", async () => {
  const one = await drafts();
  server.respond = () => ({ status: 422, body: { code: "draft.too_long", message: "", fields: {} } });
  one.save("d", { text: "x" });

  const { code } = await reaches(one, "refused");

  assert.equal(code, "draft.too_long");
  assert.equal(one.unsaved, true);
});

test("a draft that was never saved on the server is not removed there", async () => {
  const one = await drafts();
  one.save("never", { text: "sent before the delay was over" });
  one.save("saved", { text: "kept" });
  await reaches(one, "saved", "saved");
  one.save("later", { text: "too soon" });

  one.remove("later");
  one.remove("unheard of");
  const gone = reaches(one, "saved", "saved");
  one.remove("saved");
  await gone;

  assert.deepEqual(asked, ["saved"]);
  assert.equal(rows.has("later"), false);
  assert.equal(one.unsaved, false);
});

test("what waits is sent at once when asked, and named until it is there", async () => {
  const one = await drafts();
  away = true;
  one.save("d", { text: "kept" });
  await reaches(one, "offline");
  assert.deepEqual(one.pending(), [{ id: "d", body: { text: "kept" } }]);

  away = false;
  one.retry();
  await reaches(one, "saved");

  assert.deepEqual(one.pending(), []);
});

test("what was typed a moment before the page went is sent by a request that outlives it", async () => {
  let leave = () => {};
  const sent = [];
  const one = await drafts(7, {
    onLeave: (fn) => ((leave = fn), () => {}),
    fetch: async (_path, init) => (sent.push(init), new Response("null")),
  });
  one.save("d", { text: "the last words" });

  leave();

  assert.deepEqual(sent.map(({ keepalive }) => keepalive), [true]);
  assert.equal(JSON.parse(sent[0].body).body.text, "the last words");
});

test("a draft whose request hangs is there for the next tab", async () => {
  const first = await drafts(7, { fetch: () => new Promise(() => {}) });
  const saving = reaches(first, "saving");
  first.save("d", { text: "sent into a dead network" });
  await saving;
  await first._entries.get("d").keeping;

  const listed = await (await drafts()).list();

  assert.deepEqual(listed, [{ id: "d", body: { text: "sent into a dead network" } }]);
});

test("a draft is saved though the vault still waits for its key", async () => {
  const one = new Drafts(login(), new Vault(disk), { ...environment(server.origin) });
  opened.push(one);
  const saved = reaches(one, "saved");

  one.save("d", { text: "x" });
  await saved;

  assert.equal(one.unsaved, false);
});
