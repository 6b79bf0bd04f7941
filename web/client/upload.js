/**
 * Bringing a recording into the session: sent in pieces from where the server stands, with progress.
 */

import { html, nothing, render } from "lit-html";
import { delay, pause } from "./backoff.js";
import { newId } from "./ids.js";

/**
 * @typedef {{id: string, name: string, size: number, received: number, state: string,
 *   position: number, length: number, waiting: number, problem: string}} Upload
 */
/** @typedef {Pick<import("./steno-desk.js").Ports, "boot" | "say" | "send">} Ports */

const PIECE_BYTES = 512 * 1024;
const LOOK_MS = 2_000;
const ATTEMPTS = 9;

/**
 * Sends what the server does not have yet of a file.
 *
 * @param {Blob} file
 * @param {string} path of the upload
 * @param {string} token
 * @param {number} from where to begin
 * @param {(sent: number) => void} onSent
 * @param {typeof fetch} [fetcher]
 * @param {(ms: number) => Promise<void>} [wait]
 * @returns {Promise<string>} "" when all of it is there, else why not
 */
export async function sendFile(file, path, token, from, onSent, fetcher = fetch, wait = pause) {
  let sent = from;
  let failures = 0;
  let last = "network";
  while (sent < file.size) {
    const piece = file.slice(sent, sent + PIECE_BYTES);
    const headers = { "Upload-Offset": String(sent), "X-Colloquy-Token": token, Accept: "application/json" };
    const answer = await fetcher(path, { method: "PATCH", headers, body: piece }).catch(() => null); // away
    const body = await answer?.json().catch(() => null); // a proxy's page
    if (answer?.ok) {
      sent = body.received;
      failures = 0;
      onSent(sent);
    } else if (body?.code === "upload.offset") {
      sent = body.fields.offset;
    } else if (answer && answer.status < 500 && answer.status !== 429) {
      return body?.message ?? String(answer.status);
    } else {
      failures += 1;
      last = body?.message ?? "network";
      if (failures >= ATTEMPTS) return last;
      await wait(delay(failures, Math.random));
    }
  }
  return "";
}

/**
 * @param {HTMLElement} panel
 * @param {Ports} ports
 */
export function showUploads(panel, { boot, say, send }) {
  const path = `/api/sessions/${boot.session.id}/uploads`;
  /** @type {Upload[]} */
  let uploads = [];
  let told = "";
  let sending = "";

  const look = async () => {
    const answer = await fetch(path, { headers: { Accept: "application/json" } }).catch(() => null); // away
    if (answer?.ok) uploads = (await answer.json()).uploads;
    draw();
  };
  /** @param {SubmitEvent} event */
  const bring = async (event) => {
    event.preventDefault();
    if (sending) return;
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const file = /** @type {File} */ (form.get("file"));
    const begun = uploads.find(({ state, name, size }) => state === "receiving" && name === file.name && size === file.size);
    let id = begun?.id;
    if (!id) {
      const { name, size } = file;
      const spoken = form.get("language");
      const either = spoken === "either";
      const language = either ? boot.session.language : spoken;
      const body = { key: newId(), name, size, language, either, stereo: form.get("stereo") === "on" };
      const outcome = await send(path, body);
      told = outcome.message;
      id = outcome.ok ? outcome.body.upload : undefined;
    }
    if (!id) return draw();
    sending = id;
    await look();
    const message = await sendFile(file, `${path}/${id}`, boot.token, begun?.received ?? 0, (sent) => {
      uploads = uploads.map((one) => (one.id === id ? { ...one, received: sent } : one));
      draw();
    });
    sending = "";
    told = message === "network" ? say("away") : message;
    await look();
  };
  /** @param {string} id */
  const cancel = async (id) => {
    await fetch(`${path}/${id}`, { method: "DELETE", headers: { "X-Colloquy-Token": boot.token } });
    await look();
    panel.querySelector("summary")?.focus(); // the button is gone
  };
  const draw = () =>
    render(
      html`<details class="upload"><summary>${say("upload_title")}</summary>
        <form @submit=${bring}>
          <label>${say("upload_file")} <input type="file" name="file" accept="audio/*,video/*" required></label>
          <label>${say("upload_language")} <select name="language">
            <option value="zh" ?selected=${boot.session.language === "zh"} lang="zh">中文</option>
            <option value="en" ?selected=${boot.session.language === "en"} lang="en">English</option>
            <option value="either">${say("upload_either")}</option>
          </select></label>
          <label class="check"><input type="checkbox" name="stereo"> <span>${say("upload_stereo")}</span></label>
          <button type="submit" aria-disabled=${String(sending !== "")}>${say("upload_send")}</button>
        </form></details>
        <p class="hint" role="status">${told}</p>
        <ul class="uploads">${uploads.map((one) => row(one))}</ul>`,
      panel,
    );
  /** @param {Upload} one */
  const row = (one) => html`<li>${progress(one, one.id === sending, say)} ${one.state === "receiving" || one.state === "decoding"
    ? html`<button type="button" class="quiet" aria-label=${say("upload_cancel", { name: one.name })}
        @click=${() => void cancel(one.id)}>${say("cancel")}</button>`
    : nothing}</li>`;

  draw();
  void look();
  setInterval(() => {
    if (uploads.some(({ state, waiting }) => state === "decoding" || waiting > 0)) void look();
  }, LOOK_MS);
}

/**
 * How far an upload is, in words.
 *
 * @param {Upload} one
 * @param {boolean} isSending from this page
 * @param {import("./messages.js").Say} say
 */
export function progress({ name, state, size, received, position, length, waiting, problem }, isSending, say) {
  if (state === "receiving") {
    return say(isSending ? "upload_receiving" : "upload_paused", { name, n: Math.floor((100 * received) / size) });
  }
  if (state === "decoding" && problem) return say("upload_held", { name, problem });
  if (state === "decoding") {
    return say("upload_decoding", { name, n: length > 0 ? Math.floor((100 * position) / length) : 0 });
  }
  if (state === "decoded" && waiting > 0) return say("upload_hearing", { name, n: waiting });
  return say(`upload_${state}`, { name, problem });
}
