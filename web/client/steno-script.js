/**
 * Bringing a transcript: looked at first, then added as lines or compared with the record.
 */

import { html, nothing, render } from "lit-html";
import { newId } from "./ids.js";

/**
 * @typedef {{pieces: number, timed: boolean, speakers: string[], strangers: string[], same: number,
 *   different: number, new: number}} Looked
 */
/** @typedef {Pick<import("./steno-desk.js").Ports, "boot" | "say" | "announce">} Ports */

/**
 * @param {HTMLElement} panel
 * @param {Ports} ports
 * @param {() => void} onCompared
 */
export function showScript(panel, { boot, say, announce }, onCompared) {
  /** @type {Looked | null} */
  let looked = null;
  /** @type {File | null} */
  let file = null;
  let told = "";

  /** @param {"check" | "lines" | "compare"} way */
  const bring = async (way) => {
    if (!file) return;
    const query = new URLSearchParams({ name: file.name, way, key: newId() });
    const headers = { "X-Colloquy-Token": boot.token, Accept: "application/json" };
    const url = `/api/sessions/${boot.session.id}/scripts?${query}`;
    const answer = await fetch(url, { method: "POST", headers, body: file }).catch(() => null); // away
    const body = await answer?.json().catch(() => null); // a proxy's page
    looked = way === "check" && answer?.ok ? body : null;
    if (!answer) told = say("away");
    else if (!answer.ok) told = body?.message ?? String(answer.status);
    else if (way !== "check") {
      told = way === "lines" ? say("script_added", { n: body.pieces }) : say("difference_count", { n: body.different + body.new });
      announce(told);
      onCompared();
    } else told = "";
    draw();
    if (looked) /** @type {HTMLElement | null} */ (panel.querySelector(".script-ways button"))?.focus();
  };
  /** @param {Event} event */
  const chosen = (event) => {
    file = /** @type {HTMLInputElement} */ (event.target).files?.[0] ?? null;
    void bring("check");
  };
  /** @param {Looked} now */
  const ways = ({ pieces, timed, speakers, strangers, same, different, new: fresh }) => {
    const has = same + different > 0;
    return html`<p>${say(timed ? "script_timed" : "script_untimed", { n: pieces })}
        ${speakers.length ? say("script_speakers", { names: speakers.join(", ") }) : nothing}
        ${strangers.length ? say("script_strangers", { names: strangers.join(", ") }) : nothing}
        ${has ? say("script_beside", { same, different, fresh }) : nothing}</p>
      <div class="row script-ways">
        ${has || fresh ? html`<button type="button" class="main" @click=${() => void bring("compare")}>${say("script_compare")}</button>` : nothing}
        <button type="button" @click=${() => void bring("lines")}>${say("script_lines")}</button>
      </div>`;
  };
  const draw = () =>
    render(
      html`<details class="upload"><summary>${say("script_title")}</summary>
        <label>${say("script_file")} <input type="file" name="script" accept=".vtt,.srt,.txt,.docx" @change=${chosen}></label>
        ${looked ? ways(looked) : nothing}</details>
        <p class="hint" role="status">${told}</p>`,
      panel,
    );
  draw();
}
