import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { IDBFactory } from "fake-indexeddb";
import { add, withdraw } from "../../../web/client/annotations.js";
import { appear, present } from "../../../web/client/presence.js";
import { Store } from "../../../web/client/store.js";
import { connect } from "../../../web/client/sync.js";
import { Vault } from "../../../web/client/vault.js";
import * as Y from "yjs";
import { RoomServer, environment, key, login, until } from "./support.js";

/** @type {RoomServer} */
let server;
/** @type {Array<ReturnType<typeof connect>>} */
let connections;

beforeEach(async () => {
  server = await RoomServer.start();
  connections = [];
});

afterEach(async () => {
  for (const connection of connections) connection.stop();
  await server.close();
});

/** One tab of a person; `disk` is the browser's, shared by the tabs that follow. */
function tab(person = "ann", disk = new IDBFactory()) {
  const store = new Store();
  const vault = new Vault(disk);
  const given = { vault, environment: environment(server.origin) };
  const connection = connect(login(person), store, given);
  connections.push(connection);
  return { connection, store, disk, write: (text) => add(connection.doc(), note(person, text)) };
}

function note(author, text) {
  const targets = [{ line: "line-1", revision: 0, start: 0, end: null, quote: "" }];
  return { author, voice: { name: author, person: author, unit: null }, kind: "problem", targets, text };
}

const live = ({ connection }) =>
  until(connection.onState, (state) => state.link === "live", connection.state());
const saved = ({ connection }) =>
  until(connection.onState, (state) => state.link === "live" && state.saved, connection.state());
const offline = ({ connection }) =>
  until(connection.onState, (state) => state.link === "offline", connection.state());
const sent = ({ connection }, n) =>
  until(connection.onState, (state) => state.unsaved === n, connection.state());
const refusal = ({ connection }) => until(connection.onRefused, () => true);
const shows = ({ store }, id, wanted) =>
  until(
    (fn) => store.onChange(() => fn(store.annotation(id)?.text)),
    (text) => text === wanted,
    store.annotation(id)?.text ?? "\0",
  );
/** What the server's document holds, as texts by id. */
function followed({ doc }) {
  const store = new Store();
  store.bind(doc);
  return store;
}

/** Resolves once the server's document holds the annotation. */
function received(id) {
  const store = followed(server);
  return until(
    (fn) => store.onChange(() => fn(store.annotation(id))),
    (annotation) => annotation !== undefined,
    store.annotation(id) ?? undefined,
  );
}

async function reconnect(one) {
  await offline(one);
  one.connection.retry();
  await live(one);
}

test("what one writes, the other reads, in any script", async () => {
  const ann = tab("ann");
  const bob = tab("bob");
  await Promise.all([live(ann), live(bob)]);

  const id = ann.write("窗口贴的清单 😀 two lists");

  await shows(bob, id, "窗口贴的清单 😀 two lists");
  assert.equal(bob.store.annotationsOf("line-1").length, 1);
});

test("who joins begins from the packed document, and the socket brings what came since", async () => {
  const ann = tab("ann");
  await live(ann);
  ann.write("packed");
  await saved(ann);
  server.packed = { incarnation: 1, state: Y.encodeStateAsUpdate(server.doc) };
  const since = ann.write("since");
  await saved(ann);
  server.answered = [];

  const bob = tab("bob");
  await live(bob);
  await shows(bob, since, "since");

  assert.equal(bob.store.annotationsOf("line-1").length, 2);
  assert.equal(server.answered.length, 1);
  assert.ok(server.answered[0] < Y.encodeStateAsUpdate(server.doc).length);
});

test("a packed document of another load is not begun from", async () => {
  const foreign = new Y.Doc();
  foreign.getMap("annotations").set("stray", new Y.Map());
  server.packed = { incarnation: 99, state: Y.encodeStateAsUpdate(foreign) };

  const ann = tab("ann");
  await live(ann);

  assert.equal(ann.connection.doc().getMap("annotations").has("stray"), false);
});

test("who follows the room already is told so instead of being sent it again", async () => {
  const ann = tab("ann");
  await live(ann);

  server.cut();
  await reconnect(ann);

  assert.deepEqual(server.primed, [200, 204]);
});

test("saved is said only when the server said so, deletions included", async () => {
  const ann = tab();
  await live(ann);
  const id = ann.write("two lists");
  await saved(ann);
  server.commitsAtOnce = false;
  server.commit();

  ann.store.annotation(id).wording.delete(0, 4);
  const before = ann.connection.state();
  await until((fn) => (server.doc.on("update", fn), () => {}), () => true);
  server.commit();

  assert.deepEqual([before.saved, before.unsaved], [false, 1]);
  await saved(ann);
  assert.equal(followed(server).annotation(id).text, "lists");
});

test("unsaved edits survive a reload of the tab and a restart of the server", async () => {
  const first = tab();
  await live(first);
  server.commitsAtOnce = false;
  const id = first.write("kept");
  first.store.bind(first.connection.doc());
  await received(id);
  first.store.annotation(id).wording.insert(4, " in order");
  await until((fn) => (server.doc.on("update", fn), () => {}), () => true);
  const client = first.connection.doc().clientID;
  first.connection.stop();
  server.restart();
  server.commitsAtOnce = true;

  const second = tab("ann", first.disk);
  await saved(second);

  assert.equal(second.store.annotation(id).text, "kept in order");
  assert.equal(followed(server).annotation(id).text, "kept in order");
  assert.ok(server.tickets.at(-1).known.includes(client));
  assert.deepEqual((await new Vault(first.disk).tags("journal:session-1:ann")), []);
});

test("edits made apart are merged when the network is back", async () => {
  const ann = tab("ann");
  const bob = tab("bob");
  await Promise.all([live(ann), live(bob)]);
  server.cut();
  await Promise.all([offline(ann), offline(bob)]);

  const one = ann.write("from ann");
  const two = bob.write("from bob");
  assert.equal(ann.connection.state().unsaved, 1);
  ann.connection.retry();
  bob.connection.retry();

  await Promise.all([shows(ann, two, "from bob"), shows(bob, one, "from ann"), saved(ann), saved(bob)]);
});

test("a new incarnation gives a new document with our unsaved edits in it", async () => {
  const ann = tab("ann");
  await live(ann);
  appear(ann.connection.awareness, login("ann").me);
  const kept = ann.write("on disk");
  await saved(ann);
  server.commitsAtOnce = false;
  const unsaved = ann.write("in memory only");
  await received(unsaved);
  const before = ann.connection.doc();
  server.commitsAtOnce = true;

  server.restart();
  await offline(ann);
  ann.connection.retry();
  await saved(ann);

  assert.notEqual(ann.connection.doc(), before);
  assert.equal(ann.store.annotation(kept).text, "on disk");
  assert.equal(ann.store.annotation(unsaved).text, "in memory only");
  assert.equal(followed(server).annotation(unsaved).text, "in memory only");
  assert.equal(ann.connection.awareness.clientID, ann.connection.doc().clientID);
  assert.equal(present(ann.connection.awareness)[0].id, "ann");
});

test("the page keeps its old document until the new one is level", async () => {
  const ann = tab("ann");
  await live(ann);
  const id = ann.write("still here");
  await saved(ann);
  const seen = [];
  ann.store.onChange(() => seen.push(ann.store.annotation(id)?.text));

  server.restart();
  await reconnect(ann);

  await until(ann.store.onChange, () => true, seen.length > 0 ? {} : undefined);
  assert.ok(seen.every((text) => text === "still here"));
});

test("the same incarnation keeps the document", async () => {
  const ann = tab("ann");
  await live(ann);
  const before = ann.connection.doc();

  server.cut();
  await reconnect(ann);

  assert.equal(ann.connection.doc(), before);
});

test("a refused edit is rolled back, its words are given back, and work goes on", async () => {
  const ann = tab("ann");
  const bob = tab("bob");
  await Promise.all([live(ann), live(bob)]);
  const good = ann.write("good");
  await saved(ann);
  const client = ann.connection.doc().clientID;
  server.judge = (update) =>
    update.length > 200 && update.length < 1000 && Buffer.from(update).includes("refuse me")
      ? { code: "gate.no", detail: "why" }
      : null;

  const bad = ann.write("refuse me");
  const loss = await refusal(ann);

  assert.deepEqual([loss.code, loss.detail], ["gate.no", "why"]);
  assert.deepEqual(loss.notes.map(({ id, text, kind }) => ({ id, text, kind })), [
    { id: bad, text: "refuse me", kind: "problem" },
  ]);
  assert.equal(loss.notes[0].targets[0].line, "line-1");
  await saved(ann);
  assert.equal(ann.store.annotation(bad), undefined);
  assert.equal(ann.store.annotation(good).text, "good");
  assert.notEqual(ann.connection.doc().clientID, client);
  const next = ann.write("next");
  await shows(bob, next, "next");
  assert.equal(bob.store.annotation(bad), undefined);
});

test("what the server took all the same is not given back", async () => {
  const ann = tab("ann");
  await live(ann);
  const id = ann.write("taken");
  await saved(ann);
  const take = server.update.bind(server);
  const held = [];
  server.update = (...update) => held.push(update) === 2 && held.forEach((each) => take(...each));
  let judged = 0;
  server.judge = () => (judged++ === 0 ? { code: "gate.no", detail: "" } : null);
  const lost = refusal(ann);

  withdraw(ann.connection.doc(), id);
  ann.store.annotation(id).wording.delete(0, 1);
  server.doc.once("update", () => (server.update = take));
  const loss = await lost;

  assert.deepEqual(loss.notes, []);
  assert.equal(ann.store.annotation(id).text, "aken");
});

test("an edit on ground that the server lost becomes a note", async () => {
  const ann = tab("ann");
  const bob = tab("bob");
  await Promise.all([live(ann), live(bob)]);
  server.commitsAtOnce = false;
  const id = bob.write("only in memory");
  await shows(ann, id, "only in memory");
  ann.store.annotation(id).wording.insert(0, "not ");
  bob.connection.stop();
  connections.splice(connections.indexOf(bob.connection), 1);
  await until((fn) => (server.doc.on("update", fn), () => {}), () => true);
  server.commitsAtOnce = true;

  const lost = refusal(ann);
  server.restart();
  await offline(ann);
  ann.connection.retry();
  const loss = await lost;

  assert.equal(loss.code, "document.lost_ground");
  assert.equal(loss.notes[0].text, "not only in memory");
  await saved(ann);
});

test("edits of another generation are given back, not sent", async () => {
  const first = tab();
  await live(first);
  server.commitsAtOnce = false;
  const id = first.write("before the redaction");
  await received(id);
  first.connection.stop();
  server.generation = 2;
  server.restart();

  const second = tab("ann", first.disk);
  const loss = await refusal(second);

  assert.equal(loss.code, "document.generation");
  assert.ok(loss.notes[0].text.includes("before the redaction"));
  await saved(second);
  assert.equal(followed(server).annotation(id), undefined);
});

test("what another login kept is reported and removed", async () => {
  const first = tab();
  await live(first);
  server.commitsAtOnce = false;
  await received(first.write("sealed"));
  first.connection.stop();
  server.journalKey = key(8);

  const second = tab("ann", first.disk);
  const loss = await refusal(second);

  assert.deepEqual([loss.code, loss.detail], ["journal.unreadable", "1"]);
  assert.deepEqual(await new Vault(first.disk).tags("journal:session-1:ann"), []);
});

test("without IndexedDB edits are kept in memory, and the state says so", async () => {
  const store = new Store();
  const given = { vault: new Vault(undefined), environment: environment(server.origin) };
  const connection = connect(login(), store, given);
  connections.push(connection);
  await live({ connection });

  add(connection.doc(), note("ann", "in memory"));

  assert.equal(connection.state().durable, false);
  await saved({ connection });
});

test("an edit that the log cannot take now stays ours and is sent again", async () => {
  const ann = tab("ann");
  await live(ann);
  const before = ann.connection.doc();
  let refusals = 0;
  server.judge = (update) =>
    update.length > 2 && refusals++ === 0 ? { code: "room.not_saved", detail: "" } : null;

  const id = ann.write("patient");
  await reconnect(ann);
  await saved(ann);

  assert.equal(ann.connection.doc(), before);
  assert.equal(followed(server).annotation(id).text, "patient");
});

test("a tab of an old generation is refused, told why, and begins anew with its words kept", async () => {
  const ann = tab("ann");
  await live(ann);
  const old = ann.write("stays");
  await saved(ann);
  server.commitsAtOnce = false;
  ann.write("built on what is gone");
  const lost = refusal(ann);

  server.generation = 2;
  server.restart();
  ann.connection.retry();
  const loss = await lost;

  assert.equal(loss.code, "document.generation");
  assert.deepEqual(loss.notes.map((note) => note.text), ["built on what is gone"]);
  assert.deepEqual(server.tickets.map((body) => body.generation), [null, 1, null]);
  server.commitsAtOnce = true;
  await saved(ann);
  assert.equal(followed(server).annotation(old).text, "stays");
});

test("a client id that belongs to somebody else is given up", async () => {
  const ann = tab("ann");
  await live(ann);
  const ticket = server.ticket.bind(server);
  const taken = ann.connection.doc().clientID;
  server.ticket = (body) => {
    if (![body.client, ...body.known].includes(taken)) return ticket(body);
    return { status: 409, body: { code: "ticket.client_taken", message: "", fields: {} } };
  };

  server.cut();
  await reconnect(ann);

  assert.notEqual(ann.connection.doc().clientID, taken);
});

test("who is not let in stays out, with the reason", async () => {
  server.ticket = () => ({ status: 403, body: { code: "session.closed", message: "", fields: {} } });

  const ann = tab();
  const state = await until(ann.connection.onState, ({ reason }) => reason !== "");

  assert.equal(state.link, "offline");
  assert.equal(state.reason, "session.closed");
});
