/**
 * The session's document, kept level with the server's, and what is said beside it.
 *
 * What we send is the journal, frame by frame and in order, each counted, once the document is level
 * (see replica.js); after a reconnect all that is not yet saved is sent again, and the server trims
 * what it knows. The server's step 1 is therefore always answered with an *empty* step 2: a real one
 * would hold the same structs again and the delete set of the whole document, other people's
 * included, under a counter that belongs to no frame.
 *
 * A frame that is refused, is of another generation, or builds on what the server never had, leaves
 * the journal; its words go to `onRefused`, unless the document holds them after all.
 */

import { environmentOf } from "./environment.js";
import { request } from "./http.js";
import { Journal } from "./journal.js";
import { Link } from "./link.js";
import { fetchPrimer } from "./primer.js";
import { Replica } from "./replica.js";
import { notesOf } from "./salvage.js";
import { Sharing } from "./sharing.js";
import { signal } from "./signal.js";
import { Vault } from "./vault.js";
import * as wire from "./wire.js";

/**
 * unsaved: edits the server has not called saved. durable: unsaved edits survive a reload of the tab.
 * reason: code of the error that keeps us offline for good, "" otherwise.
 * @typedef {{link: "connecting" | "live" | "offline", unsaved: number, saved: boolean,
 *   durable: boolean, reason: string}} State
 */
/** @typedef {import("./replica.js").Loss} Loss */
/** @typedef {ReturnType<typeof connect>} Connection */

/** A refusal that passes: the log is behind. The edit stays in the journal and is sent again. */
const NOT_NOW = "room.not_saved";
/** What a ticket may name; the oldest frames beyond it are refused, and their words kept. */
const MOST_KNOWN = 50;

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
    doc: () => sync.replica.doc,
    awareness: sync.sharing.awareness,
    /** Encrypted storage that this connection's tickets unlock; for Drafts and capture. */
    vault,
    state: () => sync.state,
    onState: sync.changed.on,
    onInterim: sync.interim.on,
    onEvent: sync.event.on,
    onHealth: sync.health.on,
    onCrowd: sync.crowd.on,
    onRefused: sync.refused.on,
    /** The words of the edits that the server has not called saved. */
    unsavedNotes: () => notesOf(sync.replica.doc, sync.journal.frames.map((frame) => frame.update)),
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
    /** @type {ReturnType<typeof signal<wire.Interim>>} */
    this.interim = signal();
    /** @type {ReturnType<typeof signal<wire.StudyEvent>>} */
    this.event = signal();
    /** @type {ReturnType<typeof signal<wire.Health>>} */
    this.health = signal();
    /** @type {ReturnType<typeof signal<wire.Crowd>>} */
    this.crowd = signal();
    /** @type {ReturnType<typeof signal<Loss>>} */
    this.refused = signal();
    /** @type {State["link"]} */
    this.phase = "connecting";
    this.reason = "";
    /** Sync messages with an update sent on this socket: what `saved` and `refused` count by. */
    this.counter = 0;
    /** A client id of ours belongs to somebody else: the next ticket names a new one alone. */
    this.taken = false;
    /** What the socket that opens next may begin from. @type {import("./primer.js").Primer | null} */
    this.primer = null;
    this.journal = new Journal(vault, boot, () => this.flush());
    this.replica = new Replica((update) => {
      this.journal.append(update, this.replica.generation);
      this.tell();
    });
    this.link = new Link(this.speaker(), environment);
    this.sharing = new Sharing(this.replica.doc.clientID, (state) =>
      this.link.send(wire.encodeAwareness(state)),
    );
    this.state = this.read();
  }

  start() {
    this.store.bind(this.replica.doc);
    this.link.start();
  }

  stop() {
    this.sharing.stop();
    this.link.stop();
    this.enter("offline");
  }

  // The connection.

  /** @returns {import("./link.js").Speaker} */
  speaker() {
    return {
      ticket: () => this.ticket(),
      address: (body) => this.address(body),
      onOpen: () => this.begin(),
      onMessage: (data) => this.receive(new Uint8Array(/** @type {ArrayBuffer} */ (data))),
      onClose: (code) => this.broken(code),
      onDenied: (answer) => this.denied(answer),
      onSilence: () => this.ask(),
    };
  }

  async ticket() {
    const path = `/api/sessions/${this.boot.session.id}/ticket`;
    const generation = this.replica.generation || null;
    const body = { client: this.replica.nextClient, known: await this.known(), generation };
    const { fetch } = this.environment;
    const [answer, primer] = await Promise.all([
      request("POST", path, this.boot.token, body, fetch),
      fetchPrimer(this.boot.session.id, this.replica.known, fetch),
    ]);
    this.primer = primer;
    if (answer.kind === "away") this.enter("offline");
    return answer;
  }

  /** Client ids that the ticket must bind besides: of our document and of unsaved frames. */
  async known() {
    if (this.taken) return [];
    const known = await this.journal.clients();
    known.add(this.replica.doc.clientID);
    known.delete(this.replica.nextClient);
    return Array.from(known).slice(-MOST_KNOWN);
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
      this.replica.abandon();
      return true;
    }
    if (answer.code === "csrf.token" && this.reason !== answer.code) void this.comeAgain();
    this.reason = answer.code;
    this.enter("offline");
    return false;
  }

  /** Under another login than this page's: it may be the same person's. */
  async comeAgain() {
    const { comeAgain } = await import("./parts/again.js");
    if (await comeAgain(this.boot, this.environment.fetch)) this.link.retry();
  }

  begin() {
    this.reason = "";
    this.counter = 0;
    this.journal.uncount();
    this.enter("connecting");
  }

  /** @param {number} code */
  broken(code) {
    if (code === wire.CLOSE_PROTOCOL || code === wire.CLOSE_TOO_LARGE) {
      const sent = this.journal.frames.find((frame) => frame.counter !== null);
      const counter = sent?.counter ?? -1;
      this.journal.refuse({ counter, code: `connection.${code}`, detail: "" });
    }
    this.sharing.broken();
    this.enter("offline");
    if (code === wire.CLOSE_GENERATION) {
      this.replica.abandon(); // a redaction: our document cannot go on, our words become drafts
      this.link.again();
    }
  }

  // What the server says.

  /** @param {Uint8Array} data */
  receive(data) {
    const message = wire.decode(data);
    switch (message.type) {
      case "incarnation":
        return this.meet(message.incarnation);
      case "sync":
        return this.receiveSync(message.kind, message.payload);
      case "awareness":
        return this.sharing.receive(message.payload);
      case "saved":
        this.journal.saved(message.counter);
        return this.tell();
      case "refused":
        return this.receiveRefusal(message.refusal);
      case "interim":
        return this.interim.emit(message.interim);
      case "event":
        return this.event.emit(message.event);
      case "health":
        return this.health.emit(message.health);
      case "crowd":
        return this.crowd.emit(message.crowd);
    }
  }

  /** @param {wire.Incarnation} incarnation */
  meet(incarnation) {
    const isRefused = this.journal.frames.some((frame) => frame.refusal !== null);
    this.replica.meet(incarnation, isRefused, this.primer);
    this.primer = null;
    this.ask();
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
    const next = this.replica.receive(kind, payload);
    if (next === "ask") this.ask();
    if (next === "level") this.goLive();
  }

  /** @param {wire.Refusal} refusal */
  receiveRefusal(refusal) {
    if (refusal.code === NOT_NOW) this.link.breakOff();
    else if (this.journal.refuse(refusal)) this.link.again();
  }

  /** The document is level: our unsaved edits go in, it goes into place, and they are sent. */
  goLive() {
    const { left, loss, old } = this.replica.settle(this.journal.frames);
    this.taken = false;
    if (old !== null) {
      this.store.bind(this.replica.doc);
      old.destroy();
    }
    this.journal.remove(left);
    this.link.settled();
    this.enter("live");
    this.sharing.begin(this.replica.doc.clientID);
    this.flush();
    if (loss !== null) this.refused.emit(loss);
  }

  // What we say.

  /** Asks for what we lack; also a question when the server has been silent. */
  ask() {
    this.link.send(wire.encodeSync(wire.STEP1, this.replica.stateVector()));
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

  // What the page is told.

  /** @param {State["link"]} phase */
  enter(phase) {
    this.phase = phase;
    this.tell();
  }

  tell() {
    const state = this.read();
    const keys = /** @type {Array<keyof State>} */ (Object.keys(state));
    if (keys.every((key) => this.state[key] === state[key])) return;
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
