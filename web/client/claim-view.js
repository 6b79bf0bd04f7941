/**
 * Who of the moderators works on a wording: said to the others, locking nothing.
 */

import { html, nothing } from "lit-html";

/** @typedef {{person: string, name: string, until: number}} Claim */

/**
 * The claim while it lasts.
 * @param {Claim | null | undefined} claim
 * @param {number} now UTC seconds by the server
 * @returns {Claim | null}
 */
export function standing(claim, now) {
  return claim && claim.until > now ? claim : null;
}

/**
 * When the board has to be looked at again because a claim runs out: milliseconds, null for never.
 * @param {ReadonlyArray<Claim | null | undefined>} claims
 * @param {number} now UTC seconds by the server
 */
export function nextEnd(claims, now) {
  const ends = claims.flatMap((one) => (one && one.until > now ? [one.until - now] : []));
  return ends.length ? Math.min(...ends) * 1000 + 50 : null;
}

/**
 * @param {{claim: Claim | null, isMine: boolean}} held
 * @param {import("./messages.js").Say} say
 */
export function claimBadge({ claim, isMine }, say) {
  if (!claim) return nothing;
  return html`<p class="is-claim ${isMine ? "is-mine" : ""}">${
    isMine ? say("claim_mine") : say("claim_theirs", { name: claim.name })
  }</p>`;
}

/**
 * @param {{claim: Claim | null, isMine: boolean}} held
 * @param {string} id
 * @param {import("./proposal-view.js").CardPorts} ports
 */
export function claimButton({ claim, isMine }, id, { say, act }) {
  const label = isMine ? "claim_release" : claim ? "claim_take_over" : "claim_take";
  return html`<button type="button" class="quiet claim" @click=${() => act("claim", id, isMine ? "" : "take")}>${say(label)}</button>`;
}
