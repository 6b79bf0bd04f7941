/**
 * The floor: whose turn it is to speak. A moderator gives it; a participant presses "I am speaking".
 */

import { html, nothing, render } from "lit-html";
import { live } from "lit-html/directives/live.js";

/** @typedef {{person: string, name: string, unit: string | null}} Holder */

/**
 * @param {HTMLElement} place
 * @param {object} ports
 * @param {import("./messages.js").Say} ports.say
 * @param {import("./directory.js").Directory} ports.directory
 * @param {() => import("./rights.js").Rights} ports.rights
 * @param {(person: string | null) => Promise<boolean>} ports.give
 * @returns {(floor: Holder | null) => void} draws who has it
 */
export function showFloor(place, { say, directory, rights, give }) {
  return (floor) => {
    const can = rights();
    const me = directory.me.id;
    const holder = floor?.person ?? null;
    const name = [floor?.name, directory.unit(floor?.unit ?? null)].filter(Boolean).join(" · ");
    render(
      html`<p class="floor-now">${holder ? say("floor_is", { name }) : say("floor_free")}</p>
        ${can.giveFloor
          ? html`<label class="floor-give"
              ><span>${say("floor_give")}</span>
              <select @change=${(/** @type {Event} */ event) =>
                void give(/** @type {HTMLSelectElement} */ (event.target).value || null)}>
                <option value="" .selected=${live(!holder)}>${say("floor_nobody")}</option>
                ${directory
                  .sorted()
                  .filter((one) => one.role !== "observer")
                  .map(
                    (one) => html`<option value=${one.id} .selected=${live(one.id === holder)}>
                      ${[one.name, directory.unit(one.unit)].filter(Boolean).join(" · ")}
                    </option>`,
                  )}
              </select></label
            >`
          : nothing}
        ${can.takeFloor && !can.giveFloor
          ? html`<button type="button" class="speak" aria-pressed=${holder === me}
              @click=${() => void give(holder === me ? null : me)}>
              ${say(holder === me ? "speaking_done" : "speaking")}
            </button>`
          : nothing}`,
      place,
    );
  };
}
