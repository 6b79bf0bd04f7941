/**
 * A session transcribed again by another model: which one, how far, and stopping it.
 */

import { html, nothing, render } from "lit-html";
import { newId } from "./ids.js";

/**
 * @typedef {{id: string, model: string, state: string, done: number, total: number,
 *   changed: number, offered: number, problem: string}} Rehearing
 */
/** @typedef {Pick<import("./steno-desk.js").Ports, "boot" | "say" | "send">} Ports */

const LOOK_MS = 2_000;

/**
 * @param {HTMLElement} panel
 * @param {Ports} ports
 * @param {() => void} onProgress
 */
export function showRehearings(panel, { boot, say, send }, onProgress) {
  const path = `/api/sessions/${boot.session.id}/rehearings`;
  /** @type {Rehearing[]} */
  let found = [];
  /** @type {string[]} */
  let models = [];
  let told = "";

  const look = async () => {
    const answer = await fetch(path, { headers: { Accept: "application/json" } }).catch(() => null); // away
    if (!answer?.ok) return;
    const before = found.map(({ done }) => done).join();
    ({ rehearings: found, models } = await answer.json());
    if (before !== found.map(({ done }) => done).join()) onProgress();
    draw();
  };
  const isShut = () => models.length === 0 || found.some(({ state }) => state === "running");
  /** @param {SubmitEvent} event */
  const begin = async (event) => {
    event.preventDefault();
    if (isShut()) return;
    const model = new FormData(/** @type {HTMLFormElement} */ (event.target)).get("model");
    const outcome = await send(path, { key: newId(), model });
    told = outcome.message;
    await look();
    draw();
  };
  /** @param {string} id */
  const cancel = async (id) => {
    await fetch(`${path}/${id}`, { method: "DELETE", headers: { "X-Colloquy-Token": boot.token } });
    await look();
    panel.querySelector("summary")?.focus(); // the button is gone
  };
  /** @param {Rehearing} one */
  const row = ({ id, state, problem, total, ...figures }) => html`<li>${say(`rehear_${state}`, { ...figures, n: total })} ${problem}
    ${state === "running"
      ? html`<progress max=${total} value=${figures.done} aria-label=${figures.model}></progress>
          <button type="button" class="quiet" aria-label=${say("rehear_cancel", figures)}
            @click=${() => void cancel(id)}>${say("cancel")}</button>`
      : nothing}</li>`;
  const draw = () =>
    render(
      html`<details class="upload"><summary>${say("rehear_title")}</summary>
        <p class="hint">${say("rehear_about")}</p>
        <form @submit=${begin}>
          <label>${say("rehear_model")} <select name="model">${models.map((model) => html`<option>${model}</option>`)}</select></label>
          <button type="submit" aria-disabled=${String(isShut())}>${say("rehear_begin")}</button>
        </form></details>
        <p class="hint" role="status">${told}</p>
        <ul class="uploads">${found.map(row)}</ul>`,
      panel,
    );
  draw();
  void look();
  setInterval(() => {
    if (found.some(({ state }) => state === "running")) void look();
  }, LOOK_MS);
}
