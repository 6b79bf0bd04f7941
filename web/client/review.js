/**
 * The coder's desk: one unit or a range is chosen, codes are put on it, every change is sent at once.
 *
 * Keys: arrows or j and k go, with Shift they take several; 1 to 9 put the codes used so far, c finds
 * one, Enter puts it and with nothing typed goes on; e is "seen and empty", Enter that and on, n the
 * next one not seen, u is "not seen", m the memo, z takes back, Space plays; Escape goes back to the
 * unit. A key draws the units that it changes and no others: an hour has hundreds.
 */

import { environmentOf } from "./environment.js";
import { playIn } from "./player.js";
import { Choices } from "./review-choices.js";
import { CodeList } from "./review-codes.js";
import { Vault } from "./vault.js";

/** @typedef {import("./review-choices.js").Choice} Choice */
/**
 * @typedef {{round: string, coder: string, token: string, journal_key: string, done: boolean,
 *   codings: Record<string, Choice>, messages: Record<string, string>}} Boot
 */

const TYPING_MS = 400;
/** @type {Choice} */
const EMPTY = { codes: [], memo: "" };

const boot = /** @type {Boot} */ (JSON.parse(document.getElementById("boot")?.textContent ?? "{}"));
const units = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".coding-unit")]);
const state = /** @type {HTMLElement} */ (document.getElementById("desk-state"));
const memo = /** @type {HTMLTextAreaElement | null} */ (document.getElementById("memo"));
const main = document.getElementById("main");
const aside = document.getElementById("player");
const sound = main && aside ? playIn(main, aside) : null;
const vault = new Vault(globalThis.indexedDB);
const choices = new Choices(boot.round, boot.token, boot.codings, {
  vault, box: `review:${boot.round}:${boot.coder}`, environment: environmentOf(window),
});
const codes = new CodeList({ toggle, leave: focusUnit, onward: () => choose(last() + 1, false, true) });
let at = 0;
let from = 0;
let seen = 0;
let typing = 0;

for (const unit of units) if (drawUnit(unit)) seen += 1;
if (boot.done) say("");
else void begin();

async function begin() {
  for (const id of mostUsed()) codes.used(id);
  codes.listen();
  listen();
  at = from = Math.max(0, units.length - 1);
  choose(unseen() ?? 0, false, true); // where one stopped, not where the session begins
  choices.onState(({ phase, message }) => (phase === "refused" ? (state.textContent = message) : say(`review_${phase}`)));
  say("");
  void vault.unlock(boot.journal_key);
  redraw(await choices.salvage());
}

function listen() {
  document.getElementById("coding-units")?.addEventListener("keydown", onUnitKey);
  document.getElementById("coding-units")?.addEventListener("click", (event) => {
    const unit = event.target instanceof Element ? event.target.closest(".coding-unit") : null;
    if (unit instanceof HTMLElement) choose(units.indexOf(unit), event.shiftKey, true);
  });
  memo?.addEventListener("input", () => {
    clearTimeout(typing);
    typing = window.setTimeout(keepMemo, TYPING_MS);
  });
  memo?.addEventListener("change", keepMemo);
  memo?.addEventListener("keydown", (event) => {
    if (event.key === "Escape") focusUnit();
  });
  button("seen-empty", () => (empty(), show(at + 1)));
  button("unseen", () => put(() => null));
  button("unit-before", () => show(at - 1));
  button("unit-next", () => show(at + 1));
  button("next-unseen", () => show(unseen() ?? at));
  button("undo", undo);
  document.addEventListener("visibilitychange", () => document.hidden && keepMemo());
  addEventListener("pagehide", keepMemo);
  const done = /** @type {HTMLFormElement | null} */ (document.querySelector(".done-form"));
  done?.addEventListener("submit", (event) => {
    keepMemo();
    if (!choices.unsaved) return;
    event.preventDefault(); // what is on its way arrives first
    void choices.settled().then(() => !choices.unsaved && done.submit());
  });
}

/** What was typed and is not yet on its way. */
function keepMemo() {
  clearTimeout(typing);
  const unit = units[at];
  if (!memo || !unit || memo.value === current().memo) return;
  const change = new Map([[number(unit), { ...current(), memo: memo.value }]]);
  choices.put(change);
  redraw(change);
}

/** @param {string} id @param {() => void} act */
function button(id, act) {
  document.getElementById(id)?.addEventListener("click", act);
}

/** @param {KeyboardEvent} event */
function onUnitKey(event) {
  if (event.isComposing || event.altKey) return;
  if (event.ctrlKey || event.metaKey) {
    if (event.code !== "KeyZ" || event.shiftKey) return;
    event.preventDefault();
    return undo();
  }
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
  const act = digit ? () => put1(codes.at(Number(digit))) : {
    ArrowDown: () => choose(at + 1, event.shiftKey, true),
    KeyJ: () => choose(at + 1, event.shiftKey, true),
    ArrowUp: () => choose(at - 1, event.shiftKey, true),
    KeyK: () => choose(at - 1, event.shiftKey, true),
    KeyC: () => codes.focus(),
    KeyE: empty,
    KeyU: () => put(() => null),
    KeyM: () => memo?.focus(),
    KeyN: () => choose(unseen() ?? at, false, true),
    KeyZ: undo,
    Enter: event.target instanceof HTMLAnchorElement ? undefined : pass,
    Space: play,
  }[event.code];
  if (!act) return;
  event.preventDefault();
  act();
}

/** @param {string | undefined} code */
function put1(code) {
  if (code !== undefined) toggle(code);
}

/** @param {number} index @param {boolean} extend @param {boolean} focus */
function choose(index, extend, focus) {
  if (index < 0 || index >= units.length) return;
  keepMemo();
  const before = range();
  at = index;
  if (!extend) from = index;
  const now = range();
  for (const unit of before) {
    unit.classList.remove("is-chosen");
    words(unit).tabIndex = -1;
  }
  for (const unit of now) unit.classList.add("is-chosen");
  words(/** @type {HTMLElement} */ (units[at])).tabIndex = 0;
  if (focus) focusUnit();
  drawCodes();
}

/** @returns {HTMLElement[]} the units that one action is for */
function range() {
  return units.slice(Math.min(from, at), last() + 1);
}

function last() {
  return Math.max(from, at);
}

/** Goes to a unit by a button: on a phone the one card comes into view. @param {number} index */
function show(index) {
  choose(index, false, false);
  units[at]?.scrollIntoView({ block: "nearest" });
}

/** @returns {number | undefined} the next unit that is not seen, round the end */
function unseen() {
  for (let step = 1; step <= units.length; step += 1) {
    const index = (at + step) % units.length;
    if (choices.of(number(/** @type {HTMLElement} */ (units[index]))) === undefined) return index;
  }
  return undefined;
}

/** What was not seen is seen and empty, and the next unit has its turn. */
function pass() {
  if (range().every((unit) => choices.of(number(unit)) === undefined)) empty();
  choose(last() + 1, false, true);
}

/** Plays the lines of the unit with the focus one after the other, or stops. */
function play() {
  const links = /** @type {HTMLAnchorElement[]} */ ([...(units[at]?.querySelectorAll("a[data-play]") ?? [])]);
  const link = links.find((one) => one.getAttribute("aria-pressed") === "true") ?? links[0];
  if (link) sound?.toggle(link);
}

aside?.querySelector("audio")?.addEventListener("ended", () => {
  const links = [...(units[at]?.querySelectorAll("a[data-play]") ?? [])];
  const next = links[links.findIndex((one) => one.hasAttribute("aria-pressed")) + 1];
  if (next instanceof HTMLAnchorElement && next !== links[0]) sound?.toggle(next);
});

function focusUnit() {
  const unit = units[at];
  if (unit) words(unit).focus();
}

/** A code goes on every unit of the range, or off them where the unit with the focus has it. @param {string} code */
function toggle(code) {
  const isOff = current().codes.includes(code);
  put(({ codes: now, memo: said }) => {
    const others = now.filter((one) => one !== code);
    return { codes: isOff ? others : [...others, code], memo: said };
  });
  codes.used(code);
}

function empty() {
  put(({ memo: said }) => ({ codes: [], memo: said }));
}

/** @returns {Choice} what stands on the unit with the focus */
function current() {
  const unit = units[at];
  return (unit && choices.of(number(unit))) ?? EMPTY;
}

/** Changes each unit of the range; memos stay with their units. @param {(now: Choice) => Choice | null} change */
function put(change) {
  keepMemo();
  const changes = new Map(range().map((unit) => [number(unit), change(choices.of(number(unit)) ?? EMPTY)]));
  choices.put(changes);
  redraw(changes);
}

function undo() {
  keepMemo();
  const before = choices.undo();
  if (before === null) return;
  redraw(before);
  const first = [...before.keys()][0];
  choose(units.findIndex((unit) => number(unit) === first), false, true);
}

/** @param {import("./review-choices.js").Changes} changes */
function redraw(changes) {
  for (const one of changes.keys()) {
    const unit = document.getElementById(`unit-${one}`);
    if (!unit) continue;
    const was = unit.classList.contains("is-seen");
    seen += Number(drawUnit(unit)) - Number(was);
  }
  drawCodes();
  say(choices.unsaved ? "review_saving" : "");
}

/** @param {string} key */
function say(key) {
  const progress = (boot.messages.review_progress ?? "").replace("{seen}", String(seen));
  const sentence = key === "" ? "" : ` ${boot.messages[key] ?? ""}`;
  state.textContent = progress.replace("{all}", String(units.length)) + sentence;
}

/** @param {HTMLElement} unit @returns {boolean} whether it was seen */
function drawUnit(unit) {
  const coding = choices.of(number(unit));
  unit.classList.toggle("is-seen", coding !== undefined);
  const place = /** @type {HTMLElement} */ (unit.querySelector("[data-codes]"));
  const chips = (coding?.codes ?? []).map((id) => chip(codes.label(id)));
  if (coding && chips.length === 0) chips.push(chip(boot.messages.review_empty ?? ""));
  place.replaceChildren(...chips);
  const note = /** @type {HTMLElement} */ (unit.querySelector("[data-memo]"));
  note.textContent = coding?.memo ?? "";
  return coding !== undefined;
}

/** @returns {string[]} codes that were used before, the most used first */
function mostUsed() {
  /** @type {Map<string, number>} */
  const times = new Map();
  for (const { codes: put } of Object.values(boot.codings)) {
    for (const id of put) times.set(id, (times.get(id) ?? 0) + 1);
  }
  return [...times.keys()].sort((one, other) => (times.get(other) ?? 0) - (times.get(one) ?? 0));
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
  codes.draw(now.codes);
  if (memo && memo.value !== now.memo) memo.value = now.memo;
}

/** @param {HTMLElement} unit */
function number(unit) {
  return Number(unit.dataset.number);
}

/** @param {HTMLElement} unit */
function words(unit) {
  return /** @type {HTMLElement} */ (unit.querySelector(".unit-words"));
}
