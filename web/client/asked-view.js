/**
 * Which units a wording concerns: the consent rule asks these. Everybody reads it, a moderator
 * changes it by one press a unit.
 */

import { html, nothing } from "lit-html";

/**
 * @param {import("./proposal-view.js").Card} card
 * @param {import("./proposal-view.js").CardPorts} ports
 */
export function askedView(card, ports) {
  const { proposal } = card;
  const { say, directory } = ports;
  const here = present(directory);
  const names = proposal.affected.map((unit) =>
    here.has(unit) ? directory.unit(unit) : say("unit_absent", { unit: directory.unit(unit) }),
  );
  return html`<p class="asked">
      <span>${names.length ? say("asked_units", { units: names.join(" · ") }) : say("asked_nobody")}</span>
      ${card.mayModerate && !card.isSettled
        ? html`<button type="button" class="quiet" aria-expanded=${String(card.open === "asked")}
            @click=${() => ports.act("unfold", proposal.id, "asked")}>${say("asked_change")}</button>`
        : nothing}
    </p>
    ${card.open === "asked" ? chooser(card, ports, here) : nothing}`;
}

/**
 * @param {import("./proposal-view.js").Card} card
 * @param {import("./proposal-view.js").CardPorts} ports
 * @param {ReadonlySet<string>} here
 */
function chooser({ proposal }, { say, directory, act }, here) {
  const asked = new Set(proposal.affected);
  const offered = directory.units.filter((unit) => asked.has(unit.id) || here.has(unit.id));
  const others = directory.units.filter((unit) => !asked.has(unit.id) && !here.has(unit.id));
  return html`<div class="asked-units" role="group" aria-label=${say("asked_choose")}>
    ${offered.map(
      (unit) => html`<button type="button" class="stance" aria-pressed=${String(asked.has(unit.id))}
        @click=${() => act("asked", proposal.id, unit.id)}>${directory.unit(unit.id)}</button>`,
    )}
    <label for="asked-${proposal.id}">${say("asked_other")}</label>
    <select id="asked-${proposal.id}"
      @change=${(/** @type {Event} */ event) => {
        const select = /** @type {HTMLSelectElement} */ (event.target);
        if (select.value) act("asked", proposal.id, select.value);
        select.value = "";
      }}>
      <option value=""></option>
      ${others.map((unit) => html`<option value=${unit.id}>${directory.unit(unit.id)}</option>`)}
    </select>
  </div>`;
}

/**
 * The units of the people who are here.
 * @param {import("./directory.js").Directory} directory
 * @returns {Set<string>}
 */
function present(directory) {
  const units = new Set();
  for (const person of directory.people.values()) if (person.unit) units.add(person.unit);
  return units;
}
