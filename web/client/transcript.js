/**
 * The transcript: final lines as a conversation, one lit root for each, so that a change redraws
 * one line only. Nothing moves under the reader; the page follows the speech only while it is at
 * its end and nobody is reading or writing on a line.
 */

import { render } from "lit-html";
import { byTime } from "./document.js";
import { continues } from "./grouping.js";
import { firstBelow, hold, isAtEnd } from "./hold.js";
import { lineView } from "./line-view.js";
import { firstWhere } from "./ordered.js";
import { isJoined } from "./store.js";
import { Stretches } from "./stretches.js";

/** @typedef {import("./document.js").Line} Line */
/** @typedef {{line: Line, element: HTMLLIElement, goesOn: boolean}} Row */

/** Lines drawn at once; the rest, older, are put above them in idle time. */
const FIRST_LINES = 200;
const CHUNK_LINES = 200;

export class Transcript {
  /**
   * @param {HTMLElement} scroller holds `list` and what is being said after it
   * @param {HTMLElement} list with role `list`
   * @param {HTMLButtonElement} pill "n new lines"
   * @param {import("./store.js").Store} store
   * @param {import("./line-view.js").LineSurroundings & {isDraft: (annotation: string) => boolean}} around
   */
  constructor(scroller, list, pill, store, around) {
    this.scroller = scroller;
    this.list = list;
    this.stretches = new Stretches(list);
    this.pill = pill;
    this.store = store;
    this.around = around;
    /** @type {Row[]} */
    this.rows = [];
    /** @type {Map<string, Row>} */
    this.byId = new Map();
    /** @type {string | null} */
    this.current = null;
    this.isHeld = false; // a note is being written on the current line
    this.isFollowing = true;
    this.unseen = 0;
    /** @type {{anchor: Element | null, residue: number}} */
    this.held = { anchor: null, residue: 0 };
    /** @type {(fresh: readonly Line[]) => void} */
    this.onFinal = () => {};
    /** @type {(id: string | null) => void} */
    this.onCurrent = () => {};
    this.listen();
  }

  listen() {
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.list.addEventListener("focusin", (event) => {
      const line = /** @type {Element} */ (event.target).closest("li.line");
      if (line) this.setCurrent(/** @type {HTMLElement} */ (line).dataset.id ?? null);
    });
    this.pill.addEventListener("click", () => this.toEnd());
    // Whatever the panes do (a keyboard opens, the note box grows), the end stays the end.
    new ResizeObserver(() => this.isFollowing && this.scrollToEnd()).observe(this.scroller);
  }

  /**
   * @param {{all?: boolean, lines?: Iterable<string>}} change
   */
  update(change) {
    if (change.all || this.rows.length === 0) return this.drawAll();
    const ids = [...(change.lines ?? [])];
    if (ids.length === 0) return;
    /** @type {Line[]} */
    const fresh = [];
    this.steadily(() => {
      for (const id of ids) {
        const line = this.store.line(id);
        if (!line || isJoined(line)) this.remove(id);
        else if (this.place(line)) fresh.push(line);
      }
    });
    if (fresh.length === 0) return;
    if (!this.isFollowing) this.setUnseen(this.unseen + fresh.length);
    this.onFinal(fresh);
  }

  /** Draws the newest lines now and the older ones above them while the browser is idle. */
  drawAll() {
    const lines = this.store.lines();
    const known = new Set(lines.map((line) => line.id));
    this.steadily(() => {
      for (const id of [...this.byId.keys()]) if (!known.has(id)) this.remove(id);
      const first = Math.max(0, lines.length - FIRST_LINES);
      for (const line of lines.slice(first)) this.place(line);
      this.drawOlder(lines.slice(0, first));
    });
    if (lines.length === 1) this.onFinal(lines); // the first words of a session
  }

  /** @param {readonly Line[]} lines */
  drawOlder(lines) {
    if (lines.length === 0) return;
    idle(() => {
      const first = Math.max(0, lines.length - CHUNK_LINES);
      this.steadily(() => {
        for (const { id } of lines.slice(first)) this.placeAsIs(id);
      });
      this.drawOlder(lines.slice(0, first));
    });
  }

  /** It may have been corrected or taken out since it was its turn to be drawn. @param {string} id */
  placeAsIs(id) {
    const line = this.store.line(id);
    if (line && !isJoined(line)) this.place(line);
  }

  /** Draws every line again: names have become known, or choices have changed. */
  refresh() {
    this.steadily(() => this.rows.forEach((_, at) => this.draw(at)));
  }

  /**
   * Puts a line where it belongs, or draws it again.
   * @param {Line} line
   * @returns {boolean} whether it is new
   */
  place(line) {
    const known = this.byId.get(line.id);
    if (known && known.line.at === line.at) {
      known.line = line;
      this.drawWithNext(this.placeOf(line));
      return false;
    }
    if (known) this.remove(line.id);
    const at = this.placeOf(line);
    const row = { line, element: this.element(line), goesOn: false };
    this.stretches.insert(row.element, this.rows[at]?.element ?? null);
    this.rows.splice(at, 0, row);
    this.byId.set(line.id, row);
    this.drawWithNext(at);
    return !known;
  }

  /** Where the line stands or belongs. @param {Line} line */
  placeOf(line) {
    return firstWhere(this.rows, (row) => byTime(row.line, line) >= 0);
  }

  /** @param {string} id */
  remove(id) {
    const row = this.byId.get(id);
    if (!row) return;
    const at = this.placeOf(row.line);
    const hadFocus = row.element.contains(document.activeElement);
    this.rows.splice(at, 1);
    this.byId.delete(id);
    this.stretches.remove(row.element);
    if (this.current === id) this.setCurrent(null);
    this.joinNext(at - 1);
    const beside = this.rows[Math.min(at, this.rows.length - 1)];
    if (hadFocus && beside) beside.element.focus({ preventScroll: true });
  }

  /** @param {Line} line */
  element(line) {
    const element = document.createElement("li");
    element.id = `line-${line.id}`;
    element.dataset.id = line.id;
    element.tabIndex = this.byId.size === 0 ? 0 : -1;
    element.className = "line";
    element.setAttribute("role", "listitem");
    return element;
  }

  /** @param {number} at */
  drawWithNext(at) {
    this.draw(at);
    this.joinNext(at);
  }

  /** The line after this one begins with its speaker's name, or no more. @param {number} at */
  joinNext(at) {
    const next = this.rows[at + 1];
    if (next && continues(this.rows[at]?.line, next.line) !== next.goesOn) this.draw(at + 1);
  }

  /** @param {number} at */
  draw(at) {
    const row = /** @type {Row} */ (this.rows[at]);
    const { line, element } = row;
    const goesOn = (row.goesOn = continues(this.rows[at - 1]?.line, line));
    const notes = this.store
      .annotationsOf(line.id)
      .filter((note) => !note.withdrawn && !this.around.isDraft(note.id));
    element.classList.toggle("goes-on", goesOn);
    render(lineView(line, notes, goesOn, this.around), element);
  }

  /**
   * Changes the list without moving what is being read.
   * @param {() => void} change
   */
  steadily(change) {
    if (this.isFollowing && !this.isReading()) {
      change();
      this.scrollToEnd();
      return;
    }
    const anchor = this.anchor();
    const residue = anchor === this.held.anchor ? this.held.residue : 0;
    this.held = { anchor, residue: hold(this.scroller, anchor, change, residue) };
    this.isFollowing = isAtEnd(this.scroller); // growing below the reader is not seen as scrolling
  }

  /** The line being read, if it is in view; else the first line in view. */
  anchor() {
    const frame = this.scroller.getBoundingClientRect();
    const current = this.current ? this.byId.get(this.current)?.element : undefined;
    if (current) {
      const box = current.getBoundingClientRect();
      if (box.bottom > frame.top && box.top < frame.bottom) return current;
    }
    const stretch = firstBelow(this.list.children, frame.top);
    return stretch && firstBelow(stretch.children, frame.top);
  }

  isReading() {
    return this.isHeld || this.list.contains(document.activeElement);
  }

  scrolled() {
    const following = isAtEnd(this.scroller);
    if (following === this.isFollowing) return;
    this.isFollowing = following;
    if (following) this.setUnseen(0);
  }

  scrollToEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /** Goes to the newest line, lets go of the line that was being read, and follows again. */
  toEnd() {
    this.isFollowing = true;
    this.setUnseen(0);
    if (!this.isHeld) this.setCurrent(null);
    this.scroller.focus({ preventScroll: true });
    this.scrollToEnd();
  }

  /** @param {number} count */
  setUnseen(count) {
    this.unseen = count;
    this.pill.hidden = count === 0;
    if (count > 0) this.pill.textContent = this.around.say("new_lines", { n: count });
  }

  /** @param {string | null} id */
  setCurrent(id) {
    if (id === this.current) return;
    const before = this.current ? this.byId.get(this.current)?.element : undefined;
    before?.classList.remove("is-current");
    const element = id ? this.byId.get(id)?.element : undefined;
    for (const row of before ? [before] : this.rows.map((each) => each.element)) row.tabIndex = -1;
    this.current = element ? id : null;
    element?.classList.add("is-current");
    const entry = element ?? this.rows[this.rows.length - 1]?.element;
    if (entry) entry.tabIndex = 0;
    this.onCurrent(this.current);
  }

  /** @param {string} id */
  focusLine(id) {
    const line = this.store.line(id);
    if (line && !this.byId.has(id)) this.steadily(() => this.place(line)); // older than what is drawn
    const element = this.byId.get(id)?.element;
    if (!element) return;
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "nearest" });
  }

  /**
   * Moves the cursor by so many lines; from nowhere, to the newest line.
   * @param {number} by
   */
  move(by) {
    const row = this.current ? this.byId.get(this.current) : undefined;
    const from = row ? this.placeOf(row.line) + by : this.rows.length - 1;
    const to = this.rows[Math.max(0, Math.min(this.rows.length - 1, from))];
    if (to) this.focusLine(to.line.id);
  }

  last() {
    return this.rows[this.rows.length - 1]?.line ?? null;
  }
}

/** @param {() => void} work */
function idle(work) {
  if ("requestIdleCallback" in window) window.requestIdleCallback(work);
  else setTimeout(work, 16);
}
