/**
 * One line of the transcript with the notes on it, as a lit template.
 */

import { html, nothing } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import { GLYPHS } from "./kinds.js";
import { initials, timecode } from "./grouping.js";

/** @typedef {import("./document.js").Line} Line */
/** @typedef {import("./document.js").Annotation} Annotation */

/**
 * What a line needs of the page. `act` is told what the reader pressed.
 * @typedef {object} LineSurroundings
 * @property {import("./messages.js").Say} say
 * @property {import("./directory.js").Directory} directory
 * @property {() => import("./rights.js").Rights} rights
 * @property {(id: string) => boolean} isChosen
 * @property {(line: string) => boolean} hasDraft
 * @property {(line: string) => boolean} isStriking whether it waits for a second press
 * @property {(note: string) => string | null} proposalOf the proposal that rests on a note
 * @property {(note: Annotation) => unknown} marksView how many units share a note, and the own unit's tap
 * @property {(action: LineAction, id: string) => void} act
 */

/** @typedef {"strike" | "strike-not" | "note" | "confirm" | "withdraw" | "propose" | "choose"} LineAction */

/**
 * @param {Line} line
 * @param {readonly Annotation[]} notes
 * @param {boolean} goesOn whether the speaker's name was given on an earlier line
 * @param {LineSurroundings} around
 */
export function lineView(line, notes, goesOn, around) {
  if (line.source === "gap") return gapView(line);
  if (line.source === "withdrawn") return html`${gapView(line)}${notes.length ? noteList(notes, around) : nothing}`;
  return html`
    <div class="line-side">
      <a class="line-time" href="#line-${line.id}" tabindex="-1"
        ><time>${timecode(line.at)}</time></a
      >
    </div>
    <div class="line-body">
      ${goesOn ? nothing : speaker(line, around)}
      <p class="line-text" lang=${line.language}>${line.text}</p>
      ${notes.length ? noteList(notes, around) : nothing}
      ${around.rights().annotate ? actions(line, around) : nothing}
      ${around.rights().strike(line) ? strikeView(line, around) : nothing}
    </div>
  `;
}

/** A time off the record, or what a unit withdrew: a sentence in its place. @param {Line} line */
const gapView = (line) => html`<p class="line-gap" lang=${line.language}><span>${line.text}</span></p>`;

/**
 * @param {Line} line
 * @param {LineSurroundings} around
 */
function speaker(line, { say, directory, rights, act }) {
  const unit = directory.unit(line.unit);
  return html`<p class="line-speaker">
    <b>${line.speaker || say("speaker_unknown")}</b>${line.presumed
      ? html`<span class="presumed"><span aria-hidden="true">?</span>
          <span class="hidden-label">${say("presumed")}</span></span>`
      : nothing}
    ${unit ? html`<span class="line-unit">${unit}</span>` : nothing}
    ${line.source === "typed" ? html`<span class="line-unit">${say("typed")}</span>` : nothing}
    ${line.presumed && line.person && rights().confirm
      ? html`<button type="button" class="quiet confirm" @click=${() => act("confirm", line.id)}>
          ${say("confirm_speaker")}
        </button>`
      : nothing}
  </p>`;
}

/**
 * @param {Line} line
 * @param {LineSurroundings} around
 */
function actions(line, { say, hasDraft, act }) {
  const label = hasDraft(line.id) ? say("draft_resume") : say("note_add");
  return html`<button type="button" class="quiet note-here ${hasDraft(line.id) ? "has-draft" : ""}"
    @click=${() => act("note", line.id)}>${label}</button>`;
}

/**
 * Asked for once, it asks back in place: a struck line cannot be brought back.
 *
 * @param {Line} line
 * @param {LineSurroundings} around
 */
function strikeView(line, { say, isStriking, act }) {
  if (!isStriking(line.id)) {
    return html`<button type="button" class="quiet strike"
      @click=${() => act("strike", line.id)}>${say("strike")}</button>`;
  }
  return html`<span class="strike-ask"><span>${say("strike_really")}</span>
    <button type="button" class="danger" @click=${() => act("strike", line.id)}>${say("strike_yes")}</button
    ><button type="button" class="quiet" @click=${() => act("strike-not", line.id)}>${say("cancel")}</button></span>`;
}

/**
 * @param {readonly Annotation[]} notes
 * @param {LineSurroundings} around
 */
function noteList(notes, around) {
  return html`<ul class="notes">
    ${repeat(notes, (note) => note.id, (note) => noteView(note, around))}
  </ul>`;
}

/**
 * @param {Annotation} note
 * @param {LineSurroundings} around
 */
function noteView(note, around) {
  const { say, directory, proposalOf } = around;
  const author = directory.name(note.author);
  const unit = directory.unit(note.voice.unit);
  const part = note.targets.find(({ end, quote, isLost }) => (end !== null || isLost) && quote);
  const proposal = proposalOf(note.id);
  return html`<li class="note" data-kind=${note.kind}>
    <span class="note-kind"><span aria-hidden="true">${GLYPHS[note.kind]}</span> ${say(note.kind)}</span>
    <span class="note-main">
      <span class="note-text">${note.text}</span>
      ${part
        ? html`<q class="note-quote">${part.quote}</q>${part.isLost
              ? html` <em class="note-lost">${say("quote_lost")}</em>`
              : nothing}`
        : nothing}
      <span class="note-meta">
        <span>${[note.voice.name, unit].filter(Boolean).join(" · ")}</span>
        ${proposal
          ? html`<a class="note-proposal" href="#proposal-${proposal}">${say("in_proposal")}</a>`
          : nothing}
        ${around.marksView(note)} ${noteActions(note, proposal !== null, around)}
      </span>
    </span>
    <span class="note-author" title=${say("noted_by", { name: author })}>
      <span class="hidden-label">${say("noted_by", { name: author })}</span>
      <span class="disc" aria-hidden="true">${initials(author)}</span>
    </span>
  </li>`;
}

/**
 * @param {Annotation} note
 * @param {boolean} isProposed
 * @param {LineSurroundings} around
 */
function noteActions(note, isProposed, { say, directory, rights, isChosen, act }) {
  const mayPropose = rights().propose && !isProposed && note.kind !== "memo";
  const mayWithdraw = rights().annotate && note.author === directory.me.id && !isProposed;
  if (!mayPropose && !mayWithdraw) return nothing;
  return html`<span class="note-actions">
    ${mayPropose
      ? html`<button type="button" class="quiet" @click=${() => act("propose", note.id)}>
            ${say("propose")}</button
          ><button type="button" class="quiet" aria-pressed=${isChosen(note.id)}
            @click=${() => act("choose", note.id)}>${say("choose")}</button>`
      : nothing}
    ${mayWithdraw
      ? html`<button type="button" class="quiet" @click=${() => act("withdraw", note.id)}>
          ${say("withdraw")}
        </button>`
      : nothing}
  </span>`;
}
