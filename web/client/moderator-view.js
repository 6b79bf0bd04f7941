/**
 * What a moderator decides on a card: put, promote, show, put on the table, set aside, take up again.
 */

import { html, nothing } from "lit-html";
import { claimButton } from "./claim-view.js";
import { STANCES, STANCE_GLYPHS } from "./kinds.js";

/** @typedef {import("./proposal-view.js").Card} Card */
/** @typedef {import("./proposal-view.js").CardPorts} CardPorts */
/** @typedef {"object" | "drop" | "keep" | "reopen" | "undo" | "defer"} About */

/**
 * @param {Card} card
 * @param {CardPorts} ports
 */
export function moderatorView(card, ports) {
  const { proposal } = card;
  const { say, act } = ports;
  const number = proposal.number + 1;
  const isPut = proposal.number > 0 && card.draft.trim() === proposal.text.trim();
  const mayShow = proposal.hidden && proposal.tally.heard > 0;
  return html`<div class="moderator">
      <button type="button" class=${proposal.number === 0 ? "main" : ""}
        ?disabled=${isPut || card.draft.trim() === ""}
        @click=${() => act("put", proposal.id)}>${say("put_wording", { n: number })}</button>
      ${mayShow
        ? html`<button type="button" class="main" @click=${() => act("reveal", proposal.id)}>
            ${say("reveal")}</button>`
        : nothing}
      ${proposal.number > 0
        ? html`${unfolder("spoken", say("record_spoken"), card, act)}
            ${unfolder("promote", say("promote"), card, act, proposal.state === "agreed" ? "main" : "")}`
        : nothing}
      ${card.onTable
        ? nothing
        : html`<button type="button" @click=${() => act("table", proposal.id)}>${say("to_table")}</button>`}
      ${claimButton(card.held, proposal.id, ports)}
      ${unfolder("more", say("more"), card, act, "quiet", ASIDE.includes(card.open ?? ""))}
    </div>
    ${card.open === "more" || ASIDE.includes(card.open ?? "") ? asideView(card, ports) : nothing}
    ${card.open === "spoken" ? spokenView(card, ports) : nothing}`;
}

/** The parts that stand behind "more". @type {readonly string[]} */
const ASIDE = ["defer", "keep", "drop"];

/**
 * What sets a wording aside or divides it.
 * @param {Card} card
 * @param {CardPorts} ports
 */
function asideView(card, ports) {
  const { say, act } = ports;
  const { id } = card.proposal;
  return html`<div class="moderator aside">
      ${unfolder("defer", say("defer"), card, act)} ${unfolder("keep", say("keep_contested"), card, act)}
      <button type="button" @click=${() => act("split", id)}>${say("split")}</button>
      ${unfolder("drop", say("drop"), card, act)}
    </div>
    ${card.open === "defer" ? deferView(card, ports) : nothing}
    ${card.open === "keep" ? reasonView("keep", card, ports) : nothing}
    ${card.open === "drop" ? reasonView("drop", card, ports) : nothing}`;
}

/**
 * Taking up again what was set aside, and taking back what was promoted.
 * @param {Card} card
 * @param {CardPorts} ports
 */
export function againView(card, ports) {
  const { state } = card.proposal;
  const what = state === "promoted" || state === "merged" ? "undo" : "reopen";
  const label = ports.say(what === "undo" ? "undo_promotion" : "reopen");
  return html`<div class="moderator">${unfolder(what, label, card, ports.act, "quiet")}</div>
    ${card.open === what ? reasonView(what, card, ports) : nothing}`;
}

/**
 * A button that opens a part of the card.
 * @param {NonNullable<Card["open"]>} part
 * @param {string} label
 * @param {Card} card
 * @param {CardPorts["act"]} act
 * @param {string} [style]
 * @param {boolean} [isWithin] one of its own parts is open
 */
function unfolder(part, label, card, act, style = "", isWithin = false) {
  return html`<button type="button" class=${style} aria-expanded=${String(card.open === part || isWithin)}
    @click=${() => act("unfold", card.proposal.id, part)}>${label}</button>`;
}

/**
 * @param {About} about
 * @param {Card} card
 * @param {CardPorts} ports
 */
export function reasonView(about, card, { say, act, hasConfidant }) {
  const { id } = card.proposal;
  const isEmpty = card.reason.trim() === "";
  return html`<div class="reason">
    <label for="reason-${id}">${say(`reason_${about}`)}</label>
    <textarea id="reason-${id}" rows="2" maxlength="1000" .value=${card.reason}
      @input=${(/** @type {Event} */ event) =>
        act("reason", id, /** @type {HTMLTextAreaElement} */ (event.target).value)}></textarea>
    <div class="row">
      <button type="button" class="main" ?disabled=${isEmpty}
        @click=${() => act(about, id)}>${say(`do_${about}`)}</button>
      ${about === "object" && hasConfidant()
        ? html`<button type="button" ?disabled=${isEmpty}
            @click=${() => act("private", id)}>${say("object_private")}</button>`
        : nothing}
      <button type="button" class="quiet" @click=${() => act("fold", id)}>${say("cancel")}</button>
    </div>
    ${about === "object" && hasConfidant() ? html`<p class="hint">${say("private_hint")}</p>` : nothing}
  </div>`;
}

/**
 * Who is to be asked what, before the room goes on with this wording.
 * @param {Card} card
 * @param {CardPorts} ports
 */
function deferView(card, ports) {
  const { say, directory } = ports;
  const { id, affected } = card.proposal;
  const units = [
    ...directory.units.filter((unit) => affected.includes(unit.id)),
    ...directory.units.filter((unit) => !affected.includes(unit.id)),
  ];
  return html`<div class="deferral">
    <label for="ask-${id}">${say("defer_unit")}</label>
    <select id="ask-${id}">
      <option value="">${say("defer_nobody")}</option>
      ${units.map((unit) => html`<option value=${unit.id}>${directory.unit(unit.id)}</option>`)}
    </select>
    ${reasonView("defer", card, ports)}
  </div>`;
}

/**
 * A position that was spoken: the unit, what it said, and the chosen line as evidence.
 * @param {Card} card
 * @param {CardPorts} ports
 */
function spokenView({ proposal }, { say, directory, spokenLine, act }) {
  const line = spokenLine(proposal.id);
  const present = new Set([...directory.people.values()].map((person) => person.unit));
  const units = [
    ...directory.units.filter((unit) => proposal.affected.includes(unit.id)),
    ...directory.units.filter((unit) => present.has(unit.id) && !proposal.affected.includes(unit.id)),
  ];
  return html`<div class="spoken">
    <label for="unit-${proposal.id}">${say("unit")}</label>
    <select id="unit-${proposal.id}">
      ${units.map((unit) => html`<option value=${unit.id}>${directory.unit(unit.id)}</option>`)}
    </select>
    <p class="spoken-line">${line ? html`<q>${line}</q>` : say("spoken_without_line")}</p>
    <label for="said-${proposal.id}">${say("reason_spoken")}</label>
    <input id="said-${proposal.id}" type="text" maxlength="1000" autocomplete="off" />
    <div class="stances">
      ${STANCES.map(
        (stance) => html`<button type="button" class="stance"
          @click=${() => act("spoken", proposal.id, stance)}>
          <span aria-hidden="true">${STANCE_GLYPHS[stance]}</span> ${say(stance)}
        </button>`,
      )}
    </div>
  </div>`;
}
