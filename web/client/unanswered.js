/**
 * The newest notes of other units that the own unit has not answered, beside the wordings.
 */

import { html, render } from "lit-html";
import { GLYPHS } from "./kinds.js";

/** @typedef {import("./document.js").Annotation} Annotation */

/** So many notes of others are offered beside the wordings, the newest first. */
const MOST_ECHOES = 4;

/**
 * On a phone they stand above the transcript's tab, where one thumb reaches them.
 *
 * @param {HTMLElement} place
 * @param {import("./store.js").Store} store
 * @param {import("./marks.js").Marks} marks
 * @param {(id: string) => boolean} isDraft
 * @returns {() => void} draws it again
 */
export function showUnanswered(place, store, marks, isDraft) {
  const { say, directory } = marks.ports;
  /** @type {Set<string>} answered while it stood here: it stays until the next note comes */
  let standing = new Set();
  let newest = "";
  return () => {
    if (!marks.ports.may()) {
      place.hidden = true;
      return;
    }
    const offered = newestFirst(store, (note) => !note.withdrawn && !isDraft(note.id) && marks.mayMark(note));
    /** @type {Annotation[]} */
    const shown = [];
    let isFirst = true;
    for (const note of offered) {
      if (isFirst && note.id !== newest) {
        newest = note.id;
        standing = new Set();
      }
      isFirst = false;
      if (!marks.mine.has(note.id) || standing.has(note.id)) shown.push(note);
      if (shown.length === MOST_ECHOES) break;
    }
    standing = new Set(shown.map((note) => note.id));
    place.hidden = shown.length === 0;
    render(
      html`<h2 class="pane-title">${say("echoes")}</h2>
        <ul class="notes">
          ${shown.map(
            (note) => html`<li class="note" data-kind=${note.kind}>
              <span class="note-kind"
                ><span aria-hidden="true">${GLYPHS[note.kind]}</span> ${say(note.kind)}</span>
              <span class="note-main">
                <span class="note-text">${note.text}</span>
                <span class="note-meta"
                  ><span>${[note.voice.name, directory.unit(note.voice.unit)].filter(Boolean).join(" · ")}</span>
                  ${marks.view(note)}</span>
              </span>
            </li>`,
          )}
        </ul>`,
      place,
    );
  };
}

/**
 * @param {import("./store.js").Store} store
 * @param {(note: Annotation) => boolean} isOffered
 */
function* newestFirst(store, isOffered) {
  const notes = store.annotations();
  for (let at = notes.length - 1; at >= 0; at -= 1) {
    const note = /** @type {Annotation} */ (notes[at]);
    if (isOffered(note)) yield note;
  }
}
