/**
 * What the browser tests share: a room over real sockets, a login, an environment, waiting for events.
 */

import "fake-indexeddb/auto";
import { once } from "node:events";
import { createServer } from "node:http";
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { WebSocketServer } from "ws";
import * as Y from "yjs";

/** Whoever drafted it, as the page hands it over. */
export function login(person = "ann", session = "session-1") {
  return {
    session: { id: session, title: "", language: "en", state: "live", study: "s", kind: "group" },
    me: { id: person, name: person, role: "expert", unit: null },
    token: "token",
  };
}

/** @param {string} origin */
export function environment(origin) {
  return {
    origin,
    fetch: (/** @type {string} */ path, /** @type {RequestInit} */ init) => fetch(origin + path, init),
    WebSocket,
    random: () => 0,
    onReturn: () => () => {},
    onLeave: () => () => {},
  };
}

/** 32 bytes as the ticket answers them. */
export function key(fill = 7) {
  return Buffer.alloc(32, fill).toString("base64url");
}

/**
 * Resolves with the first value that `on` gives and `wanted` accepts; `now` is looked at first.
 *
 * @template Value
 * @param {(fn: (value: Value) => void) => () => void} on
 * @param {(value: Value) => boolean} wanted
 * @param {Value} [now]
 * @returns {Promise<Value>}
 */
export function until(on, wanted, now) {
  if (now !== undefined && wanted(now)) return Promise.resolve(now);
  return new Promise((resolve) => {
    const stop = on((value) => {
      if (!wanted(value)) return;
      stop();
      resolve(value);
    });
  });
}

/** A room of one session: y-websocket with counters, an update log, and knobs for what goes wrong. */
export class RoomServer {
  constructor() {
    this.http = createServer((request, response) => void this.answer(request, response));
    this.sockets = new WebSocketServer({ server: this.http });
    this.sockets.on("connection", (socket) => this.join(socket));
    this.doc = new Y.Doc();
    /** @type {Uint8Array[]} */
    this.log = [];
    /** @type {Array<() => void>} */
    this.uncommitted = [];
    this.incarnation = 1;
    this.generation = 1;
    this.journalKey = key();
    this.commitsAtOnce = true;
    /** @type {any[]} */
    this.tickets = [];
    /** What was answered to who asked for the packed document. @type {number[]} */
    this.primed = [];
    /** A packed document other than the current one. @type {{incarnation: number, state: Uint8Array} | null} */
    this.packed = null;
    /** Bytes of each answer to step 1. @type {number[]} */
    this.answered = [];
    /** @type {(update: Uint8Array) => {code: string, detail: string} | null} */
    this.judge = () => null;
    /** @type {(method: string, path: string, body: any, headers: any) => {status: number, body?: unknown}} */
    this.respond = () => ({ status: 404, body: { code: "http.404", message: "", fields: {} } });
  }

  static async start() {
    const server = new RoomServer();
    server.http.listen(0, "127.0.0.1");
    await once(server.http, "listening");
    return server;
  }

  get origin() {
    const address = /** @type {import("node:net").AddressInfo} */ (this.http.address());
    return `http://127.0.0.1:${address.port}`;
  }

  /** Breaks every connection, as a cut cable does. */
  cut() {
    for (const socket of this.sockets.clients) socket.terminate();
  }

  /** Puts on disk what was received and tells the authors. */
  commit() {
    for (const tell of this.uncommitted.splice(0)) tell();
  }

  /** Starts again from what is on disk. */
  restart() {
    this.incarnation += 1;
    this.uncommitted = [];
    this.doc = new Y.Doc();
    for (const update of this.log) Y.applyUpdate(this.doc, update);
    this.cut();
  }

  async close() {
    this.cut();
    this.sockets.close();
    this.http.closeAllConnections();
    this.http.close();
    await once(this.http, "close");
  }

  async answer(request, response) {
    let text = "";
    for await (const part of request) text += part;
    const body = text === "" ? null : JSON.parse(text);
    if (request.url.includes("/snapshot?")) return this.snapshot(request, response);
    const answer = request.url.endsWith("/ticket")
      ? this.ticket(body)
      : this.respond(request.method, request.url, body, request.headers);
    if (answer.status === 0) return request.socket.destroy();
    response.writeHead(answer.status, { "Content-Type": "application/json" });
    response.end(answer.body === undefined ? "" : JSON.stringify(answer.body));
  }

  snapshot(request, response) {
    const incarnation = `i${this.packed?.incarnation ?? this.incarnation}`;
    const isKnown = request.url.endsWith(`unless=${incarnation}`);
    this.primed.push(isKnown ? 204 : 200);
    response.writeHead(isKnown ? 204 : 200, { "Colloquy-Incarnation": incarnation });
    response.end(isKnown ? "" : Buffer.from(this.packed?.state ?? Y.encodeStateAsUpdate(this.doc)));
  }

  ticket(body) {
    this.tickets.push(body);
    return { status: 200, body: { ticket: "t", journal_key: this.journalKey } };
  }

  join(socket) {
    const peer = { socket, counter: 0 };
    socket.binaryType = "nodebuffer";
    const known = this.tickets.at(-1)?.generation ?? null;
    if (known !== null && known !== this.generation) return socket.close(4410);
    socket.on("message", (data) => this.receive(peer, new Uint8Array(data)));
    this.send(peer, 122, (encoder) =>
      encoding.writeVarString(
        encoder,
        JSON.stringify({ incarnation: `i${this.incarnation}`, generation: this.generation, client: 0 }),
      ),
    );
    this.sendSync(peer, 0, Y.encodeStateVector(this.doc));
  }

  receive(peer, data) {
    const decoder = decoding.createDecoder(data);
    const type = decoding.readVarUint(decoder);
    if (type === 1) return this.others(peer, (other) => other.send(data));
    if (type !== 0) return;
    const kind = decoding.readVarUint(decoder);
    const payload = decoding.readVarUint8Array(decoder);
    if (kind === 0) {
      const missing = Y.encodeStateAsUpdate(this.doc, payload);
      this.answered.push(missing.length);
      return this.sendSync(peer, 1, missing);
    }
    this.update(peer, payload);
  }

  update(peer, update) {
    peer.counter += 1;
    const { counter } = peer;
    const no = this.judge(update);
    if (no !== null) {
      this.send(peer, 120, (e) => encoding.writeVarString(e, JSON.stringify({ counter, ...no })));
      return;
    }
    Y.applyUpdate(this.doc, update);
    const message = sync(2, update);
    this.others(peer, (other) => other.send(message));
    this.uncommitted.push(() => {
      this.log.push(update);
      this.send(peer, 121, (encoder) => encoding.writeVarUint(encoder, counter));
    });
    if (this.commitsAtOnce) this.commit();
  }

  others(peer, tell) {
    for (const other of this.sockets.clients) if (other !== peer.socket) tell(other);
  }

  send(peer, type, write) {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, type);
    write(encoder);
    peer.socket.send(encoding.toUint8Array(encoder));
  }

  sendSync(peer, kind, payload) {
    peer.socket.send(sync(kind, payload));
  }
}

function sync(kind, payload) {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, 0);
  encoding.writeVarUint(encoder, kind);
  encoding.writeVarUint8Array(encoder, payload);
  return encoding.toUint8Array(encoder);
}
