/**
 * How much of the speech is nobody's, computed from the lines as server/domain/participation.py does.
 */

import { html, nothing } from "lit-html";

const SECONDS_A_SIGN = 0.12;
/** While more of the speech than this is nobody's, no screen calls a unit silent. */
export const MOST_UNASSIGNED = 0.1;

/**
 * @param {Iterable<import("./document.js").Line>} lines
 * @returns {{seconds: number, unassigned: number, presumed: number}} shares 0..1
 */
export function shareOf(lines) {
  let [seconds, unassigned, presumed] = [0, 0, 0];
  for (const line of lines) {
    const source = /** @type {string} */ (line.source);
    if (source === "typed" || source === "gap") continue;
    const hasLength = line.start !== null && line.end !== null;
    const took = hasLength ? Math.max(0, Number(line.end) - Number(line.start)) : [...line.text].length * SECONDS_A_SIGN;
    seconds += took;
    if (!line.person && !line.unit) unassigned += took;
    else if (line.presumed) presumed += took;
  }
  return seconds === 0
    ? { seconds: 0, unassigned: 0, presumed: 0 }
    : { seconds, unassigned: unassigned / seconds, presumed: presumed / seconds };
}

/**
 * @param {ReturnType<typeof shareOf>} share
 * @param {import("./messages.js").Say} say
 */
export function shareView({ seconds, unassigned, presumed }, say) {
  if (seconds === 0) return nothing;
  const isTooMuch = unassigned > MOST_UNASSIGNED;
  const percent = (/** @type {number} */ share) => Math.round(100 * share);
  return html`<p class="share ${isTooMuch ? "is-too-much" : ""}">
    ${say("share_unassigned", { n: percent(unassigned) })}
    ${presumed > 0 ? say("share_presumed", { n: percent(presumed) }) : nothing}
    ${isTooMuch ? html`<span class="hint">${say("share_too_much")}</span>` : nothing}</p>`;
}
