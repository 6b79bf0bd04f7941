/**
 * Our document, and the one that takes its place when it cannot go on.
 *
 * The server names its incarnation: the load of the room that it speaks for. Where it is the one we
 * know, and it refused nothing of ours, our document goes on. Else a fresh document, under a client
 * id that the ticket bound, is filled from the server and takes the place of the old one once it is
 * level, so the page never shows an empty room. It is filled from a primer (primer.js) and one round
 * of state vectors, or in two rounds without one: the server may answer the first from a cached state
 * and send what came since as updates; the answer to the second says that nothing is missing.
 */

import * as Y from "yjs";
import { fits, missingFrom, notesOf } from "./salvage.js";
import { STEP2 } from "./wire.js";

/** @typedef {import("./journal.js").Frame} Frame */
/** @typedef {import("./wire.js").Incarnation} Incarnation */
/** @typedef {{code: string, detail: string}} Reason */
/** Edits left behind, and their words. @typedef {Reason & {notes: import("./salvage.js").Note[]}} Loss */

const REMOTE = Symbol("from the server");
const JOURNAL = Symbol("from the journal");

export class Replica {
  /** @param {(update: Uint8Array) => void} onEdit given each local change */
  constructor(onEdit) {
    /** @type {(update: Uint8Array, origin: unknown, doc: Y.Doc, transaction: Y.Transaction) => void} */
    this._onUpdate = (update, _origin, _doc, { local }) => local && onEdit(update);
    /** What the page shows. */
    this.doc = this._newDoc();
    this._spare = this._newDoc();
    /** Which of the two this socket fills. */
    this._target = this.doc;
    /** The server's load that `doc` follows. @type {Incarnation | null} */
    this._incarnation = null;
    /** What this socket's server said it is. @type {Incarnation | null} */
    this._met = null;
    /** Answers to step 1 until the target is level; 0 once it is. */
    this._rounds = 0;
    this._healing = false;
  }

  /** Of the redactions that `doc` has seen; null before the first sync. */
  get generation() {
    return this._incarnation?.generation ?? null;
  }

  /** The server's load that `doc` follows; "" before the first sync. */
  get known() {
    return this._incarnation?.incarnation ?? "";
  }

  /** The client id that a ticket must bind first: of the document that would be filled. */
  get nextClient() {
    return this._incarnation === null ? this.doc.clientID : this._spare.clientID;
  }

  /** A client id of ours belongs to somebody else, or our history was rewritten: we begin anew. */
  abandon() {
    this._spare = this._newDoc();
    this._incarnation = { incarnation: "", generation: "", client: 0 };
  }

  /**
   * A socket's server said what it is.
   *
   * @param {Incarnation} incarnation
   * @param {boolean} isRefused whether it refused something that `doc` holds
   * @param {import("./primer.js").Primer | null} primer what to fill an empty target from
   */
  meet(incarnation, isRefused, primer) {
    this._met = incarnation;
    const known = this._incarnation;
    const goesOn =
      known === null ||
      (known.incarnation === incarnation.incarnation &&
        known.generation === incarnation.generation &&
        !isRefused);
    this._target = goesOn ? this.doc : this._spare;
    this._rounds = goesOn && known !== null ? 1 : 2;
    this._healing = false;
    if (this._rounds === 2 && primer !== null && primer.incarnation === incarnation.incarnation) {
      this._apply(primer.update);
      this._rounds = 1;
    }
  }

  /** What step 1 tells the server. */
  stateVector() {
    return Y.encodeStateVector(this._target);
  }

  /**
   * Takes an update of the server, by step 2 or later.
   *
   * @param {number} kind
   * @param {Uint8Array} update
   * @returns {"level" | "ask" | null} the target has become level; step 1 must be sent (again)
   */
  receive(kind, update) {
    this._apply(update);
    if (kind === STEP2) {
      this._healing = false;
      if (this._rounds === 0) return null;
      this._rounds -= 1;
      return this._rounds === 0 ? "level" : "ask";
    }
    if (this._target.store.pendingStructs === null || this._healing) return null;
    this._healing = true; // something was lost on the way: one exchange of state vectors
    return "ask";
  }

  /**
   * Puts the level target in place, with those of our unsaved edits that still can be.
   *
   * @param {readonly Frame[]} frames
   * @returns {{left: Frame[], loss: Loss | null, old: Y.Doc | null}} the edits that cannot, why, and
   *   their words; the document that was replaced, for the caller to destroy
   */
  settle(frames) {
    const reasons = frames.map((frame) => this._take(frame));
    const left = frames.filter((_, n) => reasons[n] !== null);
    const reason = reasons.find((each) => each !== null);
    const notes = notesOf(this.doc, left.map((frame) => frame.update));
    const old = this._target === this.doc ? null : this.doc;
    if (old !== null) {
      this.doc = this._target;
      this._spare = this._newDoc();
    }
    this._incarnation = this._met;
    const loss = reason ? { ...reason, notes: missingFrom(this.doc, notes) } : null;
    return { left, loss, old };
  }

  /**
   * Applies an unsaved edit to the target, or says why not.
   *
   * @private
   * @param {Frame} frame
   * @returns {Reason | null}
   */
  _take(frame) {
    if (frame.refusal !== null) return frame.refusal;
    if (frame.generation !== null && frame.generation !== this._met?.generation) {
      return { code: "document.generation", detail: "" };
    }
    if (!fits(this._target, frame.update)) return { code: "document.lost_ground", detail: "" };
    Y.applyUpdate(this._target, frame.update, JOURNAL);
    return null;
  }

  /**
   * What others wrote. Nobody listens meanwhile: for a listener Yjs would encode all of it once more.
   *
   * @private
   * @param {Uint8Array} update
   */
  _apply(update) {
    this._target.off("update", this._onUpdate);
    try {
      Y.applyUpdate(this._target, update, REMOTE);
    } finally {
      this._target.on("update", this._onUpdate);
    }
  }

  /** @private */
  _newDoc() {
    const doc = new Y.Doc();
    doc.on("update", this._onUpdate);
    return doc;
  }
}
