/** The notes that wait for the moderator's signal, under the note box. */

import { html, nothing, render } from "lit-html";
import { GLYPHS } from "./kinds.js";

/**
 * @param {HTMLElement} place
 * @param {import("./messages.js").Say} say
 * @param {readonly import("./composer.js").Note[]} notes
 * @param {(id: string) => void} drop
 */
export function showReady(place, say, notes, drop) {
  place.hidden = notes.length === 0;
  const item = (/** @type {import("./composer.js").Note} */ { id, kind, text }) => html`<li data-kind=${kind}>
    <span class="note-kind"><span aria-hidden="true">${kind === "say" ? "" : GLYPHS[kind]}</span> ${say(kind)}</span>
    <span>${text}</span>
    <button type="button" class="quiet" @click=${() => drop(id)}>${say("ready_drop")}<span class="hidden-label"> ${text}</span></button>
  </li>`;
  render(
    notes.length ? html`<p>${say("ready_wait", { n: notes.length })}</p><ul>${notes.map(item)}</ul>` : nothing,
    place,
  );
}
