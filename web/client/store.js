/**
 * The document indexed for drawing: lines in order, annotations by line, proposals, agenda, meta.
 *
 * Values are plain frozen objects; a value that did not change is the same object as before. One
 * edit costs what that edit touches, never the length of the document. Renderers never see Yjs,
 * save the `wording` of an annotation that is being edited.
 */

import { Changes } from "./changes.js";
import { AGENDA, ANNOTATIONS, BOARD, LINES, MARKS, META, readLine, readProposal, readStep } from "./document.js";
import { NoteIndex } from "./note-index.js";
import { Ordered } from "./ordered.js";

/** @typedef {import("yjs").Doc} Doc */
/** @typedef {import("yjs").YMapEvent<any>} MapEvent */
/** @typedef {import("./changes.js").Change} Change */
/** @typedef {import("./document.js").Line} Line */
/** @typedef {import("./document.js").Annotation} Annotation */
/** @typedef {import("./document.js").Proposal} Proposal */
/** @typedef {import("./document.js").Step} Step */

export class Store {
  constructor() {
    this._changes = new Changes();
    this._unbind = () => {};
    this._empty();
  }

  /**
   * Reads `doc` whole, once, and follows it from there; the document bound before is let go.
   *
   * @param {Doc} doc
   */
  bind(doc) {
    this._unbind();
    this._empty();
    const annotations = doc.getMap(ANNOTATIONS);
    /** @type {Array<[string, (id: string, json: unknown) => void]>} */
    const roots = [
      [LINES, (id, json) => this._putLine(id, json)],
      [BOARD, (id, json) => this._putProposal(id, json)],
      [AGENDA, (id, json) => this._putStep(id, json)],
      [META, (key, json) => this._putMeta(key, json)],
      [MARKS, (id, json) => this._putMarks(id, json)],
    ];
    const stops = roots.map(([name, put]) => follow(doc.getMap(name), put));
    this._notes.bind((id) => annotations.get(id));
    annotations.forEach((_, id) => this._notes.read(id));
    /** @param {import("yjs").YEvent<any>[]} events */
    const changed = (events) => {
      for (const id of idsOf(events)) this._notes.read(id);
    };
    annotations.observeDeep(changed);
    this._unbind = () => {
      for (const stop of stops) stop();
      annotations.unobserveDeep(changed);
    };
    this._changes.note().all = true;
  }

  /**
   * In order of (at, id), without those that were joined to another; the same array each time, not
   * to be changed.
   * @returns {readonly Line[]}
   */
  lines() {
    return this._lines.items;
  }

  /** @param {string} id */
  line(id) {
    return this._lineById.get(id);
  }

  /**
   * Where the line stands in `lines()`.
   *
   * @param {Line} line
   */
  indexOf(line) {
    return this._lines.place(line);
  }

  /**
   * Those whose targets are shown on the line now, withdrawn ones included, in order of (at, id).
   *
   * @param {string} lineId
   * @returns {readonly Annotation[]}
   */
  annotationsOf(lineId) {
    return this._notes.ofLine(lineId);
  }

  /** @param {string} id */
  annotation(id) {
    return this._notes.byId.get(id);
  }

  /** In order of (at, id); the same array each time. @returns {readonly Annotation[]} */
  annotations() {
    return this._notes.all.items;
  }

  /**
   * How many units said "we too" and "not so" to a note.
   *
   * @param {string} id
   * @returns {import("./document.js").Marks}
   */
  marks(id) {
    return this._marks.get(id) ?? NO_MARKS;
  }

  /** In order of (at, id). @returns {readonly Proposal[]} */
  proposals() {
    return this._proposals.items;
  }

  /** @param {string} id */
  proposal(id) {
    return this._proposalById.get(id);
  }

  /** In the order of the protocol. @returns {readonly Step[]} */
  agenda() {
    return Array.from(this._steps.values()).sort((a, b) => a.order - b.order);
  }

  /** The root `meta`: version, session, title, state, language, floor, step, recording and others. */
  meta() {
    return Object.freeze(Object.fromEntries(this._meta));
  }

  /**
   * Calls `fn` at most once a microtask while anything changes.
   *
   * @param {(change: Change) => void} fn
   * @returns {() => void} stops
   */
  onChange(fn) {
    return this._changes.on(fn);
  }

  /** @private */
  _empty() {
    /** @type {Ordered<Line>} */
    this._lines = new Ordered();
    /** @type {Map<string, Line>} */
    this._lineById = new Map();
    /** @type {NoteIndex} */
    this._notes = new NoteIndex(this._lineById, this._changes);
    /** @type {Ordered<Proposal>} */
    this._proposals = new Ordered();
    /** @type {Map<string, Proposal>} */
    this._proposalById = new Map();
    /** @type {Map<string, Step>} */
    this._steps = new Map();
    /** @type {Map<string, any>} */
    this._meta = new Map();
    /** @type {Map<string, import("./document.js").Marks>} */
    this._marks = new Map();
  }

  /**
   * @private
   * @param {string} id
   * @param {unknown} json undefined where the line went
   */
  _putLine(id, json) {
    const before = this._lineById.get(id);
    const line = json === undefined ? null : readLine(id, json);
    if (line !== null) this._lineById.set(id, line);
    else this._lineById.delete(id);
    const wasShown = before !== undefined && !isJoined(before);
    if (line !== null && !isJoined(line)) this._lines.put(line, wasShown ? before : undefined);
    else if (wasShown) this._lines.remove(before);
    this._changes.note().lines.add(id);
    if (before === undefined || before.revision !== line?.revision) this._notes.lineEdited(id);
  }

  /**
   * @private
   * @param {string} id
   * @param {unknown} json
   */
  _putProposal(id, json) {
    const proposal = json === undefined ? null : readProposal(id, json);
    replace(this._proposals, this._proposalById, id, proposal);
    this._changes.note().board = true;
  }

  /**
   * @private
   * @param {string} id
   * @param {unknown} json
   */
  _putStep(id, json) {
    if (json === undefined) this._steps.delete(id);
    else this._steps.set(id, readStep(id, json));
    this._changes.note().agenda = true;
  }

  /**
   * @private
   * @param {string} key
   * @param {unknown} json
   */
  _putMeta(key, json) {
    if (json === undefined) this._meta.delete(key);
    else this._meta.set(key, json);
    this._changes.note().meta = true;
  }

  /**
   * @private
   * @param {string} id
   * @param {any} json
   */
  _putMarks(id, json) {
    if (json === undefined) this._marks.delete(id);
    else this._marks.set(id, Object.freeze(json));
    for (const target of this.annotation(id)?.targets ?? []) this._changes.note().lines.add(target.line);
  }
}

/**
 * Whether the line was joined to another one, and is only kept for what points to it.
 * @param {Line} line
 */
export const isJoined = (line) => line.text === "" && line.revision > 0;

const NO_MARKS = Object.freeze({ too: 0, not: 0 });

/**
 * Gives `put` every value of `root`, then every change; undefined for what went.
 *
 * @param {import("yjs").Map<any>} root
 * @param {(key: string, json: unknown) => void} put
 */
function follow(root, put) {
  root.forEach((json, key) => put(key, json));
  /** @param {MapEvent} event */
  const changed = (event) => event.keysChanged.forEach((key) => put(key, root.get(key)));
  root.observe(changed);
  return () => root.unobserve(changed);
}

/**
 * Ids of the annotations that these events are about.
 *
 * @param {import("yjs").YEvent<any>[]} events
 * @returns {Set<string>}
 */
function idsOf(events) {
  const ids = new Set();
  for (const event of events) {
    if (event.path.length > 0) ids.add(event.path[0]);
    else event.changes.keys.forEach((_, id) => ids.add(id));
  }
  return ids;
}

/**
 * @template {{at: number, id: string}} Item
 * @param {Ordered<Item>} list
 * @param {Map<string, Item>} byId
 * @param {string} id
 * @param {Item | null} item
 */
function replace(list, byId, id, item) {
  const old = byId.get(id);
  if (item !== null) {
    list.put(item, old);
    byId.set(id, item);
  } else if (old !== undefined) {
    list.remove(old);
    byId.delete(id);
  }
}
