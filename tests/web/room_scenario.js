/**
 * The browser's sync against the real room; run by test_sync_against_room.py, which is the server.
 */

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { IDBFactory } from "fake-indexeddb";
import { add, open, reply, withdraw } from "../../web/client/annotations.js";
import { appear, onPresence } from "../../web/client/presence.js";
import { Store } from "../../web/client/store.js";
import { connect } from "../../web/client/sync.js";
import { Vault } from "../../web/client/vault.js";
import { environment, login, until } from "./client/support.js";

const origin = String(process.env.ORIGIN);
const connections = [];
let session = 0;

afterEach(() => {
  for (const connection of connections.splice(0)) connection.stop();
});

/** What the server is told to do: cut, restart, fail or recover. */
const server = (what) => fetch(`${origin}/${what}/session-${session}`, { method: "POST" });

function tab(person, disk = new IDBFactory()) {
  const store = new Store();
  const boot = { ...login(person, `session-${session}`), token: person };
  const given = { vault: new Vault(disk), environment: environment(origin) };
  const connection = connect(boot, store, given);
  connections.push(connection);
  const state = (wanted) => until(connection.onState, wanted, connection.state());
  return {
    connection,
    store,
    disk,
    doc: () => connection.doc(),
    write: (text) => add(connection.doc(), note(person, text)),
    live: () => state(({ link }) => link === "live"),
    saved: () => state(({ link, saved }) => link === "live" && saved),
    offline: () => state(({ link }) => link === "offline"),
    refused: () => until(connection.onRefused, () => true),
    shows: (id, text) =>
      until(
        (fn) => store.onChange(() => fn(store.annotation(id)?.text)),
        (now) => now === text,
        store.annotation(id)?.text ?? "\0",
      ),
  };
}

function note(author, text) {
  const targets = [{ line: "line-1", revision: 0, start: 0, end: null, quote: "" }];
  const voice = { name: author, person: author, unit: null };
  return { author, voice, kind: "problem", targets, text };
}

/** Two people in a session of their own. */
async function two() {
  session += 1;
  const ann = tab("ann");
  const bob = tab("bob");
  await Promise.all([ann.live(), bob.live()]);
  return { ann, bob };
}

test("two people, two scripts, threads and opened wordings", async () => {
  const { ann, bob } = await two();

  const id = ann.write("窗口贴的清单 😀 list");
  await bob.shows(id, "窗口贴的清单 😀 list");
  open(ann.doc(), id);
  await until((fn) => bob.store.onChange(() => fn(bob.store.annotation(id))), (a) => a.opened);
  bob.store.annotation(id).wording.insert(6, "不一样🙂");
  reply(bob.doc(), id, { author: "bob", text: "为什么?" });
  await ann.shows(id, "窗口贴的清单不一样🙂 😀 list");
  ann.store.annotation(id).wording.delete(6, 6);
  await bob.shows(id, "窗口贴的清单😀 list");

  await Promise.all([ann.saved(), bob.saved()]);
  withdraw(ann.doc(), id);
  await ann.saved();
});

test("who is here is what the server says", async () => {
  const { ann, bob } = await two();
  const here = until((fn) => onPresence(bob.connection.awareness, fn), (people) =>
    people.some(({ id, name }) => id === "ann" && name === "Name of ann"),
  );

  appear(ann.connection.awareness, { id: "mallory", name: "Mallory", role: "moderator", unit: null });

  const [person] = (await here).filter(({ id }) => id === "ann");
  assert.equal(person.role, "expert");
});

test("frames that the server has already may be sent again, deletions too", async () => {
  const { ann, bob } = await two();
  const id = ann.write("kept as it is");
  await ann.saved();
  await server("fail");

  ann.store.annotation(id).wording.delete(0, 5);
  ann.store.annotation(id).wording.insert(0, "left ");
  await bob.shows(id, "left as it is");
  assert.equal(ann.connection.state().saved, false);
  await server("cut");
  await ann.offline();
  ann.connection.retry();
  await ann.live();
  await server("recover");

  await ann.saved();
  assert.equal(ann.store.annotation(id).text, "left as it is");
  await bob.shows(id, "left as it is");
});

test("unsaved edits survive a reload and a restart of the server", async () => {
  const { ann, bob } = await two();
  const saved = ann.write("on disk");
  await ann.saved();
  await server("fail");
  const id = ann.write("not on disk");
  ann.store.bind(ann.doc());
  ann.store.annotation(id).wording.delete(0, 4);
  ann.store.annotation(saved).wording.insert(0, "well ");
  await until(ann.connection.onState, ({ unsaved }) => unsaved === 3, ann.connection.state());
  await bob.shows(saved, "well on disk"); // so all of it was sent, and stored before
  ann.connection.stop();
  await server("restart");

  const next = tab("ann", ann.disk);
  await next.saved();

  assert.equal(next.store.annotation(id).text, "on disk");
  assert.equal(next.store.annotation(saved).text, "well on disk");
});

test("a restart under open pages loses nothing that was typed", async () => {
  const { ann, bob } = await two();
  const one = ann.write("before");
  await bob.shows(one, "before");
  await ann.saved();

  await server("restart");
  await Promise.all([ann.offline(), bob.offline()]);
  const two_ = ann.write("while away");
  bob.connection.retry();
  ann.connection.retry();

  await Promise.all([bob.shows(two_, "while away"), ann.saved()]);
  assert.equal(ann.store.annotation(one).text, "before");
});

test("what the gate refuses is rolled back, and only its author notices", async () => {
  const { ann, bob } = await two();
  const id = ann.write("hers");
  await bob.shows(id, "hers");
  const refused = bob.refused();

  bob.store.annotation(id).wording.insert(0, "not ");
  const loss = await refused;

  assert.equal(loss.code, "gate.foreign");
  assert.equal(loss.notes[0].text, "not hers");
  await bob.saved();
  assert.equal(bob.store.annotation(id).text, "hers");
  assert.equal(ann.store.annotation(id).text, "hers");
  const next = bob.write("his own");
  await ann.shows(next, "his own");
});

test("three hundred notes written away arrive in order when the network is back", async () => {
  const { ann, bob } = await two();
  await server("cut");
  await Promise.all([ann.offline(), bob.offline()]);

  const ids = Array.from({ length: 300 }, (_, n) => ann.write(`note ${n}`));
  ann.connection.retry();
  bob.connection.retry();

  await ann.saved();
  await bob.shows(ids[299], "note 299");
  assert.equal(bob.store.annotationsOf("line-1").length, 300);
});
