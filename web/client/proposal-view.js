/**
 * One proposal on the board, as a lit template. It decides nothing: what may be pressed is in `card`.
 */

import { html, nothing } from "lit-html";
import { askedView } from "./asked-view.js";
import { GLYPHS, STANCES, STANCE_GLYPHS, stateGlyph } from "./kinds.js";

/** @typedef {import("./document.js").Proposal} Proposal */
/** @typedef {import("./kinds.js").Stance} Stance */
/** @typedef {"sending" | "recorded" | "not recorded"} Sending */

/**
 * @typedef {object} Card
 * @property {Proposal} proposal
 * @property {string} draft the draft wording as it stands
 * @property {{number: number, stance: Stance, reason: string} | null} mine
 * @property {Sending | null} sending of the last thing pressed here
 * @property {string} problem why it was not recorded
 * @property {"object" | "spoken" | "drop" | "promote" | "asked" | null} open which part is unfolded
 * @property {string} reason typed so far
 * @property {boolean} mayAnswer
 * @property {boolean} mayModerate
 * @property {boolean} mayWord
 * @property {boolean} isSettled
 */

/**
 * @typedef {object} CardPorts
 * @property {import("./messages.js").Say} say
 * @property {import("./directory.js").Directory} directory
 * @property {(id: string) => string} spokenLine what the chosen line says, "" if none is chosen
 * @property {(action: string, id: string, value?: string) => void} act
 */

/**
 * @param {Card} card
 * @param {CardPorts} ports
 */
export function proposalView(card, ports) {
  const { proposal } = card;
  const { say } = ports;
  return html`
    <header class="proposal-head">
      <span class="note-kind"
        ><span aria-hidden="true">${GLYPHS[proposal.kind]}</span> ${say(proposal.kind)}</span
      >
      <span class="state is-${proposal.state}">
        <span aria-hidden="true">${stateGlyph(proposal.state)}</span> ${say(`state_${proposal.state}`)}
      </span>
    </header>
    ${proposal.number > 0
      ? html`<div class="wording">
          <p class="wording-number">${say("wording_n", { n: proposal.number })}</p>
          <p class="wording-text">${proposal.text}</p>
        </div>`
      : nothing}
    ${card.isSettled ? nothing : draftView(card, ports)}
    ${card.isSettled ? nothing : askedView(card, ports)}
    ${proposal.number > 0 ? answersView(card, ports) : nothing}
    ${proposal.number > 0 && card.mayAnswer && !card.isSettled ? positionView(card, ports) : nothing}
    ${card.mayModerate && !card.isSettled ? moderatorView(card, ports) : nothing}
    <p class="sending" role="status">${sendingView(card, say)}</p>
  `;
}

/**
 * @param {Card} card
 * @param {CardPorts["say"]} say
 */
function sendingView({ sending, problem }, say) {
  if (!sending) return nothing;
  return html`${say(`sending_${sending.replace(" ", "_")}`)} <span class="problem">${problem}</span>`;
}

/**
 * The draft everybody types in. The text itself is bound to the shared text, not to the template.
 * @param {Card} card
 * @param {CardPorts} ports
 */
function draftView(card, { say }) {
  const { proposal } = card;
  const edited = proposal.number > 0 && card.draft.trim() !== proposal.text.trim();
  return html`<div class="draft ${proposal.number > 0 && !edited ? "is-put" : ""}">
    <label for="draft-${proposal.id}">
      ${proposal.number === 0 ? say("draft_first") : say("draft_next", { n: proposal.number + 1 })}
      ${edited ? html`<span class="edited">${say("edited_since")}</span>` : nothing}
    </label>
    <textarea id="draft-${proposal.id}" class="draft-text" rows="1" maxlength="4000"
      ?readonly=${!card.mayWord}></textarea>
  </div>`;
}

/**
 * @param {Card} card
 * @param {CardPorts} ports
 */
function answersView({ proposal }, { say, directory }) {
  const { tally } = proposal;
  const taken = STANCES.filter((stance) => tally[stance] > 0);
  return html`<ul class="tally" aria-label=${say("tally")}>
      ${taken.length === 0 ? html`<li>${say("tally_none")}</li>` : nothing}
      ${taken.map(
        (stance) => html`<li class="is-${stance}">
          <span aria-hidden="true">${STANCE_GLYPHS[stance]}</span>
          ${say(`tally_${stance}`, { n: tally[stance] })}
        </li>`,
      )}
      ${tally.waiting > 0 ? html`<li>${say("tally_waiting", { n: tally.waiting })}</li>` : nothing}
    </ul>
    ${staleView(proposal, { say, directory })}
    ${proposal.objections.length
      ? html`<ul class="objections" aria-label=${say("objections")}>
          ${proposal.objections.map((reason) => html`<li><q>${reason}</q></li>`)}
        </ul>`
      : nothing}
    ${proposal.shown?.length
      ? html`<details class="by-unit">
          <summary>${say("by_unit")}</summary>
          <ul>
            ${proposal.shown.map(
              (one) => html`<li>
                <span>${directory.unit(one.unit)}</span>
                <span
                  ><span aria-hidden="true">${STANCE_GLYPHS[/** @type {Stance} */ (one.stance)]}</span>
                  ${say(one.stance)}${one.spoken ? ` · ${say("spoken")}` : ""}</span
                >
              </li>`,
            )}
          </ul>
        </details>`
      : nothing}`;
}

/**
 * Units whose answer was to an earlier wording.
 * @param {Proposal} proposal
 * @param {Pick<CardPorts, "say" | "directory">} ports
 */
function staleView({ stale }, { say, directory }) {
  const units = Array.isArray(stale) ? stale.map((unit) => directory.unit(unit)) : [];
  if (units.length === 0) return nothing;
  return html`<p class="stale">${say("stale_units", { units: units.join(", ") })}</p>`;
}

/**
 * @param {Card} card
 * @param {CardPorts} ports
 */
function positionView(card, { say, directory, act }) {
  const { proposal, mine } = card;
  const isStale = mine !== null && mine.number < proposal.number;
  const unit = directory.unit(directory.me.unit);
  return html`<fieldset class="position">
    <legend>${say("my_position", { unit })}</legend>
    ${isStale ? html`<p class="stale">${say("position_stale", { n: mine.number })}</p>` : nothing}
    <div class="stances">
      ${STANCES.map(
        (stance) => html`<button type="button" class="stance" data-stance=${stance}
          aria-pressed=${mine?.stance === stance && !isStale}
          aria-expanded=${stance === "object" ? String(card.open === "object") : nothing}
          @click=${() => act(stance === "object" ? "unfold" : "position", proposal.id, stance)}>
          <span aria-hidden="true">${STANCE_GLYPHS[stance]}</span> ${say(stance)}
        </button>`,
      )}
    </div>
    ${mine?.stance === "object" && !isStale && card.open !== "object"
      ? html`<p class="my-reason"><q>${mine.reason}</q></p>`
      : nothing}
    ${card.open === "object" ? reasonView("object", card, say("reason_object"), say, act) : nothing}
  </fieldset>`;
}

/**
 * @param {"object" | "drop"} about
 * @param {Card} card
 * @param {string} label
 * @param {CardPorts["say"]} say
 * @param {CardPorts["act"]} act
 */
function reasonView(about, card, label, say, act) {
  const { id } = card.proposal;
  return html`<div class="reason">
    <label for="reason-${id}">${label}</label>
    <textarea id="reason-${id}" rows="2" maxlength="1000" .value=${card.reason}
      @input=${(/** @type {Event} */ event) =>
        act("reason", id, /** @type {HTMLTextAreaElement} */ (event.target).value)}></textarea>
    <div class="row">
      <button type="button" class="main" ?disabled=${card.reason.trim() === ""}
        @click=${() => act(about, id)}>${say(about === "object" ? "object_record" : "drop")}</button>
      <button type="button" class="quiet" @click=${() => act("fold", id)}>${say("cancel")}</button>
    </div>
  </div>`;
}

/**
 * @param {Card} card
 * @param {CardPorts} ports
 */
function moderatorView(card, ports) {
  const { proposal } = card;
  const { say, act } = ports;
  const number = proposal.number + 1;
  const isPut = proposal.number > 0 && card.draft.trim() === proposal.text.trim();
  return html`<div class="moderator">
      <button type="button" class=${proposal.number === 0 ? "main" : ""}
        ?disabled=${isPut || card.draft.trim() === ""}
        @click=${() => act("put", proposal.id)}>${say("put_wording", { n: number })}</button>
      ${proposal.number > 0
        ? html`<button type="button" aria-expanded=${String(card.open === "spoken")}
              @click=${() => act("unfold", proposal.id, "spoken")}>${say("record_spoken")}</button
            ><button type="button" class=${proposal.state === "agreed" ? "main" : ""}
              aria-expanded=${String(card.open === "promote")}
              @click=${() => act("unfold", proposal.id, "promote")}>${say("promote")}</button>`
        : nothing}
      <button type="button" class="quiet" aria-expanded=${String(card.open === "drop")}
        @click=${() => act("unfold", proposal.id, "drop")}>${say("drop")}</button>
    </div>
    ${card.open === "spoken" ? spokenView(card, ports) : nothing}
    ${card.open === "drop" ? reasonView("drop", card, say("reason_drop"), say, act) : nothing}`;
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
