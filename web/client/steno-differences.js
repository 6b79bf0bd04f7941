/**
 * Another record beside the lines: brought in a file, typed, or heard by another model. What differs
 * is settled one by one with single keys, or all at once.
 */

import { html, nothing, render } from "lit-html";
import { timecode } from "./grouping.js";
import { newId } from "./ids.js";
import { actionOf } from "./keys.js";

/**
 * @typedef {{id: string, line: string | null, revision: number | null, at: number, now: string,
 *   speaker_now: string, text: string, speaker: string, origin: string, source: string,
 *   language: string, track: string | null, start: number | null}} Difference
 */
/** @typedef {"take" | "leave" | "apart"} Decision */
/** @typedef {Pick<import("./steno-desk.js").Ports, "boot" | "say" | "send" | "announce"> &
 *   {play: (id: string, line: {track: string | null, start: number | null}) => boolean}} Ports */

const DECISIONS = /** @type {const} */ (["take", "leave", "apart"]);
const LOOK_MS = 5_000;

/**
 * @param {HTMLElement} panel
 * @param {Ports} ports
 * @returns {{open: () => void, look: () => Promise<void>}} open: goes to the first difference
 */
export function showDifferences(panel, { boot, say, send, announce, play }) {
  const path = `/api/sessions/${boot.session.id}`;
  /** @type {Difference[]} */
  let found = [];
  let at = 0;
  let told = "";
  let isAsking = false;

  const look = async () => {
    const answer = await fetch(`${path}/differences`, { headers: { Accept: "application/json" } }).catch(() => null); // away
    if (!answer?.ok) return;
    ({ differences: found } = await answer.json());
    at = Math.min(at, Math.max(0, found.length - 1));
    draw();
  };
  /** @param {number} to */
  const go = (to) => {
    if (found.length === 0) return back();
    at = Math.max(0, Math.min(found.length - 1, to));
    draw();
    /** @type {HTMLElement | null} */ (panel.querySelector(".difference.is-current"))?.focus();
  };
  const back = () => document.getElementById("steno-box")?.focus();
  /** @param {Decision} decision */
  const settle = async (decision) => {
    const one = found[at];
    if (!one) return;
    const body = { key: newId(), do: decision, revision: one.revision };
    const outcome = await send(`/api/differences/${one.id}`, body);
    told = outcome.message;
    if (outcome.ok) announce(say(`difference_${decision}_done`));
    await look();
    go(at);
  };
  /** @param {Decision} decision */
  const settleAll = async (decision) => {
    isAsking = false;
    let left = 1;
    while (left > 0) {
      const outcome = await send(`${path}/differences/all`, { key: newId(), do: decision });
      told = outcome.message;
      left = outcome.ok ? outcome.body.left : 0;
    }
    await look();
    go(0);
  };
  const compare = async () => {
    const outcome = await send(`${path}/differences`, { key: newId() });
    const { differences, joined } = outcome.body ?? {};
    told = outcome.ok ? say("difference_compared", { n: differences, joined }) : outcome.message;
    await look();
    if (outcome.ok) go(0);
  };
  /** @param {KeyboardEvent} event */
  const pressed = (event) => {
    const isRow = event.target instanceof HTMLElement && event.target.matches(".difference");
    const action = isRow ? actionOf(boot.keys, "differences", event) : null;
    if (action === null) return;
    event.preventDefault();
    event.stopPropagation();
    const one = found[at];
    if (action === "next") go(at + 1);
    else if (action === "previous") go(at - 1);
    else if (action === "escape") back();
    else if (action === "play") one && play(one.id, one);
    else void settle(/** @type {Decision} */ (action));
  };

  /**
   * @param {Difference} one
   * @param {number} number
   */
  const row = (one, number) => {
    const isNow = number === at;
    const who = [timecode(one.at ?? 0), one.speaker_now].filter(Boolean).join(" ");
    const named = one.speaker && one.speaker !== one.speaker_now ? `${one.speaker}: ` : "";
    return html`<li class="difference ${isNow ? "is-current" : ""}" tabindex=${isNow ? 0 : -1}
      lang=${one.language} @focus=${() => number !== at && go(number)}>
      <small>${who} · ${one.source || say(`difference_${one.origin}`)}</small>
      ${one.line ? html`<del><span class="hidden-label">${say("difference_now")} </span>${one.now}</del>` : nothing}
      <ins><span class="hidden-label">${say("difference_other")} </span>${named}${one.text}</ins>
      ${isNow
        ? html`<span class="row">${DECISIONS.filter((one_) => one_ !== "apart" || one.origin === "typed").map(
            (decision) => html`<button type="button" @click=${() => void settle(decision)}>${say(`difference_${decision}`)}</button>`,
          )}</span>`
        : nothing}
    </li>`;
  };
  const all = () => html`<div class="row">
    <button type="button" aria-expanded=${String(isAsking)} @click=${() => { isAsking = !isAsking; draw(); }}>${say("difference_all")}</button>
    ${isAsking
      ? html`<button type="button" @click=${() => void settleAll("take")}>${say("difference_all_take")}</button>
          <button type="button" @click=${() => void settleAll("leave")}>${say("difference_all_leave")}</button>`
      : nothing}
  </div>`;
  const draw = () =>
    render(
      html`<h2 class="pane-part">${say("difference_title")}</h2>
        <p class="hint">${found.length ? say("difference_count", { n: found.length }) : say("difference_none")}</p>
        <p class="hint" role="status">${told}</p>
        ${found.length
          ? html`<ol class="differences" aria-label=${say("difference_title")} @keydown=${pressed}>${found.map(row)}</ol>${all()}`
          : nothing}
        <button type="button" class="quiet" @click=${() => void compare()}>${say("difference_compare")}</button>`,
      panel,
    );

  draw();
  void look();
  setInterval(() => {
    const isHere = panel.contains(document.activeElement);
    if (!document.hidden && !isHere) void look();
  }, LOOK_MS);
  return { open: () => go(0), look };
}
