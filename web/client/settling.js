/**
 * The review round and its differences: where an action led to has the focus, and keys settle.
 *
 * 1 to 6 choose what stands and go on to the reason, where Enter settles; j and k go to the next
 * difference and the one before, n to the next open one, p plays.
 */

import { playIn } from "./player.js";

const main = document.getElementById("main");
const player = document.getElementById("player");
const form = document.getElementById("settle");
const sound = main && player ? playIn(main, player) : null;
main?.addEventListener("keydown", onKey);
arrive(document.getElementById(location.hash.slice(1)) ?? first());

/** @returns {HTMLElement | null} what a difference is settled by; it has the focus once keys work */
function first() {
  return form?.querySelector("input[name=outcome]:checked") ?? form?.querySelector("input[name=outcome]") ?? null;
}

/** A page that was led to a part of itself has the focus there. @param {HTMLElement | null} place */
function arrive(place) {
  if (!place) return;
  if (!place.matches("a, button, input, select, textarea")) place.tabIndex = -1;
  place.focus();
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.target instanceof HTMLElement && event.target.matches("textarea, select, [type=text]")) return;
  const digit = Number(/^(?:Digit|Numpad)([1-6])$/.exec(event.code)?.[1] ?? 0);
  const act = digit > 0 && form ? () => decide(digit) : {
    KeyJ: () => follow("next"),
    KeyK: () => follow("previous"),
    KeyN: () => follow("open"),
    KeyP: () => play(),
  }[event.code];
  if (!act) return;
  event.preventDefault();
  act();
}

/** @param {number} digit of an outcome, from 1 */
function decide(digit) {
  const choice = form?.querySelectorAll("input[name=outcome]")[digit - 1];
  if (!(choice instanceof HTMLInputElement)) return;
  choice.checked = true;
  const next = document.getElementById(choice.value === "new" ? "code" : "reason");
  next?.focus();
  if (next instanceof HTMLInputElement) next.select();
}

/** @param {string} id */
function follow(id) {
  document.getElementById(id)?.click();
}

function play() {
  const link = main?.querySelector("a[data-play]");
  if (link instanceof HTMLAnchorElement) sound?.toggle(link);
}
