/**
 * Passages of a source or of answers: chosen by arrow keys and Space, then coded or noted on.
 *
 * The form works without this; the script counts what is chosen, extends a choice with Shift, and
 * jumps to the field of an entry or of a note (web/keys.py, "passages").
 */

import { Picker } from "./picker.js";

const KINDS = ["problem", "cause", "consequence", "solution", "example", "memo"];

for (const form of document.querySelectorAll("form[data-passages]")) {
  if (form instanceof HTMLFormElement) desk(form);
}

/** @param {HTMLFormElement} form */
function desk(form) {
  const boxes = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input[name=passage]")]);
  const select = form.querySelector("[data-picker] select");
  const picker = select instanceof HTMLSelectElement ? new Picker(select) : null;
  if (boxes.length === 0) return;
  const told = form.querySelector("[data-count]");
  const count = () => told instanceof HTMLElement && tell(told, boxes.filter((box) => box.checked).length);
  form.addEventListener("change", count);
  form.addEventListener("keydown", (event) => pressed(event, form, boxes, picker?.field ?? null, count));
  if (location.hash === "") boxes[0]?.focus({ preventScroll: true });
  else document.querySelector(`${CSS.escape(location.hash).replace("\\#", "#")} input`)?.scrollIntoView({ block: "center" });
  count();
}

/** @param {HTMLElement} told @param {number} chosen */
function tell(told, chosen) {
  const { none = "", some = "" } = told.dataset;
  told.textContent = chosen === 0 ? none : some.replace("{count}", String(chosen));
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLFormElement} form
 * @param {HTMLInputElement[]} boxes
 * @param {HTMLInputElement | null} entry
 * @param {() => void} count
 */
function pressed(event, form, boxes, entry, count) {
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  const at = boxes.findIndex((box) => box === event.target);
  if (at < 0) {
    if (event.code === "Escape") (boxes.find((box) => box.checked) ?? boxes[0])?.focus();
    return;
  }
  const step = { ArrowDown: 1, KeyJ: 1, ArrowUp: -1, KeyK: -1 }[event.code];
  if (step !== undefined) {
    const next = boxes[at + step];
    if (event.shiftKey) for (const box of [boxes[at], next]) if (box) box.checked = true;
    next?.focus();
    next?.closest("li")?.scrollIntoView({ block: "nearest" });
    count();
  } else if (event.code === "KeyE") entry?.focus();
  else if (/^Digit[1-6]$/.test(event.code)) note(form, Number(event.code.slice(-1)) - 1);
  else return;
  event.preventDefault();
}

/** @param {HTMLFormElement} form @param {number} kind */
function note(form, kind) {
  const select = form.querySelector("select[name=kind]");
  if (select instanceof HTMLSelectElement) select.value = KINDS[kind] ?? "memo";
  const text = form.querySelector("input[name=text]");
  if (text instanceof HTMLInputElement) text.focus();
}
