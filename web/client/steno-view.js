/**
 * The stenographer's lines, seats and versions, as lit templates.
 */

import { html, nothing } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import { continues, timecode } from "./grouping.js";

/** @typedef {import("./document.js").Line} Line */
/** @typedef {import("./messages.js").Say} Say */
/** @typedef {{begin: (line: Line) => void}} Desk */

/**
 * @param {readonly Line[]} lines
 * @param {{id: string} | null} editing
 * @param {Say} say
 * @param {Desk} desk
 */
export function lineRows(lines, editing, say, desk) {
  return repeat(
    lines,
    (line) => line.id,
    (line, at) => {
      const isNow = line.id === editing?.id;
      const goesOn = continues(lines[at - 1], line);
      return html`<li class="steno-row ${goesOn ? "goes-on" : ""} ${isNow ? "is-current" : ""}" id="line-${line.id}">
        <time>${timecode(line.at)}</time>
        <span class="steno-who">${(goesOn && !isNow) || isGap(line) ? nothing : speaker(line, say)}</span>
        ${isNow ? field(line, say) : words(line, say, desk)}
      </li>`;
    },
  );
}

/**
 * @param {Line} line
 * @param {Say} say
 */
function speaker(line, say) {
  const name = line.speaker || say("speaker_unknown");
  return line.presumed
    ? html`${name}<span aria-hidden="true">&nbsp;?</span><span class="hidden-label"> ${say("presumed")}</span>`
    : name;
}

/**
 * @param {Line} line
 * @param {Say} say
 */
function field(line, say) {
  const label = say("steno_correct", {
    name: line.speaker || say("speaker_unknown"),
    time: timecode(line.at),
  });
  return html`<span class="steno-edit">
    <textarea id="steno-line" rows="2" lang=${line.language} aria-label=${label}
      aria-describedby="steno-edit-hint"></textarea>
    <span class="hint" id="steno-edit-hint">${say("steno_edit_hint")}</span>
  </span>`;
}

/**
 * @param {Line} line
 * @param {Say} say
 * @param {Desk} desk
 */
function words(line, say, desk) {
  if (isGap(line)) return html`<span class="steno-gap">${line.text}</span>`;
  const isDoubtful = line.confidence !== null && line.confidence < 0.6 && line.revision === 0;
  return html`<button type="button" class="steno-text ${isDoubtful ? "is-doubtful" : ""}" lang=${line.language}
    @click=${() => desk.begin(line)}>${line.text}${line.revision > 0
      ? html` <small>${say("steno_corrected")}</small>`
      : nothing}</button>`;
}

/**
 * Whether nothing of it can be corrected: a stretch off the record, or what a unit withdrew.
 * @param {Line} line
 */
export function isGap({ source }) {
  return source === "gap" || source === "withdrawn";
}

/**
 * @param {ReadonlyArray<{id: string, name: string}>} people
 * @param {string | null} chosen
 * @param {Say} say
 * @param {(id: string) => void} choose
 */
export function seatRows(people, chosen, say, choose) {
  return people.map(
    ({ id, name }, at) => html`<li>
      <button type="button" aria-pressed=${id === chosen} aria-keyshortcuts="F${at + 1}"
        aria-label=${say("steno_seat", { key: `F${at + 1}`, name })} @click=${() => choose(id)}>
        <kbd>F${at + 1}</kbd> <span>${name}</span>
      </button>
    </li>`,
  );
}

/**
 * @param {ReadonlyArray<{revision: number, text: string, by: string}>} versions
 * @param {Say} say
 */
export function versionRows(versions, say) {
  return html`<h2 class="pane-part">${say("steno_versions")}</h2>
    <ol class="steno-versions">
      ${[...versions].reverse().map(
        ({ text, by }) => html`<li><span>${text || "—"}</span> <small>${by || say("steno_by_ear")}</small></li>`,
      )}
    </ol>`;
}
