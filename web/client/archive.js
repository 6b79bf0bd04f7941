/**
 * The archive and the entry page: playback, the lines around a hit, and the keys for both.
 *
 * `↓` and `↑` go from hit to hit while one has the focus, Space plays and pauses (web/keys.py).
 */

import "htmx.org";
import { playIn } from "./player.js";

const page = document.getElementById("main");
const player = document.getElementById("player");
if (page && player) {
  const { toggle } = playIn(page, player);
  page.addEventListener("keydown", (event) => moved(event, toggle));
  page.addEventListener("click", foldAway, true);
  page.addEventListener("htmx:after:swap", opened);
  foldOnPhones(document.getElementById("narrow"));
}

/** Below the hits' width everything to choose from would stand before them. @param {HTMLElement | null} choices */
function foldOnPhones(choices) {
  if (window.matchMedia("(max-width: 900px)").matches) choices?.removeAttribute("open");
}

/**
 * @param {KeyboardEvent} event
 * @param {(link: HTMLAnchorElement) => void} toggle
 */
function moved(event, toggle) {
  const row = event.target instanceof Element ? event.target.closest(".hit, .evidence > li") : null;
  if (!row || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.code === "ArrowDown") focusIn(row.nextElementSibling, event);
  else if (event.code === "ArrowUp") focusIn(row.previousElementSibling, event);
  else if (event.code === "Space") {
    const link = row.querySelector("a[data-play]");
    if (!(link instanceof HTMLAnchorElement)) return;
    event.preventDefault();
    toggle(link);
  }
}

/** @param {Element | null} row @param {Event} event */
function focusIn(row, event) {
  const target = row?.querySelector("a");
  if (!target) return;
  event.preventDefault();
  target.focus();
}

/** A second press on “Lines around” folds them away instead of fetching again. @param {Event} event */
function foldAway(event) {
  const link = event.target instanceof Element ? event.target.closest("a.around") : null;
  const box = link && document.getElementById(link.getAttribute("aria-controls") ?? "");
  if (!link || !box?.hasChildNodes()) return;
  event.preventDefault();
  event.stopPropagation();
  box.replaceChildren();
  link.setAttribute("aria-expanded", "false");
}

/** @param {Event} event */
function opened(event) {
  const link = event.target instanceof Element ? event.target.closest("a.around") : null;
  link?.setAttribute("aria-expanded", "true");
}
