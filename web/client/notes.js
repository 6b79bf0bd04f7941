/**
 * From a note in the box to the document, and from notes to a proposal.
 */

import { add, withdraw } from "./annotations.js";
import { ANNOTATIONS, MAX_TARGETS } from "./document.js";

/** @typedef {import("./document.js").Target} Target */
/** @typedef {import("./document.js").Annotation} Annotation */
/** @typedef {import("./commands.js").Outcome} Outcome */
/** @typedef {(path: string, body?: Record<string, unknown>) => Promise<Outcome>} Send */

/**
 * Every place that the notes are about, once.
 * @param {readonly Annotation[]} notes
 * @returns {Target[]}
 */
export function targetsOf(notes) {
  /** @type {Map<string, Target>} */
  const places = new Map();
  for (const { targets } of notes) {
    for (const target of targets) {
      places.set(`${target.line} ${target.start} ${target.end}`, target);
    }
  }
  return [...places.values()].slice(0, MAX_TARGETS);
}

/**
 * Units whose statements the notes are: those the consent rule will ask.
 * @param {readonly Annotation[]} notes
 */
export function affectedBy(notes) {
  return [...new Set(notes.flatMap((note) => note.voice.unit ?? []))];
}

/**
 * The units that act in the steps that the notes are about; a note may name no voice's unit.
 * @param {readonly Annotation[]} notes
 * @param {import("./store.js").Store} store
 * @returns {string[]}
 */
export function actingIn(notes, store) {
  const steps = new Map(store.agenda().map((step) => [step.id, step.actor]));
  const lines = notes.flatMap((note) => note.targets.map((target) => store.line(target.line)));
  return lines.flatMap((line) => steps.get(line?.step ?? "") || []);
}

/** @param {readonly Annotation[]} notes */
const joined = (notes) => notes.map((note) => note.text.trim()).join("\n");

/**
 * Puts notes to the room: an opened draft in the document, then the command that names it. The
 * command goes out once the draft is on the server; refused, the draft is taken back.
 *
 * @param {import("./sync.js").Connection} connection
 * @param {import("./boot.js").Boot} boot
 * @param {import("./store.js").Store} store
 * @param {readonly Annotation[]} notes at least one
 * @param {Send} send
 * @returns {Promise<Outcome>}
 */
export async function propose(connection, boot, store, notes, send) {
  const first = /** @type {Annotation} */ (notes[0]);
  const draft = add(connection.doc(), {
    author: boot.me.id,
    voice: first.voice,
    kind: first.kind,
    targets: targetsOf(notes),
    text: joined(notes),
    opened: true,
  });
  await saved(connection);
  const grounds = notes.map((note) => note.id);
  const affected = [...new Set([...affectedBy(notes), ...actingIn(notes, store)])];
  const body = { draft, grounds, kind: first.kind, affected };
  const outcome = await send(`/api/sessions/${boot.session.id}/proposals`, body);
  if (!outcome.ok) takeBack(connection, draft);
  return outcome;
}

/**
 * Divides a wording: a second draft that begins with the same text, on the same notes.
 *
 * @param {import("./sync.js").Connection} connection
 * @param {import("./boot.js").Boot} boot
 * @param {import("./store.js").Store} store
 * @param {import("./document.js").Proposal} proposal
 * @param {Send} send
 * @returns {Promise<Outcome | null>} null where its draft has gone
 */
export async function split(connection, boot, store, proposal, send) {
  const whole = store.annotation(proposal.draft);
  if (!whole) return null;
  const { voice, targets } = whole;
  const { kind } = proposal;
  const author = boot.me.id;
  const text = whole.text.trim() || proposal.text;
  const draft = add(connection.doc(), { author, voice, kind, targets: [...targets], text, opened: true });
  await saved(connection);
  const body = { draft, grounds: [], kind, affected: [], split: proposal.id };
  const outcome = await send(`/api/sessions/${boot.session.id}/proposals`, body);
  if (!outcome.ok) takeBack(connection, draft);
  return outcome;
}

/**
 * Takes up a wording of an earlier session: a draft that begins with it, on a line of this one.
 *
 * @param {import("./sync.js").Connection} connection
 * @param {import("./boot.js").Boot} boot
 * @param {import("./store.js").Store} store
 * @param {import("./document.js").Proposal} proposal
 * @param {{reason: string, line: string}} why
 * @param {Send} send
 * @returns {Promise<Outcome>}
 */
export async function resume(connection, boot, store, proposal, { reason, line }, send) {
  const { revision } = store.line(line) ?? { revision: 0 };
  const draft = add(connection.doc(), {
    author: boot.me.id,
    voice: { name: "", person: null, unit: null },
    kind: proposal.kind,
    targets: [{ line, revision, start: 0, end: null, quote: "" }],
    text: proposal.text,
    opened: true,
  });
  await saved(connection);
  const outcome = await send(`/api/proposals/${proposal.id}/reopen`, { reason, draft });
  if (!outcome.ok) takeBack(connection, draft);
  return outcome;
}

/**
 * Withdraws a draft that no wording came of, unless the document has lost it already: the server may
 * not have taken it, or a redaction begun the document anew.
 *
 * @param {import("./sync.js").Connection} connection
 * @param {string} draft
 */
function takeBack(connection, draft) {
  const doc = connection.doc();
  if (doc.getMap(ANNOTATIONS).has(draft)) withdraw(doc, draft);
}

/**
 * Resolves once everything written so far is on the server.
 * @param {import("./sync.js").Connection} connection
 * @returns {Promise<void>}
 */
function saved(connection) {
  return new Promise((resolve) => {
    const isSaved = () => connection.state().saved && connection.state().unsaved === 0;
    if (isSaved()) return resolve();
    const stop = connection.onState(() => {
      if (!isSaved()) return;
      stop();
      resolve();
    });
  });
}
