/**
 * The person's own edits that the server has not yet called saved, in the order they were made.
 *
 * A frame is one Yjs update of local origin. It is in memory at once and in the vault before it is
 * sent; it goes when the server's `saved` counter passes it, never by clock or state vector
 * (deletions move neither). After a reload the frames of the tab before come first. Beside each
 * sealed frame lie the client ids that wrote it, in the clear: the ticket must name them before the
 * key is there.
 */

import { parseUpdateMeta } from "yjs";

/**
 * @typedef {object} Frame
 * @property {Uint8Array<ArrayBuffer>} update
 * @property {string | number | null} generation of the document it was made in; null before the first
 * @property {number | null} id in the vault
 * @property {boolean} stored it may be sent: the vault has it, or never will
 * @property {number | null} counter of this socket, null while unsent
 * @property {{code: string, detail: string} | null} refusal
 */

export class Journal {
  /**
   * @param {import("./vault.js").Vault} vault
   * @param {{session: {id: string}, me: {id: string}}} login
   * @param {() => void} onStored a frame may now be sent
   */
  constructor(vault, login, onStored) {
    /** Oldest first; read only. @type {Frame[]} */
    this.frames = [];
    this._vault = vault;
    this._box = `journal:${login.session.id}:${login.me.id}`;
    this._onStored = onStored;
    /** @type {Promise<number> | null} */
    this._opening = null;
    /** @type {() => void} */
    this._opened = () => {};
    /** @type {Promise<void>} */
    this._open = new Promise((resolve) => (this._opened = resolve));
  }

  /**
   * Takes up the frames of the tab before. Returns how many of them no key opens any more.
   *
   * @param {string} key `journal_key` of the ticket
   * @returns {Promise<number>}
   */
  async open(key) {
    await this._vault.unlock(key);
    this._opening ??= this._load();
    return await this._opening;
  }

  /**
   * Ids of the clients that wrote the unsaved frames, those of the tab before included.
   *
   * @returns {Promise<Set<number>>}
   */
  async clients() {
    const tags = await this._vault.tags(this._box);
    const own = this.frames.map((frame) => clientsOf(frame.update));
    return new Set(own.concat(tags.map((tag) => tag.clients)).flat());
  }

  /**
   * @param {Uint8Array} update
   * @param {string | number | null} generation
   */
  append(update, generation) {
    const bytes = new Uint8Array(update);
    /** @type {Frame} */
    const frame = { update: bytes, generation, id: null, stored: false, counter: null, refusal: null };
    this.frames.push(frame);
    void this._store(frame);
  }

  /** The frames that may be sent now, in order: none overtakes one that is still being stored. */
  unsent() {
    const waiting = this.frames.findIndex((frame) => !frame.stored);
    const ready = waiting < 0 ? this.frames : this.frames.slice(0, waiting);
    return ready.filter((frame) => frame.counter === null);
  }

  /** A new socket counts anew. */
  uncount() {
    for (const frame of this.frames) frame.counter = null;
  }

  /**
   * Everything sent up to `counter` is on the server's disk.
   *
   * @param {number} counter
   */
  saved(counter) {
    this.remove(this.frames.filter((frame) => frame.counter !== null && frame.counter <= counter));
  }

  /**
   * Marks the frame sent as `counter` and all after it, which were made on top of it.
   *
   * @param {import("./wire.js").Refusal} refusal
   * @returns {boolean} whether there was such a frame
   */
  refuse({ counter, code, detail }) {
    const first = this.frames.findIndex((frame) => frame.counter === counter);
    if (first < 0) return false;
    for (const frame of this.frames.slice(first)) frame.refusal ??= { code, detail };
    return true;
  }

  /** @param {Frame[]} frames */
  remove(frames) {
    const gone = new Set(frames);
    this.frames = this.frames.filter((frame) => !gone.has(frame));
    void this._vault.drop(frames.map((frame) => frame.id));
  }

  /** @private */
  async _load() {
    const { items, unreadable } = await this._vault.read(this._box);
    const earlier = items.map(({ id, tag, bytes }) => {
      const { generation } = tag;
      return { update: bytes, generation, id, stored: true, counter: null, refusal: null };
    });
    this.frames = [...earlier, ...this.frames];
    this._opened();
    return unreadable;
  }

  /**
   * @private
   * @param {Frame} frame
   */
  async _store(frame) {
    await this._open;
    const tag = { clients: clientsOf(frame.update), generation: frame.generation };
    frame.id = await this._vault.keep(this._box, tag, frame.update);
    frame.stored = true;
    if (this.frames.includes(frame)) this._onStored();
    else void this._vault.drop([frame.id]);
  }
}

/** @param {Uint8Array} update */
function clientsOf(update) {
  return Array.from(parseUpdateMeta(update).from.keys());
}
