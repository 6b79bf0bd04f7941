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

/** @type {Set<Element | null>} forms with something that was not sent */
const changed = new Set();
pickers(document);
for (const form of document.querySelectorAll("form[data-rows]")) {
  if (form instanceof HTMLFormElement) new Rows(form, pickers, () => changed.add(form));
}
document.addEventListener("input", ({ target }) => {
  const form = target instanceof Element ? target.closest("form[data-rows]") : null;
  if (form) changed.add(form);
});
document.addEventListener("submit", ({ target }) => changed.delete(/** @type {Element} */ (target))); // one form sends itself alone
window.addEventListener("beforeunload", (event) => {
  if (changed.size > 0) event.preventDefault();
});
