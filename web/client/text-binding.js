/**
 * A textarea and a shared text, kept the same.
 *
 * What the person types goes into the text as the smallest edit; what others type comes into the
 * textarea without moving the caret off its place. While an input method composes, the textarea is
 * the person's alone: others' edits are gathered and merged in when the composition ends. No edit
 * ever splits a surrogate pair: half a character would differ from replica to replica for good.
 */

/** @typedef {{index: number, removed: number, inserted: string}} Edit in UTF-16 units */
/** @typedef {import("yjs").YTextEvent["delta"]} Delta as Yjs reports it */

/**
 * Binds until the returned function is called.
 *
 * @param {HTMLTextAreaElement} textarea
 * @param {import("yjs").Text} ytext
 * @returns {() => void}
 */
export function bindText(textarea, ytext) {
  const binding = new Binding(textarea, ytext);
  return () => binding.stop();
}

class Binding {
  /**
   * @param {HTMLTextAreaElement} textarea
   * @param {import("yjs").Text} ytext
   */
  constructor(textarea, ytext) {
    this.textarea = textarea;
    this.ytext = ytext;
    /** The text both had when they were last the same. */
    this.common = ytext.toString();
    this.composing = false;
    /** What others did since. @type {Delta[]} */
    this.remote = [];
    textarea.value = this.common;
    this.onInput = (/** @type {Event} */ event) => {
      if (!this.composing && !(/** @type {InputEvent} */ (event).isComposing)) this.push();
    };
    this.onStart = () => {
      this.push();
      this.composing = true;
    };
    this.onEnd = () => {
      this.composing = false;
      this.push();
    };
    this.onText = (/** @type {import("yjs").YTextEvent} */ event) => {
      if (event.transaction.origin === this) return;
      this.remote.push(event.delta);
      if (!this.composing) this.pull();
    };
    textarea.addEventListener("input", this.onInput);
    textarea.addEventListener("compositionstart", this.onStart);
    textarea.addEventListener("compositionend", this.onEnd);
    ytext.observe(this.onText);
  }

  stop() {
    if (this.composing) this.onEnd();
    this.textarea.removeEventListener("input", this.onInput);
    this.textarea.removeEventListener("compositionstart", this.onStart);
    this.textarea.removeEventListener("compositionend", this.onEnd);
    this.ytext.unobserve(this.onText);
  }

  /** The person's edit into the shared text, at the place where others have since moved it. */
  push() {
    const { value, selectionStart } = this.textarea;
    const edit = difference(this.common, value, selectionStart);
    const { remote } = this;
    this.remote = [];
    if (edit === null) {
      this.common = value;
      if (remote.length > 0) this.show(moved(selectionStart, remote), moved(selectionStart, remote));
      return;
    }
    const place = moved(edit.index, remote);
    this.ytext.doc?.transact(() => {
      if (remote.length === 0) this.ytext.delete(edit.index, edit.removed);
      else this.deleteOwn(edit, remote);
      if (edit.inserted !== "") this.ytext.insert(place, edit.inserted);
    }, this);
    this.common = value;
    if (remote.length === 0) return;
    const caret = place + Math.max(0, selectionStart - edit.index);
    this.show(caret, caret);
  }

  /**
   * Deletes what the person saw and deleted, one by one from the back: others may have put text
   * between, which stays.
   *
   * @param {Edit} edit
   * @param {Delta[]} remote
   */
  deleteOwn({ index, removed }, remote) {
    for (let n = index + removed - 1; n >= index; n -= 1) {
      if (survives(n, remote)) this.ytext.delete(moved(n + 1, remote) - 1, 1);
    }
  }

  /** Others' edits into the textarea. */
  pull() {
    const { selectionStart, selectionEnd } = this.textarea;
    const { remote } = this;
    this.remote = [];
    this.show(moved(selectionStart, remote), moved(selectionEnd, remote));
  }

  /**
   * @param {number} start
   * @param {number} end
   */
  show(start, end) {
    const { textarea } = this;
    this.common = this.ytext.toString();
    if (textarea.value === this.common) return;
    const { scrollTop } = textarea;
    textarea.value = this.common;
    textarea.scrollTop = scrollTop;
    // Safari gives the focus to whatever gets a selection
    if (textarea.ownerDocument.activeElement === textarea) textarea.setSelectionRange(start, end);
  }
}

/**
 * The smallest single edit that makes `after` of `before`, or null. Among equal ones (a letter typed
 * into a run of the same letter) the one that ends at the caret.
 *
 * @param {string} before
 * @param {string} after
 * @param {number} caret in `after`
 * @returns {Edit | null}
 */
export function difference(before, after, caret) {
  if (before === after) return null;
  const most = Math.min(before.length, after.length);
  const tailMost = Math.min(most, after.length - Math.min(caret, after.length));
  const same = (/** @type {number} */ n) => before.charAt(before.length - 1 - n) === after.charAt(after.length - 1 - n);
  let tail = 0;
  while (tail < tailMost && same(tail)) tail += 1;
  let head = 0;
  while (head < most - tail && before.charAt(head) === after.charAt(head)) head += 1;
  while (tail < most - head && same(tail)) tail += 1;
  if (isLow(before, before.length - tail) || isLow(after, after.length - tail)) tail -= 1;
  if (isLow(before, head) || isLow(after, head)) head -= 1;
  return {
    index: head,
    removed: before.length - tail - head,
    inserted: after.slice(head, after.length - tail),
  };
}

/**
 * Whether a cut at `index` would split a surrogate pair.
 *
 * @param {string} text
 * @param {number} index
 */
function isLow(text, index) {
  const unit = text.charCodeAt(index);
  const before = text.charCodeAt(index - 1);
  return unit >= 0xdc00 && unit <= 0xdfff && before >= 0xd800 && before <= 0xdbff;
}

/**
 * Where a place between two characters is after `deltas`; text put in at the place goes after it.
 *
 * @param {number} index
 * @param {Delta[]} deltas
 */
export function moved(index, deltas) {
  return deltas.reduce((place, delta) => {
    let read = 0;
    let now = place;
    for (const { retain = 0, insert, delete: removed = 0 } of delta) {
      if (read >= place) break;
      if (typeof insert === "string") now += insert.length;
      now -= Math.min(removed, place - read);
      read += retain + removed;
    }
    return now;
  }, index);
}

/**
 * Whether the character at `index` is still there after `deltas`.
 *
 * @param {number} index
 * @param {Delta[]} deltas
 */
function survives(index, deltas) {
  let place = index;
  for (const delta of deltas) {
    let read = 0;
    for (const { retain = 0, delete: removed = 0 } of delta) {
      if (place >= read + retain && place < read + retain + removed) return false;
      read += retain + removed;
    }
    place = moved(place + 1, [delta]) - 1;
  }
  return true;
}
