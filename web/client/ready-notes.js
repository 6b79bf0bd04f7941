/**
 * Notes that are finished in a silent minute: drafts of their author until the moderator brings the
 * notes in, then annotations like all others. Not a byte of them goes into the document before.
 */

/** @typedef {import("./composer.js").Note} Note */

/**
 * @typedef {object} ReadyPorts
 * @property {() => boolean} maySend whether the document takes notes now; false while it is unknown
 * @property {(note: Note) => void} send into the document; its draft goes then
 * @property {(note: Note) => void} keep as a draft that is ready
 * @property {(note: Note) => void} drop
 * @property {(notes: readonly Note[]) => void} changed
 */

export class ReadyNotes {
  /** @param {ReadyPorts} ports */
  constructor(ports) {
    this._ports = ports;
    /** @type {Map<string, Note>} */
    this._notes = new Map();
  }

  /** @param {string} id */
  has(id) {
    return this._notes.has(id);
  }

  /** @param {Note} note */
  hold(note) {
    this._notes.set(note.id, note);
    this._ports.keep(note);
    this._tell();
  }

  /** Takes up what an earlier page held. @param {readonly Note[]} notes */
  restore(notes) {
    for (const note of notes) this._notes.set(note.id, note);
    this._tell();
    this.settle();
  }

  /** @param {string} id */
  drop(id) {
    const note = this._notes.get(id);
    if (!note) return;
    this._notes.delete(id);
    this._ports.drop(note);
    this._tell();
  }

  /** Sends what waits, once that may be. */
  settle() {
    if (this._notes.size === 0 || !this._ports.maySend()) return;
    const notes = [...this._notes.values()];
    this._notes.clear();
    for (const note of notes) this._ports.send(note);
    this._tell();
  }

  /** @private */
  _tell() {
    this._ports.changed([...this._notes.values()]);
  }
}
