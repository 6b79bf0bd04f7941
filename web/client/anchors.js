/**
 * From what the reader selected to an anchor in a line, counted in code points.
 */

/** @typedef {import("./document.js").Target} Target */

/**
 * The part of `text` between two UTF-16 offsets, in code points; the whole line if it is empty.
 *
 * @param {string} text
 * @param {number} from
 * @param {number} to
 * @returns {{start: number, end: number | null, quote: string}}
 */
export function part(text, from, to) {
  const quote = text.slice(from, to);
  if (quote.trim() === "" || quote === text) return { start: 0, end: null, quote: text };
  const start = [...text.slice(0, from)].length;
  return { start, end: start + [...quote].length, quote };
}

/**
 * The anchor of a note on `line`: what is selected in it, else the whole line.
 *
 * @param {{id: string, revision: number, text: string}} line
 * @param {Element | null} textElement the element that shows the line's text and nothing else
 * @param {Selection | null} selection
 * @returns {Target}
 */
export function target(line, textElement, selection) {
  const [from, to] = offsets(textElement, selection);
  return { line: line.id, revision: line.revision, ...part(line.text, from, to) };
}

/**
 * @param {Element | null} element
 * @param {Selection | null} selection
 * @returns {[number, number]}
 */
function offsets(element, selection) {
  if (!element || !selection || selection.rangeCount === 0 || selection.isCollapsed) return [0, 0];
  const range = selection.getRangeAt(0);
  if (!element.contains(range.startContainer) || !element.contains(range.endContainer)) return [0, 0];
  const before = document.createRange();
  before.selectNodeContents(element);
  before.setEnd(range.startContainer, range.startOffset);
  const from = before.toString().length;
  return [from, from + range.toString().length];
}
