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
  if (document.getElementById("hits")) foldOnPhones(document.getElementById("narrow"));
  ticking(page, document.getElementById("ticking"));
  atWrong(document.getElementById("words"));
}

/** The cursor stands at what is wrong with the words, which is selected: typing replaces it. @param {HTMLElement | null} words */
function atWrong(words) {
  if (!(words instanceof HTMLInputElement) || words.dataset.wrongAt === undefined) return;
  const before = [...words.value].slice(0, Number(words.dataset.wrongAt)); // code points; a selection counts UTF-16
  const start = before.join("").length;
  words.focus();
  words.setSelectionRange(start, start + ([...words.value][before.length]?.length ?? 0));
}

/** How many hits are ticked, and all of them with one press. @param {HTMLElement} main @param {HTMLElement | null} row */
function ticking(main, row) {
  const told = row?.querySelector("output");
  if (!row || !told) return;
  const boxes = () => /** @type {HTMLInputElement[]} */ ([...main.querySelectorAll("input[name=hit]")]);
  const draw = () => {
    const count = boxes().filter((box) => box.checked).length;
    told.textContent = (told.dataset.ticked ?? "").replace("{count}", String(count));
  };
  /** @param {boolean} isOn */
  const all = (isOn) => {
    for (const box of boxes()) box.checked = isOn;
    draw();
  };
  row.querySelector("[data-tick]")?.addEventListener("click", () => all(true));
  row.querySelector("[data-untick]")?.addEventListener("click", () => all(false));
  main.addEventListener("change", draw);
  row.hidden = false;
  draw();
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
  const isTick = event.target instanceof HTMLInputElement; // Space ticks there, and the arrows go from tick to tick
  if (event.code === "ArrowDown") focusIn(row.nextElementSibling, event, isTick);
  else if (event.code === "ArrowUp") focusIn(row.previousElementSibling, event, isTick);
  else if (isTick) return;
  else if (event.code === "Space") {
    const link = row.querySelector("a[data-play]");
    if (!(link instanceof HTMLAnchorElement)) return;
    event.preventDefault();
    toggle(link);
  }
}

/** @param {Element | null} row @param {Event} event @param {boolean} isTick */
function focusIn(row, event, isTick) {
  const target = (isTick && row?.querySelector("input[name=hit]")) || row?.querySelector("a");
  if (!(target instanceof HTMLElement)) return;
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
