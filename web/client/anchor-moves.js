/**
 * Where an anchor stands after the text under it was corrected, split, joined or heard again.
 * The same function as server/domain/anchors.py, which says more; a test holds one to the other.
 */

/**
 * Kept code points: [first, last (excluded), where they stand now, in which other line, of which
 * revision].
 * @typedef {readonly [number, number, number, string | null, number]} Kept
 * @typedef {readonly Kept[]} Edit
 * @typedef {{line: string, start: number, end: number | null}} Place
 */

const MOST_MOVES = 1000;

/**
 * Where an anchor into an earlier revision is shown now; null if its line is gone.
 *
 * @param {Place & {revision: number}} target
 * @param {(line: string) => readonly Edit[] | null} editsOf one for each earlier revision
 * @returns {(Place & {isLost: boolean}) | null} isLost: the words are gone, the whole line is shown
 */
export function resolve(target, editsOf) {
  /** @type {Place} */
  let place = { line: target.line, start: target.start, end: target.end };
  let { revision } = target;
  let isLost = false;
  for (let moves = 0; moves < MOST_MOVES; moves += 1) {
    const edits = editsOf(place.line);
    if (edits === null) return null;
    const edit = edits[revision];
    if (edit === undefined) break;
    let next = moved(place, edit);
    if (next === null) {
      isLost = true;
      next = moved({ line: place.line, start: 0, end: null }, edit);
    }
    if (next === null) return null;
    place = next.place;
    revision = next.revision ?? revision + 1;
  }
  return { ...place, isLost };
}

/**
 * @param {Place} place
 * @param {Edit} edit
 * @returns {{place: Place, revision: number | null} | null} revision: of another line
 */
export function moved(place, edit) {
  const { line, start: from, end: until } = place;
  if (until === null) {
    const kept = edit[0];
    if (kept === undefined || edit.some((one) => one[3] === null)) return { place, revision: null };
    const [first, last, to, other, revision] = kept;
    return { place: { line: other ?? line, start: to, end: to + last - first }, revision };
  }
  const home = homeOf(from, until, edit);
  const pieces = edit.filter((one) => one[3] === home);
  if (pieces.length === 0) return null;
  const start = startOf(from, pieces);
  const end = endOf(until, pieces);
  if (end <= start) return null;
  const revision = home === null ? null : /** @type {Kept} */ (pieces[0])[4];
  return { place: { line: home ?? line, start, end }, revision };
}

/**
 * The line that most of the code points went to; of equals the first.
 * @param {number} start
 * @param {number} end
 * @param {Edit} edit
 */
function homeOf(start, end, edit) {
  /** @type {Map<string | null, number>} */
  const weights = new Map();
  for (const [first, last, , line] of edit) {
    const overlap = Math.max(0, Math.min(end, last) - Math.max(start, first));
    weights.set(line, (weights.get(line) ?? 0) + overlap);
  }
  /** @type {string | null} */
  let home = null;
  let most = -1;
  for (const [line, weight] of weights) {
    if (weight > most) [home, most] = [line, weight];
  }
  return home;
}

/**
 * @param {number} at
 * @param {Edit} pieces
 */
function startOf(at, pieces) {
  let before = /** @type {Kept} */ (pieces[0])[2];
  for (const [first, last, to] of pieces) {
    if (at < first) break;
    if (at < last) return to + at - first;
    before = to + last - first;
  }
  return before;
}

/**
 * @param {number} at
 * @param {Edit} pieces
 */
function endOf(at, pieces) {
  const [first, last, to] = /** @type {Kept} */ (pieces[pieces.length - 1]);
  let after = to + last - first;
  for (const [from, until, place] of [...pieces].reverse()) {
    if (at > until) break;
    if (at > from) return place + at - from;
    after = place;
  }
  return after;
}
