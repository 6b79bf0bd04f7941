/**
 * What leads the room through a step: more time, a silent minute, a round by unit. A moderator
 * presses; everybody else reads whose turn it is and who has not spoken.
 */

import { html, nothing, render } from "lit-html";

/** @typedef {import("./document.js").Round} Round */
/** @typedef {import("./document.js").Quiet} Quiet */

/** Lengths that a silent minute is offered with. */
const LENGTHS = [1, 3, 5];

/**
 * Units that have neither spoken nor been skipped, nor are at their turn.
 * @param {Round} round
 */
export function waitingIn({ order, turn, heard, skipped }) {
  const done = new Set([...heard, ...skipped, turn]);
  return order.filter((unit) => !done.has(unit));
}

/**
 * @param {HTMLElement} place
 * @param {object} ports
 * @param {import("./messages.js").Say} ports.say
 * @param {import("./directory.js").Directory} ports.directory
 * @param {import("./store.js").Store} ports.store
 * @param {() => boolean} ports.mayLead
 * @param {(what: string, body: Record<string, unknown>) => void} ports.command
 * @returns {() => void} draws it again
 */
export function showLead(place, { say, directory, store, mayLead, command }) {
  /** @param {string} label @param {() => void} press @param {string} [look] */
  const button = (label, press, look = "") =>
    html`<button type="button" class=${look} @click=${press}>${label}</button>`;
  /** @param {import("./document.js").Step} step */
  const words = ({ title: { en, zh } }) => (directory.language === "zh" ? zh || en : en || zh);
  /** @param {readonly string[]} units */
  const names = (units) => units.map((unit) => directory.unit(unit)).join(" · ");

  /** @param {Quiet | undefined} quiet @param {import("./document.js").Step | undefined} step */
  const quietView = (quiet, step) => {
    if (quiet) return button(say("quiet_bring_in"), () => command("quiet", { minutes: null }), "main");
    const title = step ? words(step) : "";
    const begin = (/** @type {Event} */ event) => {
      event.preventDefault();
      const form = /** @type {HTMLFormElement} */ (event.target);
      const about = /** @type {HTMLInputElement} */ (form.elements.namedItem("about")).value.trim();
      const pressed = /** @type {HTMLButtonElement | null} */ (/** @type {SubmitEvent} */ (event).submitter ?? null);
      command("quiet", { minutes: Number(pressed?.value ?? LENGTHS[1]), about: about || title || say("quiet") });
    };
    return html`<details class="quiet-begin"><summary>${say("quiet")}</summary>
      <form @submit=${begin}><label><span>${say("quiet_topic")}</span>
        <input type="text" name="about" maxlength="500" autocomplete="off" placeholder=${title}></label>
        <div class="row">${LENGTHS.map((n) => html`<button type="submit" value=${n}>${say("quiet_minutes", { n })}</button>`)}</div>
      </form></details>`;
  };

  /** @param {Round | undefined} round */
  const roundView = (round) => {
    if (!round) {
      return mayLead() ? button(say("round_begin"), () => command("round", { move: "begin" })) : nothing;
    }
    const waiting = waitingIn(round);
    const move = (/** @type {string} */ what, /** @type {string} */ unit = "") => () =>
      command("round", unit ? { move: what, unit } : { move: what });
    const list = (/** @type {string} */ key, /** @type {readonly string[]} */ units) =>
      units.length ? html`<p class="line-unit">${say(key, { units: names(units) })}</p>` : nothing;
    return html`<p class="round-turn" role="status">${round.turn
        ? say("round_turn", { unit: directory.unit(round.turn) })
        : say("round_done")}</p>
      ${mayLead()
        ? html`<div class="row">${round.turn
              ? html`${button(say("round_heard"), move("heard"), "main")} ${button(say("round_skip"), move("skip"))}`
              : nothing}
            ${button(say("round_end"), move("end"), "quiet")}</div>`
        : nothing}
      ${list("round_waiting", waiting)} ${list("round_skipped", round.skipped)}
      ${mayLead() && round.skipped.length
        ? html`<div class="row">${round.skipped.map((unit) =>
            button(say("round_call", { unit: directory.unit(unit) }), move("call", unit), "quiet"))}</div>`
        : nothing}`;
  };

  return () => {
    const { quiet, round, step: running } = store.meta();
    const steps = store.agenda();
    const at = steps.findIndex((one) => one.id === running);
    const [step, next] = [steps[at], steps[at + 1]];
    render(
      html`${mayLead() && next
          ? button(say("step_next", { title: words(next) }), () => command("step", { step: next.id }), "next-step")
          : nothing}
        ${mayLead() && step
          ? html`<div class="row step-minutes" role="group" aria-label=${say("step_minutes")}>${[5, -5].map((n) =>
              step.detail?.minutes || step.progress?.extra || n > 0
                ? button(say(n > 0 ? "step_more" : "step_less", { n: Math.abs(n) }), () =>
                    command("time", { step: step.id, minutes: n }), "quiet")
                : nothing)}</div>`
          : nothing}
        ${mayLead() ? quietView(quiet, step) : nothing} ${roundView(round)}`,
      place,
    );
  };
}
