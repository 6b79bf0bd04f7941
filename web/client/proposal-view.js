/**
 * One proposal on the board, as a lit template. It decides nothing: what may be pressed is in `card`.
 */

import { html, nothing } from "lit-html";
import { askedView } from "./asked-view.js";
import { claimBadge } from "./claim-view.js";
import { GLYPHS, STANCES, STANCE_GLYPHS, stateGlyph } from "./kinds.js";
import { againView, moderatorView, reasonView } from "./moderator-view.js";

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
 * @property {"object" | "spoken" | "drop" | "defer" | "keep" | "reopen" | "undo" | "more" | "promote" |
 *   "history" | "asked" | null} open which part is unfolded
 * @property {string} reason typed so far
 * @property {boolean} mayAnswer
 * @property {boolean} mayModerate
 * @property {boolean} mayWord
 * @property {boolean} isSettled
 * @property {boolean} onTable whether the room is on it
 * @property {{claim: import("./claim-view.js").Claim | null, isMine: boolean}} held who works on it
 * @property {string | null} speaker whose position counts for the own unit
 * @property {ReadonlyArray<{id: string, reason: string}>} secret own objections that only the confidant reads
 */

/**
 * @typedef {object} CardPorts
 * @property {import("./messages.js").Say} say
 * @property {import("./directory.js").Directory} directory
 * @property {(id: string) => string} spokenLine what the chosen line says, "" if none is chosen
 * @property {() => boolean} hasConfidant whether somebody reads private objections
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
      ${card.onTable ? html`<span class="state on-table">${say("on_table")}</span>` : nothing}
      <span class="state is-${proposal.state}">
        <span aria-hidden="true">${stateGlyph(proposal.state)}</span> ${say(`state_${proposal.state}`)}
      </span>
    </header>
    ${card.mayModerate ? claimBadge(card.held, say) : nothing}
    ${outcomeView(proposal, ports)}
    ${proposal.number > 0
      ? html`<div class="wording">
          <p class="wording-number">${say("wording_n", { n: proposal.number })}
            <button type="button" class="quiet" aria-expanded=${String(card.open === "history")}
              @click=${() => ports.act("unfold", proposal.id, "history")}>${say("history")}</button></p>
          <p class="wording-text">${proposal.text}</p>
        </div>`
      : nothing}
    ${card.isSettled ? nothing : draftView(card, ports)}
    ${card.isSettled ? nothing : askedView(card, ports)}
    ${proposal.number > 0 ? answersView(card, ports) : nothing}
    ${proposal.number > 0 && card.mayAnswer && !card.isSettled ? positionView(card, ports) : nothing}
    ${card.mayModerate ? (card.isSettled ? againView : moderatorView)(card, ports) : nothing}
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
  if (proposal.hidden) {
    return html`<p class="tally">${say("tally_hidden", { n: tally.heard })}
      ${tally.waiting > 0 ? say("tally_waiting", { n: tally.waiting }) : nothing}</p>`;
  }
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
    ${proposal.stale ? html`<p class="stale">${say("stale_some")}</p>` : nothing}
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
                <span>${directory.unit(one.unit)}${proposal.divided.includes(one.unit)
                    ? html` <em>${say("divided")}</em>`
                    : nothing}</span>
                <span
                  ><span aria-hidden="true">${STANCE_GLYPHS[/** @type {Stance} */ (one.stance)]}</span>
                  ${say(one.stance)}${one.spoken ? ` · ${say("spoken")}` : ""}${one.written ? ` · ${say("written")}` : ""}</span
                >
              </li>`,
            )}
          </ul>
        </details>`
      : nothing}`;
}

/**
 * Why a wording was set aside, and who is to be asked what.
 * @param {Proposal} proposal
 * @param {CardPorts} ports
 */
function outcomeView({ outcome }, { say, directory }) {
  if (!outcome) return nothing;
  const unit = directory.unit(outcome.unit);
  return html`<p class="outcome">
    ${outcome.reason}${outcome.question
      ? html`${unit ? say("ask_of", { unit }) : say("ask_open")} <q>${outcome.question}</q>`
      : nothing}
  </p>`;
}

/**
 * @param {Card} card
 * @param {CardPorts} ports
 */
function positionView(card, ports) {
  const { proposal, mine } = card;
  const { say, directory, act } = ports;
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
    ${card.open === "object" ? reasonView("object", card, ports) : nothing}
    ${card.secret.map((one) => secretView(one, proposal.id, ports))}
    ${speakerView(card, ports)}
  </fieldset>`;
}

/**
 * An own objection that only the confidant reads; its author may say it openly or take it back.
 * @param {{id: string, reason: string}} objection
 * @param {string} proposal
 * @param {CardPorts} ports
 */
function secretView({ id, reason }, proposal, { say, act }) {
  return html`<div class="secret">
    <p>${say("private_sent")} <q>${reason}</q></p>
    <div class="row">
      <button type="button" class="quiet" @click=${() => act("open-private", proposal, id)}>
        ${say("private_open")}</button
      ><button type="button" class="quiet" @click=${() => act("withdraw-private", proposal, id)}>
        ${say("private_withdraw")}
      </button>
    </div>
  </div>`;
}

/**
 * Whose position counts, where a unit has several people here.
 * @param {Card} card
 * @param {CardPorts} ports
 */
function speakerView({ proposal, speaker }, { say, directory, act }) {
  const { unit } = directory.me;
  const colleagues = directory.sorted().filter((one) => one.unit === unit && one.role === "expert");
  if (colleagues.length < 2) return nothing;
  return html`<div class="speaker">
    <label for="speaker-${proposal.id}">${say("speaker_of_unit")}</label>
    <select id="speaker-${proposal.id}"
      @change=${(/** @type {Event} */ event) =>
        act("speaker", proposal.id, /** @type {HTMLSelectElement} */ (event.target).value)}>
      <option value="" ?selected=${speaker === null}>${say("speaker_newest")}</option>
      ${colleagues.map(
        (one) => html`<option value=${one.id} ?selected=${one.id === speaker}>${one.name}</option>`,
      )}
    </select>
  </div>`;
}
