/**
 * Correct everywhere: a wrong term, the right one, where it stands, and only then the change.
 */

import { html, nothing, render } from "lit-html";
import { timecode } from "./grouping.js";
import { newId } from "./ids.js";

/** @typedef {{id: string, revision: number, speaker: string, at: number, before: string, after: string}} Place */
/** @typedef {Pick<import("./steno-desk.js").Ports, "boot" | "say" | "send" | "announce">} Ports */

/**
 * @param {HTMLElement} panel
 * @param {Ports} ports
 * @returns {() => void} opens or closes the panel
 */
export function showEverywhere(panel, { boot, say, send, announce }) {
  const path = `/api/sessions/${boot.session.id}/everywhere`;
  /** @type {{places: Place[] | null, left: Set<string>, told: string}} */
  const state = { places: null, left: new Set(), told: "" };

  const terms = () => {
    const read = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (panel.querySelector(`[name=${name}]`)).value;
    return { wrong: read("wrong"), right: read("right") };
  };
  /** @param {Event} event */
  const preview = async (event) => {
    event.preventDefault();
    const answer = await fetch(`${path}?${new URLSearchParams(terms())}`, { headers: { Accept: "application/json" } });
    const body = await answer.json();
    state.places = answer.ok ? body.lines : null;
    state.left.clear();
    state.told = answer.ok ? (body.lines.length === 0 ? say("steno_nowhere") : "") : body.message;
    draw();
    if (answer.ok && body.lines.length) /** @type {HTMLElement} */ (panel.querySelector(".replace")).focus();
  };
  const replace = async () => {
    const chosen = (state.places ?? []).filter(({ id }) => !state.left.has(id));
    const lines = chosen.map(({ id, revision }) => [id, revision]);
    const outcome = await send(path, { key: newId(), ...terms(), lines });
    if (!outcome.ok) return;
    const { changed, left } = outcome.body;
    const rest = left.length ? ` ${say("steno_left", { n: left.length })}` : "";
    state.places = null;
    state.told = say("steno_replaced", { n: changed }) + rest;
    announce(state.told);
    draw();
  };
  /** @param {string} id */
  const choose = (id) => {
    if (!state.left.delete(id)) state.left.add(id);
    draw();
  };
  const draw = () => {
    const n = (state.places?.length ?? 0) - state.left.size;
    const rows = html`<ul class="everywhere-places">${(state.places ?? []).map((place) => row(place, !state.left.has(place.id), choose))}</ul>
      <button type="button" class="replace" ?disabled=${n === 0} @click=${() => void replace()}>${say("steno_replace", { n })}</button>`;
    const form = html`<form class="everywhere-terms" @submit=${preview}>
        <label>${say("steno_wrong")} <input name="wrong" required maxlength="80" lang=${boot.session.language}></label>
        <label>${say("steno_right")} <input name="right" required maxlength="80" lang=${boot.session.language}></label>
        <button type="submit">${say("steno_preview")}</button>
      </form>
      <p class="hint" role="status">${state.told}</p>
      ${state.places?.length ? rows : nothing}`;
    render(form, panel);
  };

  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    panel.hidden = true;
    document.getElementById("steno-box")?.focus();
  });
  draw();
  return () => {
    panel.hidden = !panel.hidden;
    const focus = panel.hidden ? document.getElementById("steno-box") : panel.querySelector("input");
    /** @type {HTMLElement | null} */ (focus)?.focus();
  };
}

/**
 * @param {Place} place
 * @param {boolean} isChosen
 * @param {(id: string) => void} choose
 */
function row({ id, speaker, at, before, after }, isChosen, choose) {
  return html`<li><label>
    <input type="checkbox" .checked=${isChosen} @change=${() => choose(id)}>
    <span><small>${timecode(at)} ${speaker}</small><del>${before}</del><ins>${after}</ins></span>
  </label></li>`;
}
