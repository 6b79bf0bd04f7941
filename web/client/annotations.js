/**
 * Writing annotations: each function is one transaction, and so one update for the server to check.
 */

import * as Y from "yjs";
import { ANNOTATIONS, MAX_TARGETS, MAX_WORDING_CHARACTERS } from "./document.js";
import { newId } from "./ids.js";

export { bindText } from "./text-binding.js";

/** @typedef {import("./document.js").Kind} Kind */
/** @typedef {import("./document.js").Target} Target */
/** @typedef {import("./document.js").Voice} Voice */
/**
 * What is to be written. id: a fresh one where it is left out; a draft's own id makes sending it
 * twice harmless.
 * @typedef {{id?: string, author: string, voice: Voice, kind: Kind, targets: readonly Target[],
 *   text: string, opened?: boolean}} Note
 */

/**
 * Writes a whole annotation and returns its id. One that is already there is left as it is.
 *
 * @param {Y.Doc} doc
 * @param {Note} note
 * @returns {string}
 */
export function add(doc, { id = newId(), author, voice, kind, targets, text, opened = false }) {
  if (targets.length < 1 || targets.length > MAX_TARGETS) throw new RangeError("targets");
  if (Array.from(text).length > MAX_WORDING_CHARACTERS) throw new RangeError("text");
  const annotations = doc.getMap(ANNOTATIONS);
  if (annotations.has(id)) return id;
  const places = targets.map(({ line, revision, start, end, quote }) => ({ line, revision, start, end, quote }));
  const fields = { author, voice: { ...voice }, kind, targets: places };
  doc.transact(() => {
    /** @type {Y.Map<unknown>} */
    const ymap = new Y.Map();
    annotations.set(id, ymap);
    for (const [key, value] of Object.entries({ ...fields, at: Date.now() })) ymap.set(key, value);
    ymap.set("wording", new Y.Text(text));
    ymap.set("thread", new Y.Map());
    if (opened) ymap.set("opened", true);
  });
  return id;
}

/**
 * Takes one's own annotation back; it stays in the document, marked.
 *
 * @param {Y.Doc} doc
 * @param {string} id
 */
export function withdraw(doc, id) {
  existing(doc, id).set("withdrawn", true);
}

/**
 * Opens the wording to everybody of the session.
 *
 * @param {Y.Doc} doc
 * @param {string} id
 */
export function open(doc, id) {
  existing(doc, id).set("opened", true);
}

/**
 * Answers in the thread of an annotation; returns the reply's id.
 *
 * @param {Y.Doc} doc
 * @param {string} id
 * @param {{author: string, text: string}} reply
 */
export function reply(doc, id, { author, text }) {
  const replyId = newId();
  const thread = /** @type {Y.Map<unknown>} */ (existing(doc, id).get("thread"));
  thread.set(replyId, { author, text, at: Date.now() });
  return replyId;
}

/**
 * @param {Y.Doc} doc
 * @param {string} id
 * @returns {Y.Map<unknown>}
 */
function existing(doc, id) {
  const ymap = doc.getMap(ANNOTATIONS).get(id);
  if (!(ymap instanceof Y.Map)) throw new Error(`no annotation ${id}`);
  return ymap;
}
