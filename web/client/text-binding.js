/**
 * A textarea and a shared text, kept the same.
 *
 * What the person types goes into the text as the smallest edit; what others type comes into the
 * textarea without moving the caret off its place. While an input method composes, the textarea is
 * the person's alone: others' edits are gathered and merged in when the composition ends. No edit
 * ever splits a surrogate pair: half a character would differ from replica to replica for good.
 */

import { difference, moved, survives } from "./text-edits.js";

/** @typedef {import("./text-edits.js").Edit} Edit */
/** @typedef {import("./text-edits.js").Delta} Delta */

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
