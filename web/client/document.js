/**
 * The session's document as the browser reads it: the names of `schemas/document.py`, and readers
 * that turn its values into plain frozen objects.
 */

import * as Y from "yjs";

export const VERSION = 1;

export const META = "meta";
export const AGENDA = "agenda";
export const LINES = "lines";
export const BOARD = "board";
export const MARKS = "marks";
export const ANNOTATIONS = "annotations";

/** Written by the server alone. */
export const SERVER_ROOTS = [META, AGENDA, LINES, BOARD, MARKS];
/** Written by people alone. */
export const PEOPLE_ROOTS = [ANNOTATIONS];
/** The source of a line that its unit took back. */
export const WITHDRAWN = "withdrawn";

// prettier-ignore
export const LINE_KEYS = /** @type {const} */ ([
  "at", "text", "language", "source", "speaker", "person", "unit", "presumed",
  "track", "start", "end", "confidence", "revision", "step", "edits",
]);
// prettier-ignore
export const BOARD_KEYS = /** @type {const} */ ([
  "kind", "state", "draft", "grounds", "number", "text", "affected", "tally", "shown",
  "objections", "stale", "entry", "at", "outcome", "divided", "hidden", "claim",
]);
// prettier-ignore
export const ANNOTATION_KEYS = /** @type {const} */ ([
  "author", "voice", "kind", "targets", "at", "wording", "thread", "opened", "withdrawn",
]);

export const MAX_TARGETS = 50;
export const MAX_WORDING_CHARACTERS = 4_000;
export const MAX_ANNOTATIONS = 25_000;

/**
 * @typedef {object} Line
 * @property {string} id
 * @property {number} at seconds of session time
 * @property {string} text
 * @property {string} language
 * @property {"spoken" | "typed" | "stenographed" | "imported" | "gap" | "withdrawn"} source
 * @property {string} speaker
 * @property {string | null} person
 * @property {string | null} unit
 * @property {boolean} presumed
 * @property {string | null} track
 * @property {number | null} start seconds on the track's clock
 * @property {number | null} end
 * @property {number | null} confidence
 * @property {number} revision
 * @property {string | null} step
 * @property {ReadonlyArray<import("./anchor-moves.js").Edit>} [edits] one for each earlier revision
 */

/**
 * A place in one revision of a line: code points, start included, end excluded or null for all.
 * As the store gives it, in the line's newest revision; isLost: its words are gone from the line.
 * @typedef {{line: string, revision: number, start: number, end: number | null,
 *   quote: string, isLost?: boolean}} Target
 */

/** @typedef {{name: string, person: string | null, unit: string | null}} Voice */
/** @typedef {"problem" | "cause" | "consequence" | "solution" | "example" | "memo"} Kind */
/** @typedef {{id: string, author: string, text: string, at: number}} Reply */

/**
 * @typedef {object} Annotation
 * @property {string} id
 * @property {string} author person id
 * @property {Voice} voice
 * @property {Kind} kind
 * @property {readonly Target[]} targets
 * @property {number} at milliseconds since 1970 by the author's clock
 * @property {string} text the wording as it stands
 * @property {Y.Text} wording
 * @property {readonly Reply[]} thread oldest first
 * @property {boolean} opened
 * @property {boolean} withdrawn
 */

/**
 * @typedef {object} Proposal
 * @property {string} id
 * @property {Kind} kind
 * @property {string} state
 * @property {string} draft annotation id of the opened wording
 * @property {readonly string[]} grounds annotation ids
 * @property {number} number of the last wording put, 0 before the first
 * @property {string} text of that wording
 * @property {readonly string[]} affected unit ids
 * @property {{agree: number, live_with: number, object: number, abstain: number,
 *   waiting: number, heard: number}} tally counts of units
 * @property {ReadonlyArray<{unit: string, stance: string, spoken: boolean, written?: boolean}> | null} shown
 * @property {readonly string[]} objections reasons without names
 * @property {boolean} stale the draft was edited since the last wording
 * @property {string | null} entry
 * @property {number} at
 * @property {{reason: string, unit: string | null, question: string} | null} outcome
 * @property {readonly string[]} divided units whose people differ
 * @property {boolean} hidden positions are hidden until they are revealed
 * @property {{person: string, name: string, until: number} | null} claim who of the moderators works on it
 */

/** Units that said "we too" and "not so" to a note. @typedef {{too: number, not: number}} Marks */

/**
 * What is prepared for a step; `detail` is null where nothing is.
 * @typedef {{system: string, data_in: string, data_out: string, hand_over: string | null,
 *   probes: readonly string[], minutes: number}} StepDetail
 * @typedef {{id: string, order: number, title: {en: string, zh: string}, actor: string | null,
 *   detail?: StepDetail | null, progress?: Progress | null}} Step
 */

/**
 * What the room made of a step, see schemas/conduct.py; null until it made something of it.
 * @typedef {{spent: number, extra: number,
 *   walk: Readonly<Record<string, {ending: "success" | "failure", text: string}>>,
 *   asked: ReadonlyArray<{probe: number | null, at: number, line: string}>}} Progress
 * @typedef {{since: number, until: number, line: string, about: string}} Quiet
 * @typedef {{order: readonly string[], turn: string | null, heard: readonly string[],
 *   skipped: readonly string[]}} Round
 */

/**
 * @param {string} id
 * @param {any} json value of the root `lines`
 * @returns {Line}
 */
export function readLine(id, json) {
  return Object.freeze({ id, ...json });
}

/**
 * @param {string} id
 * @param {any} json value of the root `board`
 * @returns {Proposal}
 */
export function readProposal(id, json) {
  return Object.freeze({ id, ...json });
}

/**
 * @param {string} id
 * @param {any} json value of the root `agenda`
 * @returns {Step}
 */
export function readStep(id, json) {
  return Object.freeze({ id, ...json });
}

/**
 * The annotation as it stands, or null while it is not whole: the shape of what other people
 * wrote is the server's to check, but a page must not break on it.
 *
 * @param {string} id
 * @param {unknown} ymap value of the root `annotations`
 * @returns {Annotation | null}
 */
export function readAnnotation(id, ymap) {
  if (!(ymap instanceof Y.Map)) return null;
  const wording = ymap.get("wording");
  const targets = ymap.get("targets");
  const voice = ymap.get("voice");
  if (!(wording instanceof Y.Text) || !Array.isArray(targets) || !voice) return null;
  return Object.freeze({
    id,
    author: ymap.get("author"),
    voice,
    kind: ymap.get("kind"),
    targets,
    at: ymap.get("at"),
    text: wording.toString(),
    wording,
    thread: readThread(ymap.get("thread")),
    opened: ymap.get("opened") === true,
    withdrawn: ymap.get("withdrawn") === true,
  });
}

/**
 * @param {unknown} thread
 * @returns {readonly Reply[]}
 */
function readThread(thread) {
  if (!(thread instanceof Y.Map)) return [];
  const replies = Array.from(thread, ([id, reply]) => Object.freeze({ id, ...reply }));
  return replies.sort(byTime);
}

/**
 * The order of lines, annotations and replies: time, then id.
 *
 * @param {{at: number, id: string}} a
 * @param {{at: number, id: string}} b
 */
export function byTime(a, b) {
  return a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
