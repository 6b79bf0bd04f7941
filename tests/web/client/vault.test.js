import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { IDBFactory } from "fake-indexeddb";
import * as Y from "yjs";
import { Journal } from "../../../web/client/journal.js";
import { Vault } from "../../../web/client/vault.js";
import { key, login } from "./support.js";

const bytes = (text) => new TextEncoder().encode(text);
const texts = ({ items }) => items.map((item) => new TextDecoder().decode(item.bytes));

async function unlocked(disk, fill) {
  const vault = new Vault(disk);
  await vault.unlock(key(fill));
  return vault;
}

/** Every byte that the browser's files would hold. */
async function everything(disk) {
  const database = await new Promise((resolve) => {
    const request = disk.open("colloquy");
    request.onsuccess = () => resolve(request.result);
  });
  const rows = await new Promise((resolve) => {
    const request = database.transaction("items").objectStore("items").getAll();
    request.onsuccess = () => resolve(request.result);
  });
  database.close();
  return rows.map((row) => Buffer.from(row.sealed).toString("latin1") + JSON.stringify(row)).join();
}

/** An update that types `text`, by `client`. */
function update(text, client = 5) {
  const doc = new Y.Doc();
  doc.clientID = client;
  doc.getText("t").insert(0, text);
  return Y.encodeStateAsUpdate(doc);
}

test("what is kept is there for the next tab, in order, box by box", async () => {
  const disk = new IDBFactory();
  const vault = await unlocked(disk);
  await Promise.all(["one", "two", "three"].map((text) => vault.keep("a", { n: text }, bytes(text))));
  await vault.keep("b:1", {}, bytes("other"));

  const next = await unlocked(disk);

  assert.deepEqual(texts(await next.read("a")), ["one", "two", "three"]);
  assert.deepEqual(await next.tags("a"), [{ n: "one" }, { n: "two" }, { n: "three" }]);
  assert.deepEqual(await next.boxes("b:"), ["b:1"]);
});

test("nothing readable lies in the browser's files", async () => {
  const disk = new IDBFactory();
  const vault = await unlocked(disk);

  await vault.keep("a", { clients: [1] }, bytes("we have two lists"));

  assert.ok(!(await everything(disk)).includes("two lists"));
});

test("another login's key opens nothing, and what it cannot open is removed", async () => {
  const disk = new IDBFactory();
  await (await unlocked(disk, 1)).keep("a", {}, bytes("secret"));

  const other = await unlocked(disk, 2);

  assert.deepEqual(await other.read("a"), { items: [], unreadable: 1 });
  assert.deepEqual(await other.tags("a"), []);
});

test("an item moved to another box does not open", async () => {
  const disk = new IDBFactory();
  const vault = await unlocked(disk);
  await vault.keep("a", {}, bytes("for a"));
  const { _database } = vault;
  const store = (await _database).transaction("items", "readwrite").objectStore("items");
  await new Promise((resolve) => {
    store.getAll().onsuccess = ({ target }) => {
      store.put({ ...target.result[0], box: "b" }).onsuccess = resolve;
    };
  });

  assert.deepEqual(await vault.read("b"), { items: [], unreadable: 1 });
});

for (const [why, vault] of [
  ["without IndexedDB", () => new Vault(undefined)],
  ["over plain HTTP", () => new Vault(new IDBFactory(), { getRandomValues: () => {} })],
  ["where the browser refuses to open it", () => new Vault(refusing())],
]) {
  test(`${why} nothing is kept, and it says so`, async () => {
    const one = vault();
    await one.unlock(key());

    assert.equal(await one.keep("a", {}, bytes("x")), null);
    assert.equal(one.durable, false);
    assert.deepEqual(await one.read("a"), { items: [], unreadable: 0 });
    assert.deepEqual(await one.tags("a"), []);
  });
}

function refusing() {
  return {
    open() {
      const request = { error: new Error("private window") };
      queueMicrotask(() => request.onerror());
      return request;
    },
  };
}

test("a browser that never answers holds nobody up", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const one = new Vault({ open: () => ({}) });
  await one.unlock(key());

  const tags = one.tags("a");
  mock.timers.tick(3_000);
  mock.timers.reset();

  assert.deepEqual(await tags, []);
  assert.equal(one.durable, false);
  assert.equal(await one.keep("a", {}, bytes("x")), null);
});

test("a connection that the browser closed while it slept is opened again", async () => {
  const disk = new IDBFactory();
  const one = await unlocked(disk);
  await one.keep("a", {}, bytes("before"));
  (await one._database).close();

  await one.keep("a", {}, bytes("after"));

  assert.equal(one.durable, true);
  assert.deepEqual(texts(await (await unlocked(disk)).read("a")), ["before", "after"]);
});

test("where no room is left, what was kept can still be removed", async () => {
  const disk = new IDBFactory();
  const one = await unlocked(disk);
  const id = await one.keep("a", {}, bytes("old"));
  const full = mock.method(IDBObjectStore.prototype, "add", () => {
    throw new DOMException("", "QuotaExceededError");
  });

  const kept = await one.keep("a", {}, bytes("newer"));
  full.mock.restore();
  await one.drop([id]);

  assert.deepEqual([kept, one.durable], [null, false]);
  assert.deepEqual(await (await unlocked(disk)).tags("a"), []);
});

test("a frame may be sent only once it is stored, and none overtakes another", async () => {
  const vault = new Vault(new IDBFactory());
  const sendable = [];
  const journal = new Journal(vault, login(), () => sendable.push(journal.unsent().length));
  journal.append(update("one"), 1);
  journal.append(update("two"), 1);
  const before = journal.unsent().length;

  await journal.open(key());
  await vault._last;
  await Promise.resolve();

  assert.equal(before, 0);
  assert.deepEqual(sendable, [1, 2]);
});

test("saved drops by counter, and refused marks what was made on top", async () => {
  const journal = new Journal(new Vault(undefined), login(), () => {});
  await journal.open(key());
  for (const text of ["a", "b", "c", "d"]) journal.append(update(text), 1);
  await journal._vault._last;
  journal.frames.forEach((frame, n) => (frame.counter = n + 2));

  journal.saved(3);
  const known = journal.refuse({ counter: 4, code: "gate.no", detail: "" });
  const unknown = journal.refuse({ counter: 99, code: "gate.no", detail: "" });

  assert.deepEqual([known, unknown], [true, false]);
  assert.deepEqual(journal.frames.map(({ counter, refusal }) => [counter, refusal?.code]), [
    [4, "gate.no"],
    [5, "gate.no"],
  ]);
});

test("the frames of the tab before come first, and their clients are known without the key", async () => {
  const disk = new IDBFactory();
  let first;
  const stored = new Promise((resolve) => (first = new Journal(new Vault(disk), login(), resolve)));
  await first.open(key());
  first.append(update("earlier", 11), 1);
  await stored;

  const second = new Journal(new Vault(disk), login(), () => {});
  second.append(update("later", 22), 1);
  const clients = await second.clients();
  await second.open(key());

  assert.deepEqual(Array.from(clients).sort(), [11, 22]);
  const typed = second.frames.map((frame) => Y.decodeUpdate(frame.update).structs[0].content.str);
  assert.deepEqual(typed, ["earlier", "later"]);
});

test("another person at the same browser sees nothing of it", async () => {
  const disk = new IDBFactory();
  const ann = new Journal(new Vault(disk), login("ann"), () => {});
  await ann.open(key());
  ann.append(update("hers"), 1);
  await ann._vault._last;

  const bob = new Journal(new Vault(disk), login("bob"), () => {});

  assert.deepEqual(await bob.clients(), new Set());
  assert.equal(await bob.open(key()), 0);
  assert.deepEqual(bob.frames, []);
});
