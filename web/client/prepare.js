/**
 * The pages on which studies and sessions are prepared: lists whose rows are added, moved and removed
 * before the list is sent as a whole. Without script the same buttons ask the server to do it.
 */

import { Picker } from "./picker.js";
import { Rows } from "./rows.js";

/** Everything a unit is found by, once for all selects of the page. @type {Map<string, string>} */
const found = new Map();
for (const option of document.querySelectorAll("#unit-search option")) {
  if (option instanceof HTMLOptionElement) found.set(option.value, option.label);
}

/** @param {ParentNode} place */
function pickers(place) {
  for (const select of place.querySelectorAll("[data-picker] select")) {
    if (!(select instanceof HTMLSelectElement)) continue;
    for (const option of select.options) option.dataset.search = found.get(option.value) ?? "";
    new Picker(select);
  }
}

/** Forms with rows whose changes are not sent yet. @type {Set<HTMLFormElement>} */
const changed = new Set();
pickers(document);
for (const form of document.querySelectorAll("form[data-rows]")) {
  if (form instanceof HTMLFormElement) new Rows(form, pickers, () => changed.add(form));
}
document.addEventListener("input", ({ target }) => {
  const form = target instanceof Element ? target.closest("form[data-rows]") : null;
  if (form instanceof HTMLFormElement) changed.add(form);
});
document.addEventListener("submit", (event) => {
  const sent = event.target;
  if (!(sent instanceof HTMLFormElement)) return;
  changed.delete(sent);
  const others = [...changed].filter((form) => form.checkValidity());
  if (others.length === 0) return;
  event.preventDefault();
  void sendAll(others, sent, /** @type {SubmitEvent} */ (event).submitter);
});
window.addEventListener("beforeunload", (event) => {
  if (changed.size > 0) event.preventDefault();
});

/**
 * Another list of the page was changed too: it is kept first, as the page is laid anew. What the
 * server refuses is sent as its own page, where the reason stands.
 *
 * @param {readonly HTMLFormElement[]} others
 * @param {HTMLFormElement} last
 * @param {HTMLElement | null} submitter
 */
async function sendAll(others, last, submitter) {
  for (const form of others) {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    const kept = await fetch(form.action, { method: "POST", body }).then((answer) => answer.ok, () => false);
    if (kept) changed.delete(form);
    else {
      changed.delete(form);
      changed.add(last); // the browser asks before it is lost
      return form.submit();
    }
  }
  if (submitter instanceof HTMLButtonElement && submitter.name) {
    const pressed = document.createElement("input"); // what `submit` leaves out
    Object.assign(pressed, { type: "hidden", name: submitter.name, value: submitter.value });
    last.append(pressed);
  }
  last.submit();
}

const kind = document.querySelector("select[name=kind]");
kind?.addEventListener("change", () => {
  const suits = [...document.querySelectorAll("[data-suits]")].find(
    (one) => one instanceof HTMLElement && kind instanceof HTMLSelectElement && one.dataset.suits === kind.value,
  );
  if (!(suits instanceof HTMLElement)) return;
  const stage = document.querySelector("select[name=stage]");
  if (stage instanceof HTMLSelectElement) stage.value = suits.dataset.stage ?? stage.value;
});
