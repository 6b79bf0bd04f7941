/**
 * What becomes of edits that the server will not take, or that build on something it never had:
 * their words are kept, as notes that the page stores as drafts.
 */

import * as Y from "yjs";
import { ANNOTATIONS, readAnnotation } from "./document.js";

/**
 * The person's words out of edits that were left behind. id and the fields after it are null where
 * only the words are known.
 * @typedef {{text: string, id: string | null, kind: import("./document.js").Kind | null,
 *   voice: import("./document.js").Voice | null,
 *   targets: readonly import("./document.js").Target[] | null}} Note
 */

/**
 * Whether everything that `update` builds on is in `doc`, so that applying it leaves nothing
 * pending. The update must be one of ours: of one client, without gaps.
 *
 * @param {Y.Doc} doc
 * @param {Uint8Array} update
 */
export function fits(doc, update) {
  const { structs, ds } = Y.decodeUpdate(update);
  /** @type {Map<number, number>} */
  const ahead = new Map();
  const clock = (/** @type {number} */ client) =>
    Math.max(ahead.get(client) ?? 0, Y.getState(doc.store, client));
  for (const struct of structs) {
    if (struct.id.clock > clock(struct.id.client)) return false;
    if (struct instanceof Y.Item) {
      for (const base of [struct.origin, struct.rightOrigin, struct.parent]) {
        if (base instanceof Y.ID && base.clock >= clock(base.client)) return false;
      }
    }
    ahead.set(struct.id.client, struct.id.clock + struct.length);
  }
  return Array.from(ds.clients).every(([client, ranges]) =>
    ranges.every((range) => range.clock + range.len <= clock(client)),
  );
}

/**
 * The words of `updates`: the annotations they touched as they stand in `doc`, or, where `doc` does
 * not hold them, what was typed.
 *
 * @param {Y.Doc} doc
 * @param {Uint8Array[]} updates
 * @returns {Note[]}
 */
export function notesOf(doc, updates) {
  const annotations = doc.getMap(ANNOTATIONS);
  const notes = new Map();
  let typed = "";
  for (const update of updates) {
    const ids = touched(doc, annotations, update);
    for (const id of ids) {
      const annotation = readAnnotation(id, annotations.get(id));
      if (annotation === null || annotation.text === "") continue;
      const { text, kind, voice, targets } = annotation;
      notes.set(id, { text, id, kind, voice, targets });
    }
    if (ids.size === 0) typed += stringsIn(update);
  }
  if (typed !== "") notes.set("", { text: typed, id: null, kind: null, voice: null, targets: null });
  return Array.from(notes.values());
}

/**
 * Those notes whose words `doc` does not hold.
 *
 * @param {Y.Doc} doc
 * @param {Note[]} notes
 */
export function missingFrom(doc, notes) {
  const annotations = doc.getMap(ANNOTATIONS);
  return notes.filter(({ id, text }) => {
    if (id === null) return true;
    return readAnnotation(id, annotations.get(id))?.text !== text;
  });
}

/**
 * Ids of the annotations that `update` wrote into or deleted from, as far as `doc` has its items.
 *
 * @param {Y.Doc} doc
 * @param {Y.Map<any>} annotations
 * @param {Uint8Array} update
 * @returns {Set<string>}
 */
function touched(doc, annotations, update) {
  const { structs, ds } = Y.decodeUpdate(update);
  const ids = new Set();
  const note = (/** @type {number} */ client, /** @type {number} */ from, /** @type {number} */ to) => {
    const end = Math.min(to, Y.getState(doc.store, client));
    for (let clock = from; clock < end; ) {
      const struct = Y.getItem(doc.store, Y.createID(client, clock));
      const id = struct instanceof Y.Item ? annotationOf(annotations, struct) : null;
      if (id !== null) ids.add(id);
      clock = struct.id.clock + struct.length;
    }
  };
  for (const { id, length } of structs) note(id.client, id.clock, id.clock + length);
  for (const [client, ranges] of ds.clients) {
    for (const { clock, len } of ranges) note(client, clock, clock + len);
  }
  return ids;
}

/**
 * @param {Y.Map<any>} annotations
 * @param {Y.Item} item
 * @returns {string | null}
 */
function annotationOf(annotations, item) {
  /** @type {Y.Item | null} */
  let here = item;
  while (here !== null) {
    if (here.parent === annotations) return here.parentSub;
    here = here.parent instanceof Y.AbstractType ? here.parent._item : null;
  }
  return null;
}

/** @param {Uint8Array} update */
function stringsIn(update) {
  return Y.decodeUpdate(update)
    .structs.map((struct) =>
      struct instanceof Y.Item && struct.content instanceof Y.ContentString
        ? struct.content.str
        : "",
    )
    .join("");
}
