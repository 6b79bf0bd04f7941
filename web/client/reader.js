/**
 * The reader of a session: the player in step with the lines, and the session minute by minute.
 *
 * While something plays, the line that is heard is marked, and kept in sight unless the reader has
 * scrolled away from it. The replay hides what had not been said, noted or agreed by a minute.
 */

import { element } from "./page.js";
import { playIn } from "./player.js";

const SECONDS_A_MINUTE_TAKES = 2;

const page = document.getElementById("main");
const player = document.getElementById("player");
const lines = document.getElementById("lines");
if (page && player && lines) {
  playIn(page, player);
  keepInStep(lines, /** @type {HTMLAudioElement} */ (player.querySelector("audio")));
  replay(lines, element("replay", HTMLFormElement));
  atLine(lines);
  window.addEventListener("hashchange", () => atLine(lines));
}

/** Who comes from a hit or a citation stands at its line: in sight, and with the focus there. @param {HTMLElement} list */
function atLine(list) {
  const line = document.getElementById(window.location.hash.slice(1));
  if (!line || line.parentElement !== list) return;
  line.tabIndex = -1;
  line.focus({ preventScroll: true });
  line.scrollIntoView({ block: "center" });
}

/** @param {HTMLElement} list @param {HTMLAudioElement} audio */
function keepInStep(list, audio) {
  const rows = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("li[data-track]")]);
  let marked = /** @type {HTMLElement | null} */ (null);
  audio.addEventListener("timeupdate", () => {
    const heard = lineAt(rows, audio.currentSrc, audio.currentTime);
    if (!heard || heard === marked) return;
    const follows = marked === null || isInSight(marked);
    marked?.classList.remove("sounding");
    heard.classList.add("sounding");
    atStep(heard.dataset.step);
    if (follows) heard.scrollIntoView({ block: "nearest" });
    marked = heard;
  });
}

/**
 * The last line of the track that began before this moment.
 * @param {HTMLElement[]} rows @param {string} source @param {number} seconds
 */
export function lineAt(rows, source, seconds) {
  const [played = ""] = source.split("#");
  const track = played.replace(/\.opus$/, ".wav"); // the player takes what is smaller, see player.js
  const begun = rows.filter(
    ({ dataset }) => track.endsWith(dataset.track ?? "\0") && Number(dataset.start) <= seconds,
  );
  return begun.reduce((latest, row) => (latest && startOf(latest) > startOf(row) ? latest : row), /** @type {HTMLElement | null} */ (null));
}

/** @param {HTMLElement} row */
const startOf = (row) => Number(row.dataset.start);

/** @param {HTMLElement} row */
function isInSight(row) {
  const { top, bottom } = row.getBoundingClientRect();
  return bottom > 0 && top < window.innerHeight;
}

/** Marks the step of the agenda that ran then. @param {string | undefined} id */
function atStep(id) {
  for (const step of document.querySelectorAll("#reader-agenda > li")) {
    if (step instanceof HTMLElement && id && step.dataset.step === id) step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
  }
}

/** The last step that had begun by then. @param {number} seconds */
function stepAt(seconds) {
  const begun = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#reader-agenda > li[data-began]")])
    .filter(({ dataset }) => Number(dataset.began) <= seconds)
    .sort((a, b) => Number(a.dataset.began) - Number(b.dataset.began));
  return begun.pop()?.dataset.step;
}

/** @param {HTMLElement} list @param {HTMLFormElement} form */
function replay(list, form) {
  const minute = element("replay-minute", HTMLInputElement);
  const run = element("replay-run", HTMLButtonElement);
  const told = /** @type {HTMLOutputElement} */ (form.querySelector("output"));
  const begin = run.textContent ?? "";
  let timer = 0;
  const draw = () => {
    const isWhole = minute.value === minute.max;
    const until = isWhole ? Infinity : Number(minute.value) * 60; // what came later, in writing say, ends the record
    for (const one of list.querySelectorAll("[data-at]")) {
      if (one instanceof HTMLElement) one.hidden = Number(one.dataset.at) > until;
    }
    atStep(isWhole ? undefined : stepAt(until));
    told.textContent = (told.dataset.minutes ?? "").replace("{minute}", minute.value);
  };
  const stop = () => {
    window.clearInterval(timer);
    timer = 0;
    run.textContent = begin;
  };
  const next = () => {
    minute.value = String(Number(minute.value) + 1);
    draw();
    [...list.querySelectorAll(":scope > li:not([hidden])")].pop()?.scrollIntoView({ block: "nearest" });
    if (minute.value === minute.max) stop();
  };
  minute.addEventListener("input", draw);
  run.addEventListener("click", () => {
    if (timer) return stop();
    if (minute.value === minute.max) minute.value = "0";
    draw();
    run.textContent = run.dataset.stop ?? "";
    timer = window.setInterval(next, SECONDS_A_MINUTE_TAKES * 1000);
  });
  form.hidden = false;
  draw();
}
