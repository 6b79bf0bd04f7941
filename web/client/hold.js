/**
 * Keeps the page still under the reader while it changes.
 *
 * The line being read is the one that has the cursor, or that a note is being written on;
 * without one it is the first line in view. Its top stays where it was, to the pixel.
 * (A browser's own scroll anchoring picks the first visible element instead, and moved the
 * line being read by 44 px in our trial.)
 */

import { firstWhere } from "./ordered.js";

/** Nearer to the end than this counts as being at the end. */
export const END_SLACK_PIXELS = 32;

/**
 * @param {{scrollTop: number, scrollHeight: number, clientHeight: number}} box
 */
export function isAtEnd(box) {
  return box.scrollHeight - box.clientHeight - box.scrollTop <= END_SLACK_PIXELS;
}

/**
 * How far to scroll so that an element whose top went from `before` to `after` stands still.
 *
 * @param {number} before
 * @param {number} after
 */
export function correction(before, after) {
  return after - before;
}

/**
 * The first of `boxes` (in order, tops ascending) that reaches below `top`; by bisection, since
 * a session has thousands of lines.
 *
 * @template {{getBoundingClientRect(): {bottom: number}}} Box
 * @param {ArrayLike<Box>} boxes
 * @param {number} top
 * @returns {Box | null}
 */
export function firstBelow(boxes, top) {
  return boxes[firstWhere(boxes, (box) => box.getBoundingClientRect().bottom > top)] ?? null;
}

/**
 * Applies `change` and puts `anchor` back where it was.
 *
 * Browsers scroll by whole pixels while boxes end on fractions of one; what is left over comes
 * back as the residue and is made good the next time, so that it never adds up.
 *
 * @param {HTMLElement} scroller
 * @param {Element | null} anchor
 * @param {() => void} change
 * @param {number} [residue] how far the anchor stands off from an earlier hold
 * @returns {number} the residue now
 */
export function hold(scroller, anchor, change, residue = 0) {
  if (!anchor) {
    change();
    return 0;
  }
  const before = anchor.getBoundingClientRect().top - residue;
  scroller.classList.add("is-held"); // or the browser's own anchoring would correct a second time
  change();
  requestAnimationFrame(() => scroller.classList.remove("is-held"));
  if (!anchor.isConnected) return 0;
  const moved = correction(before, anchor.getBoundingClientRect().top);
  if (Math.abs(moved) >= 1) scroller.scrollTop += Math.round(moved);
  return correction(before, anchor.getBoundingClientRect().top);
}
