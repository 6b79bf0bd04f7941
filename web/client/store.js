/**
 * The document indexed for drawing: lines in order, annotations by line, proposals, agenda, meta.
 *
 * Values are plain frozen objects; a value that did not change is the same object as before. One
 * edit costs what that edit touches, never the length of the document. Renderers never see Yjs,
 * save the `wording` of an annotation that is being edited.
 */

import {
  AGENDA,
  ANNOTATIONS,
  BOARD,
  LINES,
  META,
  readAnnotation,
  readLine,
  readProposal,
  readStep,
} from "./document.js";
import { Ordered } from "./ordered.js";

/** @typedef {import("yjs").Doc} Doc */
/** @typedef {import("yjs").YMapEvent<any>} MapEvent */
/** @typedef {import("./document.js").Line} Line */
/** @typedef {import("./document.js").Annotation} Annotation */
/** @typedef {import("./document.js").Proposal} Proposal */
/** @typedef {import("./document.js").Step} Step */

/**
 * What changed since the last call. lines: ids of lines that came, went or changed, or whose
 * annotations did. all: another document was bound; everything may differ, and every Y.Text held
 * from before is dead.
 * @typedef {{lines: Set<string>, board: boolean, agenda: boolean, meta: boolean,
 *   all: boolean}} Change
 */

/** @returns {Change} */
const nothing = () => ({ lines: new Set(), board: false, agenda: false, meta: false, all: false });

export class Store {
  constructor() {
    /** @type {Set<(change: Change) => void>} */
    this._listeners = new Set();
    /** @type {Change | null} */
    this._pending = null;
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
    ];
    const stops = roots.map(([name, put]) => follow(doc.getMap(name), put));
    annotations.forEach((ymap, id) => this._putAnnotation(id, ymap));
    /** @param {import("yjs").YEvent<any>[]} events */
    const changed = (events) => {
      for (const id of idsOf(events)) this._putAnnotation(id, annotations.get(id));
    };
    annotations.observeDeep(changed);
    this._unbind = () => {
      for (const stop of stops) stop();
      annotations.unobserveDeep(changed);
    };
    this._note().all = true;
  }

  /** In order of (at, id); the same array each time, not to be changed. @returns {readonly Line[]} */
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
   * Those that name the line among their targets, withdrawn ones included, in order of (at, id).
   *
   * @param {string} lineId
   * @returns {readonly Annotation[]}
   */
  annotationsOf(lineId) {
    return this._byLine.get(lineId)?.items ?? NONE;
  }

  /** @param {string} id */
  annotation(id) {
    return this._annotations.get(id);
  }

  /** In order of (at, id). @returns {readonly Proposal[]} */
  proposals() {
    return this._proposals.items;
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
    this._listeners.add(fn);
    return () => this._listeners.delete(fn);
  }

  /** @private */
  _empty() {
    /** @type {Ordered<Line>} */
    this._lines = new Ordered();
    /** @type {Map<string, Line>} */
    this._lineById = new Map();
    /** @type {Map<string, Annotation>} */
    this._annotations = new Map();
    /** @type {Map<string, Ordered<Annotation>>} */
    this._byLine = new Map();
    /** @type {Ordered<Proposal>} */
    this._proposals = new Ordered();
    /** @type {Map<string, Proposal>} */
    this._proposalById = new Map();
    /** @type {Map<string, Step>} */
    this._steps = new Map();
    /** @type {Map<string, any>} */
    this._meta = new Map();
  }

  /**
   * @private
   * @param {string} id
   * @param {unknown} json undefined where the line went
   */
  _putLine(id, json) {
    replace(this._lines, this._lineById, id, json === undefined ? null : readLine(id, json));
    this._note().lines.add(id);
  }

  /**
   * @private
   * @param {string} id
   * @param {unknown} json
   */
  _putProposal(id, json) {
    const proposal = json === undefined ? null : readProposal(id, json);
    replace(this._proposals, this._proposalById, id, proposal);
    this._note().board = true;
  }

  /**
   * @private
   * @param {string} id
   * @param {unknown} json
   */
  _putStep(id, json) {
    if (json === undefined) this._steps.delete(id);
    else this._steps.set(id, readStep(id, json));
    this._note().agenda = true;
  }

  /**
   * @private
   * @param {string} key
   * @param {unknown} json
   */
  _putMeta(key, json) {
    if (json === undefined) this._meta.delete(key);
    else this._meta.set(key, json);
    this._note().meta = true;
  }

  /**
   * @private
   * @param {string} id
   * @param {unknown} ymap
   */
  _putAnnotation(id, ymap) {
    const old = this._annotations.get(id);
    const annotation = readAnnotation(id, ymap);
    const lines = annotation === null ? new Set() : linesOf(annotation);
    const before = old === undefined ? new Set() : linesOf(old);
    for (const line of before) {
      this._note().lines.add(line);
      if (old !== undefined && !lines.has(line)) this._byLine.get(line)?.remove(old);
    }
    if (annotation === null) {
      this._annotations.delete(id);
      return;
    }
    for (const line of lines) {
      this._note().lines.add(line);
      let list = this._byLine.get(line);
      if (list === undefined) this._byLine.set(line, (list = new Ordered()));
      list.put(annotation, before.has(line) ? old : undefined);
    }
    this._annotations.set(id, annotation);
  }

  /**
   * The change being gathered; the first note of a microtask orders its delivery.
   *
   * @private
   */
  _note() {
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
}

/** @type {readonly Annotation[]} */
const NONE = Object.freeze([]);

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

/** @param {Annotation} annotation */
function linesOf(annotation) {
  return new Set(annotation.targets.map((target) => target.line));
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
