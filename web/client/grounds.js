/**
 * Which notes are drafts of wordings, and which wordings rest on which notes.
 */

export class Grounds {
  /** @param {import("./store.js").Store} store */
  constructor(store) {
    this._store = store;
    /** @type {Map<string, string>} draft annotation to proposal */
    this._draftOf = new Map();
    /** @type {Map<string, string>} note to the proposal that rests on it */
    this._groundOf = new Map();
  }

  /**
   * Whether it is the draft of a wording rather than a note of its own.
   * @param {string} note
   */
  isDraft(note) {
    return this._draftOf.has(note) || this._store.annotation(note)?.opened === true;
  }

  /** @param {string} note */
  proposalOf(note) {
    return this._groundOf.get(note) ?? null;
  }

  /**
   * Reads the board again.
   * @returns {Set<string>} lines whose notes now read otherwise
   */
  index() {
    /** @type {Set<string>} */
    const lines = new Set();
    /** @param {string} note */
    const touch = (note) => this._store.annotation(note)?.targets.forEach((one) => lines.add(one.line));
    for (const { id, draft, grounds, state } of this._store.proposals()) {
      if (!this._draftOf.has(draft)) touch(draft);
      this._draftOf.set(draft, id);
      for (const ground of grounds) {
        const now = state === "dropped" ? undefined : id;
        if (this._groundOf.get(ground) === now) continue;
        if (now) this._groundOf.set(ground, now);
        else this._groundOf.delete(ground);
        touch(ground);
      }
    }
    return lines;
  }
}
