/**
 * Annotations by id, by the lines that they stand on now, and in order of time.
 *
 * Lines are corrected, split and joined after a note was made; the targets given here are where they
 * stand now. A note is placed again when a line that its place depends on is edited.
 */

import { resolve } from "./anchor-moves.js";
import { readAnnotation } from "./document.js";
import { Ordered } from "./ordered.js";

/** @typedef {import("./document.js").Annotation} Annotation */
/** @typedef {import("./document.js").Line} Line */

export class NoteIndex {
  /**
   * @param {ReadonlyMap<string, Line>} lines
   * @param {import("./changes.js").Changes} changes
   */
  constructor(lines, changes) {
    this._lines = lines;
    this._changes = changes;
    /** @type {Map<string, Annotation>} */
    this.byId = new Map();
    /** In order of (at, id). @type {Ordered<Annotation>} */
    this.all = new Ordered();
    /** @type {Map<string, Ordered<Annotation>>} */
    this._byLine = new Map();
    /** @type {Map<string, Set<string>>} notes to place again when the line is edited */
    this._anchored = new Map();
    /** @type {(id: string) => unknown} */
    this._source = () => undefined;
  }

  /** @param {(id: string) => unknown} source the Y.Map of an annotation */
  bind(source) {
    this._source = source;
  }

  /**
   * @param {string} line
   * @returns {readonly Annotation[]}
   */
  ofLine(line) {
    return this._byLine.get(line)?.items ?? NONE;
  }

  /** @param {string} line */
  lineEdited(line) {
    for (const note of this._anchored.get(line) ?? []) this.read(note);
  }

  /** Reads an annotation from the document, again or for the first time. @param {string} id */
  read(id) {
    const old = this.byId.get(id);
    const annotation = this._placed(readAnnotation(id, this._source(id)));
    const lines = annotation === null ? new Set() : linesOf(annotation);
    const before = old === undefined ? new Set() : linesOf(old);
    const change = this._changes.note();
    change.notes.add(id);
    for (const line of before) {
      change.lines.add(line);
      if (old !== undefined && !lines.has(line)) this._byLine.get(line)?.remove(old);
    }
    if (annotation === null) {
      if (old !== undefined) this.all.remove(old);
      this.byId.delete(id);
      return;
    }
    for (const line of lines) {
      change.lines.add(line);
      let list = this._byLine.get(line);
      if (list === undefined) this._byLine.set(line, (list = new Ordered()));
      list.put(annotation, before.has(line) ? old : undefined);
    }
    this.all.put(annotation, old);
    this.byId.set(id, annotation);
  }

  /**
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
      const line = this._lines.get(id);
      return line === undefined ? null : (line.edits ?? []);
    });
    const line = place === null ? undefined : this._lines.get(place.line);
    if (place === null || line === undefined) return { now: target, through };
    const { start, end, isLost } = place;
    if (line.id === target.line && line.revision === target.revision) return { now: target, through };
    const now = end === null ? line.text : [...line.text].slice(start, end).join("");
    const quote = isLost ? target.quote : now;
    const found = { line: line.id, revision: line.revision, start, end, quote, isLost };
    return { now: Object.freeze(found), through };
  }
}

/** @type {readonly Annotation[]} */
const NONE = Object.freeze([]);

/** @param {Annotation} annotation */
function linesOf(annotation) {
  return new Set(annotation.targets.map((target) => target.line));
}
