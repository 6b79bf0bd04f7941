/**
 * What changed in the document, gathered and told at most once a microtask.
 */

/**
 * What changed since the last call. lines: ids of lines that came, went or changed, or whose
 * annotations did. notes: ids of annotations that came, went or changed. all: another document was
 * bound; everything may differ, and every Y.Text held from before is dead.
 * @typedef {{lines: Set<string>, notes: Set<string>, board: boolean, agenda: boolean, meta: boolean,
 *   all: boolean}} Change
 */

/** @returns {Change} */
const nothing = () => ({
  lines: new Set(), notes: new Set(), board: false, agenda: false, meta: false, all: false,
});

export class Changes {
  constructor() {
    /** @type {Set<(change: Change) => void>} */
    this._listeners = new Set();
    /** @type {Change | null} */
    this._pending = null;
  }

  /** The change being gathered; the first note of a microtask orders its delivery. */
  note() {
    if (this._pending === null) {
      this._pending = nothing();
      queueMicrotask(() => {
        const change = /** @type {Change} */ (this._pending);
        this._pending = null;
        for (const listener of this._listeners) listener(change);
      });
    }
    return this._pending;
  }

  /**
   * @param {(change: Change) => void} fn
   * @returns {() => void} stops
   */
  on(fn) {
    this._listeners.add(fn);
    return () => this._listeners.delete(fn);
  }
}
