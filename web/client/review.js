/**
 * The coder's desk: one unit or a range is chosen, codes are put on it, every change is sent at once.
 *
 * Keys: arrows or j and k go, with Shift they take several; c finds a code, Enter puts it; e is
 * "seen and empty", Enter that and on, n the next one not seen, u is "not seen", m the memo,
 * Space plays; Escape goes back to the unit.
 */

import { request } from "./http.js";
import { playIn } from "./player.js";

/** @typedef {{codes: string[], memo: string}} Coding */
/**
 * @typedef {{round: string, token: string, done: boolean, codings: Record<string, Coding>,
 *   messages: Record<string, string>}} Boot
 */

const RETRY_MILLISECONDS = 3_000;

const boot = /** @type {Boot} */ (JSON.parse(document.getElementById("boot")?.textContent ?? "{}"));
const units = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".coding-unit")]);
const codes = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".code")]);
const state = /** @type {HTMLElement} */ (document.getElementById("desk-state"));
const filter = /** @type {HTMLInputElement | null} */ (document.getElementById("code-filter"));
const memo = /** @type {HTMLTextAreaElement | null} */ (document.getElementById("memo"));
const codings = new Map(Object.entries(boot.codings));
const main = document.getElementById("main");
const aside = document.getElementById("player");
const sound = main && aside ? playIn(main, aside) : null;
let at = 0;
let from = 0;
let active = 0;
let sending = Promise.resolve();
let waiting = 0;

units.forEach(drawUnit);
if (units.length > 0) choose(0, false, false);
say("");
if (!boot.done) listen();

function listen() {
  document.getElementById("coding-units")?.addEventListener("keydown", onUnitKey);
  units.forEach((unit, index) => unit.addEventListener("click", (event) => choose(index, event.shiftKey, true)));
  filter?.addEventListener("input", () => activate(shown()[0]));
  filter?.addEventListener("focus", () => filter.select()); // the next code is typed over the last
  filter?.addEventListener("keydown", onFilterKey);
  document.getElementById("code-list")?.addEventListener("keydown", onFilterKey);
  for (const code of codes) code.addEventListener("click", () => toggle(code));
  memo?.addEventListener("change", keepMemo);
  memo?.addEventListener("keydown", (event) => {
    if (event.key === "Escape") focusUnit();
  });
  button("seen-empty", () => put({ codes: [] }));
  button("unseen", () => send(null));
  button("unit-before", () => show(at - 1));
  button("unit-next", () => show(at + 1));
  button("next-unseen", () => show(unseen()));
  document.addEventListener("visibilitychange", () => document.hidden && keepMemo());
  addEventListener("beforeunload", (event) => {
    keepMemo();
    if (waiting > 0) event.preventDefault();
  });
}

/** What was typed and is not yet on its way: a page that goes sends no "change" first. */
function keepMemo() {
  if (memo && memo.value !== current().memo) put({ memo: memo.value });
}

/** @param {string} id @param {() => void} act */
function button(id, act) {
  document.getElementById(id)?.addEventListener("click", act);
}

/** @param {KeyboardEvent} event */
function onUnitKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const act = {
    ArrowDown: () => choose(at + 1, event.shiftKey, true),
    KeyJ: () => choose(at + 1, event.shiftKey, true),
    ArrowUp: () => choose(at - 1, event.shiftKey, true),
    KeyK: () => choose(at - 1, event.shiftKey, true),
    KeyC: () => filter?.focus(),
    KeyE: () => put({ codes: [] }),
    KeyU: () => send(null),
    KeyM: () => memo?.focus(),
    KeyN: () => choose(unseen(), false, true),
    Enter: event.target instanceof HTMLAnchorElement ? undefined : pass,
    Space: play,
  }[event.code];
  if (!act) return;
  event.preventDefault();
  act();
}

/** @param {KeyboardEvent} event */
function onFilterKey(event) {
  if (event.isComposing || event.keyCode === 229) return; // Safari ends composing before its Enter
  const list = shown();
  const here = list.indexOf(/** @type {HTMLElement} */ (codes[active]));
  if (event.key === "ArrowDown") activate(list[here + 1] ?? list[0]);
  else if (event.key === "ArrowUp") activate(list[here - 1] ?? list[list.length - 1]);
  else if (event.key === "Enter" && list[here]) toggle(/** @type {HTMLElement} */ (list[here]));
  else if (event.key === "Escape") focusUnit();
  else return;
  event.preventDefault();
}

/** Codes that answer what is typed; all of them while nothing is. */
function shown() {
  const words = (filter?.value ?? "").trim().toLowerCase();
  for (const code of codes) code.hidden = words !== "" && !code.textContent?.toLowerCase().includes(words);
  return codes.filter((code) => !code.hidden);
}

/** @param {HTMLElement | undefined} code */
function activate(code) {
  codes[active]?.classList.remove("is-active");
  if (!code) return;
  active = codes.indexOf(code);
  code.classList.add("is-active");
  code.scrollIntoView({ block: "nearest" });
  filter?.setAttribute("aria-activedescendant", code.id);
}

/** @param {number} index @param {boolean} extend @param {boolean} focus */
function choose(index, extend, focus) {
  if (index < 0 || index >= units.length) return;
  at = index;
  if (!extend) from = index;
  units.forEach((unit, position) => {
    const inside = position >= Math.min(from, at) && position <= Math.max(from, at);
    unit.classList.toggle("is-chosen", inside);
    words(unit).tabIndex = position === at ? 0 : -1;
  });
  if (focus) focusUnit();
  drawCodes();
}

/** Goes to a unit by a button: on a phone the one card comes into view. @param {number} index */
function show(index) {
  choose(index, false, false);
  units[at]?.scrollIntoView({ block: "nearest" });
}

/** @returns {number} the next unit that is not seen, round the end; where there is none, this one */
function unseen() {
  const order = [...units.slice(at + 1), ...units.slice(0, at)];
  const found = order.find((unit) => !codings.has(number(unit)));
  return found ? units.indexOf(found) : at;
}

/** What was not seen is seen and empty, and the next unit has its turn. */
function pass() {
  const chosen = units.slice(Math.min(from, at), Math.max(from, at) + 1);
  if (!chosen.some((unit) => codings.has(number(unit)))) put({ codes: [] });
  choose(Math.max(from, at) + 1, false, true);
}

/** Plays the first line of the unit with the focus, or stops. */
function play() {
  const link = units[at]?.querySelector("a[data-play]");
  if (link instanceof HTMLAnchorElement) sound?.toggle(link);
}

function focusUnit() {
  const unit = units[at];
  if (unit) words(unit).focus();
}

/** @param {HTMLElement} code */
function toggle(code) {
  const id = code.dataset.code ?? "";
  const now = current().codes;
  put({ codes: now.includes(id) ? now.filter((one) => one !== id) : [...now, id] });
}

/** @returns {Coding} what stands on the unit with the focus */
function current() {
  return codings.get(number(units[at])) ?? { codes: [], memo: "" };
}

/** @param {Partial<Coding>} change */
function put(change) {
  send({ ...current(), ...change });
}

/** Draws at once, sends in order; a range gets one choice. @param {Coding | null} choice */
function send(choice) {
  const numbers = units.slice(Math.min(from, at), Math.max(from, at) + 1).map(number);
  for (const one of numbers) choice ? codings.set(one, choice) : codings.delete(one);
  units.forEach(drawUnit);
  drawCodes();
  waiting += 1;
  say("review_saving");
  sending = sending.then(() => deliver(numbers.map(Number), choice));
}

/** @param {number[]} numbers @param {Coding | null} choice */
async function deliver(numbers, choice) {
  const body = { numbers, codes: choice ? choice.codes : null, memo: choice?.memo ?? "" };
  for (;;) {
    const answer = await request("PUT", `/api/reviews/${boot.round}/codings`, boot.token, body);
    if (answer.kind === "refused") {
      waiting -= 1;
      state.textContent = answer.message;
      return;
    }
    if (answer.kind === "ok") break;
    say("review_away");
    await new Promise((wake) => setTimeout(wake, Math.max(answer.retryAfter, RETRY_MILLISECONDS)));
  }
  waiting -= 1;
  if (waiting === 0) say("review_saved");
}

/** @param {string} key */
function say(key) {
  const seen = units.filter((unit) => codings.has(number(unit))).length;
  const progress = (boot.messages.review_progress ?? "").replace("{seen}", String(seen));
  const sentence = key === "" ? "" : ` ${boot.messages[key] ?? ""}`;
  state.textContent = progress.replace("{all}", String(units.length)) + sentence;
}

/** @param {HTMLElement} unit */
function drawUnit(unit) {
  const coding = codings.get(number(unit));
  unit.classList.toggle("is-seen", coding !== undefined);
  const place = /** @type {HTMLElement} */ (unit.querySelector("[data-codes]"));
  const labels = (coding?.codes ?? []).map((id) => codes.find((code) => code.dataset.code === id));
  const chips = labels.map((code) => chip(code?.querySelector(".code-label")?.textContent ?? ""));
  if (coding && chips.length === 0) chips.push(chip(boot.messages.review_empty ?? ""));
  place.replaceChildren(...chips);
  const note = /** @type {HTMLElement} */ (unit.querySelector("[data-memo]"));
  note.textContent = coding?.memo ?? "";
}

/** @param {string} text */
function chip(text) {
  const made = document.createElement("span");
  made.className = "chip";
  made.textContent = text;
  return made;
}

function drawCodes() {
  const now = current();
  for (const code of codes) {
    if (!boot.done) code.setAttribute("aria-selected", String(now.codes.includes(code.dataset.code ?? "")));
  }
  if (memo) memo.value = now.memo;
}

/** @param {HTMLElement | undefined} unit */
function number(unit) {
  return unit?.dataset.number ?? "";
}

/** @param {HTMLElement} unit */
function words(unit) {
  return /** @type {HTMLElement} */ (unit.querySelector(".unit-words"));
}
