/**
 * The start page and the form before a session: a code from the address, and the unit picker.
 *
 * A code travels in the fragment (`/join#K7M4-Q2XP`), which no server or proxy logs.
 */

import { Picker } from "./picker.js";

const code = document.querySelector("[data-code-form] input[name=code]");
if (code instanceof HTMLInputElement) takeCode(code);
for (const select of document.querySelectorAll("[data-picker] select")) {
  if (select instanceof HTMLSelectElement) new Picker(select);
}

/**
 * Fills in the code of the address and takes it out of the address, so that it is not bookmarked.
 *
 * @param {HTMLInputElement} field
 */
function takeCode(field) {
  const given = readCode(location.hash);
  if (given === "") return;
  field.value = given;
  history.replaceState(null, "", location.pathname + location.search);
  field.form?.requestSubmit?.();
}

/** @param {string} hash */
function readCode(hash) {
  const match = /^#([0-9A-Za-z]{4}-?[0-9A-Za-z]{4})$/.exec(hash);
  return match?.[1]?.toUpperCase() ?? "";
}
