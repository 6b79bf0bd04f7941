import assert from "node:assert/strict";
import { once } from "node:events";
import { afterEach, beforeEach, test } from "node:test";
import { IDBFactory } from "fake-indexeddb";
import { WebSocketServer } from "ws";
import { CaptureError, capture, hold, recover, silences } from "../../../web/client/capture.js";
import { Uplink } from "../../../web/client/uplink.js";
import { Vault } from "../../../web/client/vault.js";
import { environment, key, login, until } from "./support.js";

/** What the server's ear does: takes frames in order, drops doubles, acknowledges when told to. */
class Ear {
  constructor() {
    this.sockets = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    this.sockets.on("connection", (socket) => this.join(socket));
    this.frames = [];
    this.doubles = 0;
    this.durable = 0;
    this.listeners = new Set();
  }
  get environment() {
    const { origin: _, ...rest } = environment("");
    const origin = `http://127.0.0.1:${this.sockets.address().port}`;
    const answer = () => new Response(JSON.stringify({ ticket: "again", track: "t" }));
    return { ...rest, origin, random: () => -1, fetch: async () => answer() };
  }
  join(socket) {
    socket.send(JSON.stringify({ type: "resume", seq: this.durable, sample: this.sampleAt(this.durable) }));
    this.frames.length = this.durable;
    socket.on("message", (data) => this.receive(data));
  }
  receive(data) {
    const frame = {
      flags: data.readUInt16LE(2),
      n: data.readUInt32LE(4),
      seq: Number(data.readBigUInt64LE(8)),
      first: Number(data.readBigUInt64LE(16)),
      pcm: data.subarray(32),
    };
    if (frame.seq < this.frames.length) this.doubles += 1;
    else {
      assert.equal(frame.seq, this.frames.length);
      assert.equal(frame.first, this.sampleAt(frame.seq));
      this.frames.push(frame);
    }
    for (const listener of this.listeners) listener(this.frames.length);
  }
  sampleAt(seq) {
    return this.frames.slice(0, seq).reduce((sum, { n }) => sum + n, 0);
  }
  has(count) {
    const on = (fn) => (this.listeners.add(fn), () => this.listeners.delete(fn));
    return until(on, (n) => n >= count, this.frames.length);
  }
  ack() {
    this.durable = this.frames.length;
    const message = { type: "ack", seq: this.durable, sample: this.sampleAt(this.durable) };
    for (const socket of this.sockets.clients) socket.send(JSON.stringify(message));
  }
  cut() {
    for (const socket of this.sockets.clients) socket.terminate();
  }
}

let ear;
let uplinks;

beforeEach(async () => {
  ear = new Ear();
  await once(ear.sockets, "listening");
  uplinks = [];
});

afterEach(async () => {
  for (const uplink of uplinks) uplink.stop();
  ear.cut();
  ear.sockets.close();
  await once(ear.sockets, "close");
});

async function unlocked(disk = new IDBFactory()) {
  const vault = new Vault(disk);
  await vault.unlock(key());
  return vault;
}

function uplink(vault) {
  const one = new Uplink(login(), "t", vault, "first", ear.environment);
  uplinks.push(one);
  return one;
}

const sound = (n) => ({ pcm: new Int16Array(1_600).fill(n) });
const state = (one, wanted) => until(one.onState, wanted, one.state);

test("frames arrive in order and are kept until the server has them on disk", async () => {
  const one = uplink(await unlocked());
  one.start();
  for (let n = 0; n < 5; n += 1) one.push(sound(n));

  await ear.has(5);
  const before = one.state.waiting;
  ear.ack();
  await state(one, ({ waiting }) => waiting === 0);

  assert.equal(before, 0.5);
  assert.deepEqual(ear.frames.map(({ pcm }) => pcm.readInt16LE(100)), [0, 1, 2, 3, 4]);
});

test("after a cut everything that is not on disk is sent again, and nothing is missing", async () => {
  const one = uplink(await unlocked());
  one.start();
  for (let n = 0; n < 3; n += 1) one.push(sound(n));
  await ear.has(3);
  ear.ack();
  await state(one, ({ waiting }) => waiting === 0);
  for (let n = 3; n < 6; n += 1) one.push(sound(n));
  await ear.has(6);

  ear.cut();
  await state(one, ({ link }) => link === "offline");
  for (let n = 6; n < 9; n += 1) one.push(sound(n));
  await ear.has(9);

  assert.deepEqual(ear.frames.map(({ pcm }) => pcm.readInt16LE(0)), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
});

test("muted and last frames say so", async () => {
  const one = uplink(await unlocked());
  one.start();
  one.push({ pcm: new Int16Array(0), nSamples: 16_000, flags: 1 });
  one.push(sound(1));
  one.end();

  await ear.has(3);
  ear.ack();
  await state(one, ({ ended }) => ended);

  assert.deepEqual(ear.frames.map(({ flags, n, first }) => [flags, n, first]), [
    [1, 16_000, 0],
    [0, 1_600, 16_000],
    [2, 0, 17_600],
  ]);
});

test("what an earlier tab could not send is sent by the next, and the track ended", async () => {
  const disk = new IDBFactory();
  const vault = await unlocked(disk);
  const first = uplink(vault);
  for (let n = 0; n < 12; n += 1) first.push(sound(n));
  await vault._last;

  const [second] = await recover(login(), await unlocked(disk), ear.environment);
  uplinks.push(second);
  await ear.has(13);
  ear.ack();
  await state(second, ({ ended }) => ended);

  assert.equal(ear.frames[11].pcm.readInt16LE(0), 11);
  assert.equal(ear.frames[12].flags, 2);
});

test("a normal close with nothing but the end left means that all is on disk", async () => {
  const one = uplink(await unlocked());
  one.start();
  one.push(sound(1));
  await ear.has(1);
  ear.ack();
  await state(one, ({ waiting }) => waiting === 0);

  one.end();
  await ear.has(2);
  for (const socket of ear.sockets.clients) socket.close(1000);

  assert.equal((await state(one, ({ ended }) => ended)).reason, "");
});

test("a track that another tab still records is left to it", async () => {
  const disk = new IDBFactory();
  const vault = await unlocked(disk);
  uplink(vault).push(sound(1));
  await vault._last;
  const letGo = await hold("t");

  const meanwhile = await recover(login(), await unlocked(disk), ear.environment);
  letGo();
  await navigator.locks.query();
  const afterwards = await recover(login(), await unlocked(disk), ear.environment);
  uplinks.push(...afterwards);

  assert.deepEqual([meanwhile.length, afterwards.length], [0, 1]);
});

test("beyond thirty minutes the oldest go, and are counted", async () => {
  const one = uplink(new Vault(undefined));

  for (let n = 0; n < 1_805; n += 1) one.push({ pcm: new Int16Array(0), nSamples: 16_000, flags: 1 });

  assert.deepEqual([one.state.waiting, one.state.lost], [1_800, 5]);
});

test("silence of any length becomes frames that the server takes", () => {
  assert.deepEqual(silences(2.5), [16_000, 16_000, 8_000]);
  assert.deepEqual(silences(0), []);
});

test("without HTTPS, without a microphone or without leave it says which", async () => {
  const attempt = async (secure, getUserMedia) => {
    globalThis.isSecureContext = secure;
    globalThis.AudioWorkletNode = class {};
    Object.defineProperty(globalThis.navigator, "mediaDevices", {
      value: { getUserMedia },
      configurable: true,
    });
    const opened = capture(login(), new Vault(undefined), { language: "en", room: true }, ear.environment);
    return await opened.catch((error) => error instanceof CaptureError && error.code);
  };
  const fails = (name) => async () => {
    throw new DOMException("", name);
  };

  assert.equal(await attempt(false, fails("")), "capture.insecure");
  assert.equal(await attempt(true, fails("NotAllowedError")), "capture.denied");
  assert.equal(await attempt(true, fails("NotFoundError")), "capture.no_device");
  assert.equal(await attempt(true, fails("NotReadableError")), "capture.busy");
  assert.equal(await attempt(true, fails("AbortError")), "capture.failed");
});
