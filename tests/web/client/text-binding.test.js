import assert from "node:assert/strict";
import { test } from "node:test";
import * as Y from "yjs";
import { bindText } from "../../../web/client/annotations.js";
import { difference, moved } from "../../../web/client/text-edits.js";

/** As much of a textarea as the binding uses. */
class Textarea extends EventTarget {
  constructor() {
    super();
    this.value = "";
    this.selectionStart = 0;
    this.selectionEnd = 0;
    this.scrollTop = 0;
    this.ownerDocument = { activeElement: this };
  }
  setSelectionRange(start, end) {
    this.selectionStart = start;
    this.selectionEnd = end;
  }
  /** The person puts `text` in place of what is selected. */
  type(text) {
    const { selectionStart: start, selectionEnd: end, value } = this;
    this.value = value.slice(0, start) + text + value.slice(end);
    this.setSelectionRange(start + text.length, start + text.length);
    this.dispatchEvent(new Event("input"));
  }
  compose(text) {
    this.dispatchEvent(new Event("compositionstart"));
    return {
      shows: (interim) => {
        const { selectionStart: start, value } = this;
        this.value = value.slice(0, start) + interim + value.slice(start + (this.interim ?? 0));
        this.interim = interim.length;
        this.dispatchEvent(Object.assign(new Event("input"), { isComposing: true }));
      },
      ends: () => {
        const { selectionStart: start, value } = this;
        this.value = value.slice(0, start) + text + value.slice(start + (this.interim ?? 0));
        this.interim = 0;
        this.setSelectionRange(start + text.length, start + text.length);
        this.dispatchEvent(new Event("compositionend"));
        this.dispatchEvent(new Event("input"));
      },
    };
  }
}

function bound(text = "") {
  const [ours, theirs] = [new Y.Doc(), new Y.Doc()];
  const ytext = ours.getText("wording");
  ytext.insert(0, text);
  Y.applyUpdate(theirs, Y.encodeStateAsUpdate(ours));
  const other = theirs.getText("wording");
  const textarea = new Textarea();
  const stop = bindText(textarea, ytext);
  const level = () => {
    Y.applyUpdate(theirs, Y.encodeStateAsUpdate(ours));
    Y.applyUpdate(ours, Y.encodeStateAsUpdate(theirs));
    assert.equal(ytext.toString(), other.toString());
    assert.equal(textarea.value, ytext.toString());
    return textarea.value;
  };
  const hear = () => Y.applyUpdate(ours, Y.encodeStateAsUpdate(theirs));
  return { textarea, ytext, other, stop, level, hear };
}

test("typing becomes the smallest edit", () => {
  const { textarea, ytext, level } = bound("two lists");
  const deltas = [];
  ytext.observe(({ delta }) => deltas.push(delta));

  textarea.setSelectionRange(4, 9);
  textarea.type("papers");

  assert.deepEqual(deltas, [[{ retain: 4 }, { delete: 4 }, { insert: "paper" }]]);
  assert.equal(level(), "two papers");
});

test("what others type does not move the caret off its place", () => {
  const { textarea, other, hear } = bound("two lists");
  textarea.setSelectionRange(4, 4);

  other.insert(0, "the ");
  other.insert(13, "!");
  hear();

  assert.equal(textarea.value, "the two lists!");
  assert.equal(textarea.selectionStart, 8);
});

test("nothing is written to the textarea while an input method composes", () => {
  const { textarea, ytext, other, level, hear } = bound("清单");
  textarea.setSelectionRange(2, 2);
  const composition = textarea.compose("不一样");
  composition.shows("bu");

  other.insert(0, "两个");
  hear();
  const during = [textarea.value, ytext.toString()];
  composition.shows("bu yi");
  composition.ends();

  assert.deepEqual(during, ["清单bu", "两个清单"]);
  assert.equal(level(), "两个清单不一样");
  assert.equal(textarea.selectionStart, 7);
});

test("a selection replaced by composing leaves what others put into it", () => {
  const { textarea, other, level, hear } = bound("abcdef");
  textarea.setSelectionRange(1, 5);
  textarea.dispatchEvent(new Event("compositionstart"));
  other.insert(3, "XY");
  other.delete(0, 1);
  hear();

  textarea.value = "a中f";
  textarea.setSelectionRange(2, 2);
  textarea.dispatchEvent(new Event("compositionend"));

  assert.equal(level(), "中XYf");
});

test("a character outside the basic plane is never cut in two", () => {
  const { textarea, ytext, level } = bound("a😀b");
  const deltas = [];
  ytext.observe(({ delta }) => deltas.push(delta));

  textarea.setSelectionRange(1, 3);
  textarea.type("😁");

  assert.deepEqual(deltas, [[{ retain: 1 }, { delete: 2 }, { insert: "😁" }]]);
  assert.equal(level(), "a😁b");
});

test("when it is stopped both go their ways", () => {
  const { textarea, ytext, stop } = bound("a");

  stop();
  textarea.type("b");
  ytext.insert(1, "c");

  assert.equal(textarea.value, "ba");
  assert.equal(ytext.toString(), "ac");
});

test("any two people typing anything end up with the same text", () => {
  let seed = 42;
  const random = (below) => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % below;
  for (let round = 0; round < 200; round += 1) {
    const { textarea, other, level, hear } = bound("ab😀中文cd");
    for (let step = 0; step < 6; step += 1) {
      const points = Array.from(textarea.value);
      const at = (n) => points.slice(0, n).join("").length;
      const [from, to] = [random(points.length + 1), random(points.length + 1)].sort((a, b) => a - b);
      textarea.setSelectionRange(at(from), at(to));
      textarea.type(["x", "😁", "中", ""][random(4)]);
      const theirs = Array.from(other.toString());
      const place = random(theirs.length + 1);
      const offset = theirs.slice(0, place).join("").length;
      if (random(2) === 0) other.insert(offset, ["y", "🙂"][random(2)]);
      else if (place < theirs.length) other.delete(offset, theirs[place].length);
      if (random(2) === 0) hear();
    }
    assert.ok(!level().includes("\ufffd"));
  }
});

test("a repeated letter is taken to have been typed at the caret", () => {
  assert.deepEqual(difference("aaa", "aaaa", 2), { index: 1, removed: 0, inserted: "a" });
  assert.deepEqual(difference("aaa", "aa", 1), { index: 1, removed: 1, inserted: "" });
  assert.equal(difference("same", "same", 2), null);
});

test("places move with the text around them", () => {
  assert.equal(moved(3, [[{ insert: "ab" }]]), 5);
  assert.equal(moved(3, [[{ retain: 1 }, { delete: 4 }]]), 1);
  assert.equal(moved(3, [[{ retain: 3 }, { insert: "x" }]]), 3);
  assert.equal(moved(0, [[{ insert: "x" }]]), 0);
});
