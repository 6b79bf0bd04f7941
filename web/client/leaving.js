/**
 * Signing out: what is not on the server yet would go with the login, so it is asked about in place:
 * send, download, discard, or stay.
 *
 * Where the browser cannot keep anything over a reload, closing the page asks as well, by the
 * browser's own question: a page can do no more.
 */

import { html, nothing, render } from "lit-html";

/** @typedef {import("./salvage.js").Note} Note */

/**
 * @typedef {object} LeavingPorts
 * @property {import("./messages.js").Say} say
 * @property {import("./sync.js").Connection} connection
 * @property {import("./drafts.js").Drafts} drafts
 * @property {string} title of the session
 */

/**
 * @param {HTMLFormElement} form signs out when it is submitted
 * @param {HTMLElement} place what is asked
 * @param {LeavingPorts} ports
 */
export function showLeaving(form, place, { say, connection, drafts, title }) {
  /** @type {"" | "asking" | "sending"} */
  let step = "";
  let told = "";
  const count = () => connection.state().unsaved + drafts.pending().length;
  const leave = () => {
    step = "";
    form.submit();
  };
  const send = () => {
    step = "sending";
    connection.retry();
    drafts.retry();
    changed();
  };
  const download = () => {
    const name = `${title}.txt`.replace(/[\\/:*?"<>|]/g, " ");
    offer(name, inWords(connection.unsavedNotes(), drafts.pending(), say));
    told = say("leave_downloaded", { name });
    draw();
  };
  const stay = () => {
    step = "";
    draw();
    form.querySelector("button")?.focus();
  };
  const changed = () => {
    if (step === "sending" && count() === 0) leave();
    else if (step !== "") draw();
  };
  /** @param {string} label @param {string} look @param {() => void} press */
  const button = (label, look, press) =>
    html`<button type="button" class=${look} @click=${press}>${say(label)}</button>`;

  const draw = () => {
    const n = count();
    const isAway = step === "sending" && connection.state().link === "offline";
    const asked = n === 0 ? say("leave_saved") : say("leave_unsaved", { n });
    const state = step === "sending" ? say(isAway ? "leave_waiting" : "leave_sending") : told;
    render(
      step === ""
        ? nothing
        : html`<p>${asked}</p>
            <p class="leaving-buttons">
              ${step === "asking" ? button("leave_send", "main", send) : nothing}
              ${button("leave_download", "", download)} ${button("leave_discard", "danger", leave)}
              ${button("leave_stay", "quiet", stay)}
            </p>
            <p role="status">${state}</p>`,
      place,
    );
  };

  form.addEventListener("submit", (event) => {
    if (count() === 0) return;
    event.preventDefault();
    step = "asking";
    told = "";
    draw();
    place.querySelector("button")?.focus();
  });
  window.addEventListener("beforeunload", (event) => {
    if (!connection.state().durable && count() > 0) event.preventDefault();
  });
  connection.onState(changed);
  drafts.onState(changed);
}

/**
 * Unsaved edits and drafts as a text for people, one paragraph each: what kind, about what, whose.
 *
 * @param {readonly Note[]} notes
 * @param {ReadonlyArray<{body: Record<string, any>}>} drafts
 * @param {import("./messages.js").Say} say
 */
export function inWords(notes, drafts, say) {
  const kept = drafts.map(({ body }) => ({ ...body, targets: body.target ? [body.target] : [] }));
  const all = /** @type {Array<Partial<Note>>} */ ([...notes, ...kept]);
  return all
    .map(({ kind, targets, voice, text }) => {
      const about = (targets ?? []).map(({ quote }) => `> ${quote}`);
      const head = [kind ? say(kind) : "", voice?.name ?? ""].filter(Boolean).join(" · ");
      return [head, ...about, text ?? ""].filter(Boolean).join("\n");
    })
    .join("\n\n");
}

/**
 * @param {string} name
 * @param {string} text
 */
function offer(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address));
}
