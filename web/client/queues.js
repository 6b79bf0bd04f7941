/**
 * The board's queues: which wordings wait for what. All moderators see the same ones.
 */

import { html, render } from "lit-html";

/** @typedef {import("./document.js").Proposal} Proposal */
/** @typedef {"open" | "contested" | "ready" | "aside" | "done"} Queue */

/** In the order in which they are worked through. @type {readonly Queue[]} */
export const QUEUES = ["contested", "ready", "open", "aside", "done"];

/**
 * @param {string} state of a proposal
 * @returns {Queue}
 */
export function queueOf(state) {
  if (state === "contested") return "contested";
  if (state === "agreed") return "ready";
  if (state === "deferred" || state === "kept_contested") return "aside";
  return state === "open" ? "open" : "done";
}

/** One queue alone can be looked at by its button; pressed again, all are back. */
const FROM = 2;

/**
 * @param {HTMLElement} place
 * @param {import("./messages.js").Say} say
 * @param {() => void} chosen called when another queue was chosen
 * @returns {{draw: (proposals: readonly Proposal[]) => void, shows: (state: string) => boolean}}
 */
export function showQueues(place, say, chosen) {
  /** @type {Queue | null} */
  let only = null;
  /** @param {readonly Proposal[]} proposals */
  const draw = (proposals) => {
    place.hidden = proposals.length < FROM;
    const counts = QUEUES.map((queue) => proposals.filter((one) => queueOf(one.state) === queue).length);
    if (only && counts[QUEUES.indexOf(only)] === 0) only = null;
    render(
      QUEUES.map((queue, at) =>
        counts[at]
          ? html`<button type="button" class="queue is-${queue}" aria-pressed=${String(only === queue)}
              @click=${() => {
                only = only === queue ? null : queue;
                chosen();
              }}>${say(`queue_${queue}`)} <b>${counts[at]}</b></button>`
          : "",
      ),
      place,
    );
  };
  return { draw, shows: (state) => only === null || queueOf(state) === only };
}
