/**
 * The session's document, kept level with the server's.
 *
 * On each connection the server first names its incarnation: the load of the room that it speaks
 * for. Where it is the one we know, our document goes on; else a fresh document, under a client id
 * that the ticket bound, is filled from the server and takes the place of the old one once it is
 * level, so the page never shows an empty room. It is filled in two rounds: the server may answer
 * the first from a cached state and send what came since as updates; the answer to the second says
 * that nothing is missing.
 *
 * What we send is the journal, frame by frame and in order, each counted, after the server's step 2
 * has arrived; on a reconnect all that is not yet saved is sent again, and the server trims what it
 * knows. The server's step 1 is therefore always answered with an *empty* step 2: a real one would
 * hold the same structs again and the delete set of the whole document, other people's included,
 * under a counter that belongs to no frame.
 *
 * A frame that is refused, is of another generation, or builds on what the server never had, leaves
 * the journal; its words go to `onRefused`, unless the document holds them after all. Refused frames
 * leave our document by the same road as an old incarnation: a fresh one under a new client id.
 */

import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from "y-protocols/awareness";
import * as Y from "yjs";
import { environmentOf } from "./environment.js";
import { request } from "./http.js";
import { Journal } from "./journal.js";
import { Link } from "./link.js";
import { forget, rename } from "./presence.js";
import { fits, missingFrom, notesOf } from "./salvage.js";
import { signal } from "./signal.js";
import { Vault } from "./vault.js";
import * as wire from "./wire.js";

/** @typedef {import("./journal.js").Frame} Frame */
/**
 * unsaved: edits the server has not called saved. durable: unsaved edits survive a reload of the tab.
 * reason: code of the error that keeps us offline for good, "" otherwise.
 * @typedef {{link: "connecting" | "live" | "offline", unsaved: number, saved: boolean,
 *   durable: boolean, reason: string}} State
 */
/** Edits left behind, and their words. @typedef {{code: string, detail: string, notes: import("./salvage.js").Note[]}} Loss */
/** @typedef {ReturnType<typeof connect>} Connection */

/** Refusals that pass: the log is behind. The edit stays in the journal and is sent again. */
const NOT_NOW = "room.not_saved";
/** What a ticket may name; the oldest frames beyond it are refused, and their words kept. */
const MOST_KNOWN = 50;

const REMOTE = Symbol("from the server");
const JOURNAL = Symbol("from the journal");

/**
 * Joins the session and stays joined; binds `store` to the document, and to each that follows it.
 *
 * @param {import("./boot.js").Login} boot
 * @param {import("./store.js").Store} store
 * @param {{vault?: Vault, environment?: import("./environment.js").Environment}} [given]
 */
export function connect(boot, store, given = {}) {
  const environment = given.environment ?? environmentOf(window);
  const vault = given.vault ?? new Vault(globalThis.indexedDB);
  const sync = new Sync(boot, store, vault, environment);
  sync.start();
  return {
    /** The document as of now; another one after a restart of the server. */
    doc: () => sync.doc,
    awareness: sync.awareness,
    /** Encrypted storage that this connection's tickets unlock; for Drafts and capture. */
    vault,
    state: () => sync.state,
    onState: sync.changed.on,
    onInterim: sync.interim.on,
    onEvent: sync.event.on,
    onHealth: sync.health.on,
    onRefused: sync.refused.on,
    /** Tries again at once, also after the server said no. */
    retry: () => sync.link.retry(),
    stop: () => sync.stop(),
  };
}

class Sync {
  /**
   * @param {import("./boot.js").Login} boot
   * @param {import("./store.js").Store} store
   * @param {Vault} vault
   * @param {import("./environment.js").Environment} environment
   */
  constructor(boot, store, vault, environment) {
    this.boot = boot;
    this.store = store;
    this.vault = vault;
    this.environment = environment;
    /** @type {ReturnType<typeof signal<State>>} */
    this.changed = signal();
    /** @type {ReturnType<typeof signal<import("./wire.js").Interim>>} */
    this.interim = signal();
    /** @type {ReturnType<typeof signal<import("./wire.js").StudyEvent>>} */
    this.event = signal();
    /** @type {ReturnType<typeof signal<import("./wire.js").Health>>} */
    this.health = signal();
    /** @type {ReturnType<typeof signal<Loss>>} */
    this.refused = signal();
    this.journal = new Journal(vault, boot, () => this.flush());
    this.doc = this.newDoc();
    /** The server's load that `doc` follows. @type {wire.Incarnation | null} */
    this.incarnation = null;
    /** Where `doc` cannot go on, the one that is filled in its stead. */
    this.spare = this.newDoc();
    /** Which of the two this socket fills. */
    this.target = this.doc;
    /** What this socket's server said it is. @type {wire.Incarnation | null} */
    this.met = null;
    /** @type {State["link"]} */
    this.phase = "connecting";
    this.reason = "";
    this.counter = 0;
    this.healing = false;
    /** Answers to step 1 until the target is level. */
    this.rounds = 0;
    /** A client id of ours belongs to somebody else: the next ticket names a new one alone. */
    this.taken = false;
    this.awareness = new Awareness(new Y.Doc()); // of its own: it outlives our documents
    rename(this.awareness, this.doc.clientID);
    this.awareness.on("update", this.shareAwareness.bind(this));
    this.link = new Link(
      {
        ticket: () => this.ticket(),
        address: (body) => this.address(body),
        onOpen: () => this.begin(),
        onMessage: (data) => this.receive(new Uint8Array(/** @type {ArrayBuffer} */ (data))),
        onClose: (code) => this.broken(code),
        onDenied: (answer) => this.denied(answer),
        onSilence: () => this.ask(),
      },
      environment,
    );
    this.state = this.read();
  }

  start() {
    this.store.bind(this.doc);
    this.link.start();
  }

  stop() {
    this.awareness.setLocalState(null);
    this.link.stop();
    this.awareness.destroy();
    this.enter("offline");
  }

  newDoc() {
    const doc = new Y.Doc();
    doc.on("update", (update, _origin, _doc, /** @type {Y.Transaction} */ transaction) => {
      if (!transaction.local) return;
      this.journal.append(update, this.incarnation?.generation ?? null);
      this.tell();
    });
    return doc;
  }

  async ticket() {
    const path = `/api/sessions/${this.boot.session.id}/ticket`;
    const body = await this.clients();
    const answer = await request("POST", path, this.boot.token, body, this.environment.fetch);
    if (answer.kind === "away") this.enter("offline");
    return answer;
  }

  /** The client id of the document that a new incarnation would fill, and those used before. */
  async clients() {
    if (this.taken) return { client: this.spare.clientID, known: [] };
    const known = await this.journal.clients();
    known.add(this.doc.clientID);
    const client = this.incarnation === null ? this.doc.clientID : this.spare.clientID;
    known.delete(client);
    return { client, known: Array.from(known).slice(-MOST_KNOWN) };
  }

  /** @param {{ticket: string, journal_key: string}} body */
  async address(body) {
    const unreadable = await this.journal.open(body.journal_key);
    if (unreadable > 0) {
      this.refused.emit({ code: "journal.unreadable", detail: String(unreadable), notes: [] });
    }
    this.tell();
    const origin = this.environment.origin.replace(/^http/, "ws");
    return `${origin}/ws/session/${this.boot.session.id}?ticket=${encodeURIComponent(body.ticket)}`;
  }

  /** @param {import("./http.js").Refused} answer */
  denied(answer) {
    if (answer.status === 409) {
      this.taken = true;
      this.spare = this.newDoc();
      this.incarnation = NEVER;
      return true;
    }
    this.reason = answer.code;
    this.enter("offline");
    return false;
  }

  begin() {
    this.reason = "";
    this.enter("connecting");
    this.met = null;
    this.counter = 0;
    this.healing = false;
    this.journal.uncount();
  }

  /** @param {number} code */
  broken(code) {
    if (code === wire.CLOSE_PROTOCOL || code === wire.CLOSE_TOO_LARGE) {
      const sent = this.journal.frames.find((frame) => frame.counter !== null);
      const counter = sent?.counter ?? -1;
      this.journal.refuse({ counter, code: `connection.${code}`, detail: "" });
    }
    forget(this.awareness);
    this.enter("offline");
  }

  /** @param {Uint8Array} data */
  receive(data) {
    const message = wire.decode(data);
    switch (message.type) {
      case "incarnation":
        return this.meet(message.incarnation);
      case "sync":
        return this.receiveSync(message.kind, message.payload);
      case "awareness":
        return applyAwarenessUpdate(this.awareness, message.payload, REMOTE);
      case "saved":
        this.journal.saved(message.counter);
        return this.tell();
      case "refused":
        if (message.refusal.code === NOT_NOW) this.link.breakOff();
        else if (this.journal.refuse(message.refusal)) this.link.again();
        return;
      case "interim":
        return this.interim.emit(message.interim);
      case "event":
        return this.event.emit(message.event);
      case "health":
        return this.health.emit(message.health);
    }
  }

  /** @param {wire.Incarnation} incarnation */
  meet(incarnation) {
    this.met = incarnation;
    const goesOn =
      this.incarnation === null ||
      (this.incarnation.incarnation === incarnation.incarnation &&
        this.incarnation.generation === incarnation.generation &&
        !this.journal.frames.some((frame) => frame.refusal !== null));
    this.target = goesOn ? this.doc : this.spare;
    this.rounds = goesOn && this.incarnation !== null ? 1 : 2;
    this.ask();
  }

  /** Asks for what we lack; also a question when the server has been silent. */
  ask() {
    this.link.send(wire.encodeSync(wire.STEP1, Y.encodeStateVector(this.target)));
  }

  /**
   * @param {number} kind
   * @param {Uint8Array} payload
   */
  receiveSync(kind, payload) {
    if (kind === wire.STEP1) {
      this.sendCounted(wire.STEP2, wire.EMPTY_UPDATE);
      return;
    }
    Y.applyUpdate(this.target, payload, REMOTE);
    if (kind === wire.STEP2) {
      this.healing = false;
      this.rounds -= 1;
      if (this.rounds === 0) this.goLive();
      else if (this.rounds > 0) this.ask();
    } else if (this.target.store.pendingStructs !== null && !this.healing) {
      this.healing = true; // something was lost on the way: one exchange of state vectors
      this.ask();
    }
  }

  /** The target is level: give it our unsaved edits, put it in place, and send them. */
  goLive() {
    const { left, took } = this.reapply();
    const notes = notesOf(this.doc, left.map((frame) => frame.update));
    if (this.target !== this.doc) this.replaceDoc();
    this.incarnation = this.met;
    this.taken = false;
    this.journal.remove(left);
    const missing = missingFrom(this.doc, notes);
    if (took !== null) this.refused.emit({ ...took, notes: missing });
    this.link.settled();
    this.enter("live");
    this.shareOwn();
    this.flush();
  }

  /**
   * Applies to the target what of the journal still can be.
   *
   * @returns {{left: Frame[], took: {code: string, detail: string} | null}} what cannot, and why
   */
  reapply() {
    const left = [];
    let took = null;
    for (const frame of this.journal.frames) {
      const reason = this.reasonAgainst(frame);
      if (reason === null) {
        Y.applyUpdate(this.target, frame.update, JOURNAL);
      } else {
        left.push(frame);
        took ??= reason;
      }
    }
    return { left, took };
  }

  /**
   * @param {Frame} frame
   * @returns {{code: string, detail: string} | null}
   */
  reasonAgainst(frame) {
    if (frame.refusal !== null) return frame.refusal;
    if (frame.generation !== null && frame.generation !== this.met?.generation) {
      return { code: "document.generation", detail: "" };
    }
    if (!fits(this.target, frame.update)) return { code: "document.lost_ground", detail: "" };
    return null;
  }

  replaceDoc() {
    const old = this.doc;
    this.doc = this.target;
    this.spare = this.newDoc();
    this.store.bind(this.doc);
    rename(this.awareness, this.doc.clientID);
    old.destroy();
  }

  flush() {
    this.tell();
    if (this.phase !== "live") return;
    for (const frame of this.journal.unsent()) {
      frame.counter = this.sendCounted(wire.UPDATE, frame.update);
    }
  }

  /**
   * @param {number} kind
   * @param {Uint8Array} update
   * @returns {number | null} what `saved` and `refused` will call it; null if it was not sent
   */
  sendCounted(kind, update) {
    if (!this.link.send(wire.encodeSync(kind, update))) return null;
    this.counter += 1;
    return this.counter;
  }

  /**
   * @param {{added: number[], updated: number[], removed: number[]}} change
   * @param {unknown} origin
   */
  shareAwareness({ added, updated, removed }, origin) {
    const own = this.awareness.clientID;
    const touched = added.includes(own) || updated.includes(own) || removed.includes(own);
    if (origin !== REMOTE && touched && this.phase === "live") this.shareOwn();
  }

  shareOwn() {
    if (!this.awareness.meta.has(this.awareness.clientID)) return;
    this.link.send(wire.encodeAwareness(encodeAwarenessUpdate(this.awareness, [this.awareness.clientID])));
  }

  /** @param {State["link"]} phase */
  enter(phase) {
    this.phase = phase;
    this.tell();
  }

  tell() {
    const state = this.read();
    const same = Object.entries(state).every(
      ([key, value]) => this.state[/** @type {keyof State} */ (key)] === value,
    );
    if (same) return;
    this.state = state;
    this.changed.emit(state);
  }

  /** @returns {State} */
  read() {
    const unsaved = this.journal.frames.length;
    return Object.freeze({
      link: this.phase,
      unsaved,
      saved: unsaved === 0,
      durable: this.vault.durable,
      reason: this.reason,
    });
  }
}

/** An incarnation that no server has. @type {wire.Incarnation} */
const NEVER = { incarnation: "", generation: "", client: 0 };
