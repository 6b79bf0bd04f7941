/**
 * Edits of a text as numbers: what was typed, and where a place is after others' edits.
 */

/** @typedef {{index: number, removed: number, inserted: string}} Edit in UTF-16 units */
/** @typedef {import("yjs").YTextEvent["delta"]} Delta as Yjs reports it */

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
  const same = (/** @type {number} */ fromEnd) =>
    before.charAt(before.length - 1 - fromEnd) === after.charAt(after.length - 1 - fromEnd);
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
export function survives(index, deltas) {
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
