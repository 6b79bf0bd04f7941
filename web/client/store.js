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
  MARKS,
  META,
  readAnnotation,
  readLine,
  readProposal,
  readStep,
  byTime,
} from "./document.js";
import { resolve } from "./anchor-moves.js";
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
      [MARKS, (id, json) => this._putMarks(id, json)],
    ];
    const stops = roots.map(([name, put]) => follow(doc.getMap(name), put));
    this._annotationOf = (/** @type {string} */ id) => annotations.get(id);
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
    return this._byLine.get(lineId)?.items ?? NONE;
  }

  /** @param {string} id */
  annotation(id) {
    return this._annotations.get(id);
  }

  /** Newest first. @returns {readonly Annotation[]} */
  newestAnnotations() {
    return [...this._annotations.values()].sort((a, b) => byTime(b, a));
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
    /** @type {Map<string, Set<string>>} annotations to place again when the line is edited */
    this._anchored = new Map();
    /** @type {(id: string) => unknown} */
    this._annotationOf = () => undefined;
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
    this._note().lines.add(id);
    if (before !== undefined && before.revision === line?.revision) return;
    for (const note of this._anchored.get(id) ?? []) this._putAnnotation(note, this._annotationOf(note));
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
   * @param {any} json
   */
  _putMarks(id, json) {
    if (json === undefined) this._marks.delete(id);
    else this._marks.set(id, Object.freeze(json));
    for (const target of this._annotations.get(id)?.targets ?? []) this._note().lines.add(target.line);
  }

  /**
   * @private
   * @param {string} id
   * @param {unknown} ymap
   */
  _putAnnotation(id, ymap) {
    const old = this._annotations.get(id);
    const annotation = this._placed(readAnnotation(id, ymap));
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
   * The annotation with its targets where they stand now: lines are corrected, split and joined.
   *
   * @private
   * @param {Annotation | null} annotation
   */
  _placed(annotation) {
    if (annotation === null) return null;
    const targets = annotation.targets.map((target) => {
      const { now, through } = this._target(target);
      for (const line of through) {
        let notes = this._anchored.get(line);
        if (notes === undefined) this._anchored.set(line, (notes = new Set()));
        notes.add(annotation.id);
      }
      return now;
    });
    return Object.freeze({ ...annotation, targets });
  }

  /**
   * Where the target stands now, and the lines that this depends on, known or still to come.
   *
   * @private
   * @param {import("./document.js").Target} target
   */
  _target(target) {
    /** @type {Set<string>} */
    const through = new Set();
    const place = resolve(target, (id) => {
      through.add(id);
      const line = this._lineById.get(id);
      return line === undefined ? null : (line.edits ?? []);
    });
    const line = place === null ? undefined : this._lineById.get(place.line);
    if (place === null || line === undefined) return { now: target, through };
    const { start, end, isLost } = place;
    if (line.id === target.line && line.revision === target.revision) return { now: target, through };
    const now = end === null ? line.text : [...line.text].slice(start, end).join("");
    const quote = isLost ? target.quote : now;
    const found = { line: line.id, revision: line.revision, start, end, quote, isLost };
    return { now: Object.freeze(found), through };
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

/**
 * Whether the line was joined to another one, and is only kept for what points to it.
 * @param {Line} line
 */
export const isJoined = (line) => line.text === "" && line.revision > 0;

/** @type {readonly Annotation[]} */
const NONE = Object.freeze([]);

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
