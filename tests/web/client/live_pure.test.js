import assert from "node:assert/strict";
import { test } from "node:test";
import { part } from "../../../web/client/anchors.js";
import { sentence } from "../../../web/client/announcer.js";
import { Clock } from "../../../web/client/clock.js";
import { continues, initials, timecode } from "../../../web/client/grouping.js";
import { correction, firstBelow, isAtEnd } from "../../../web/client/hold.js";
import { actionOf, codeOf, isSingle } from "../../../web/client/keys.js";
import { sayer } from "../../../web/client/messages.js";
import { affectedBy, targetsOf } from "../../../web/client/notes.js";
import { stepSentence } from "../../../web/client/panels.js";
import { onTheTable, overdue } from "../../../web/client/projector-view.js";
import { rights } from "../../../web/client/rights.js";
import { diskSentence, earSentence, savedSentence, shutSentence } from "../../../web/client/status.js";

const line = (more = {}) => ({
  id: "a", at: 10, speaker: "王芳", person: "p", unit: "u", source: "spoken", presumed: false, ...more,
});
const press = (more = {}) => ({
  code: "Digit1", keyCode: 49, isComposing: false, defaultPrevented: false,
  altKey: false, ctrlKey: false, metaKey: false, shiftKey: false, ...more,
});
const KEYS = [
  { code: "Digit1", action: "problem", label: "", place: "list" },
  { code: "Alt+Digit2", action: "cause", label: "", place: "composer" },
];
const say = (key, fields = {}) => `${key}${Object.values(fields).length ? ` ${Object.values(fields)}` : ""}`;

test("a speaker's next line goes on with the turn", () => {
  assert.equal(continues(line(), line({ id: "b", at: 20 })), true);
});

test("another speaker, a long pause, a typed line or a confirmed name begins a turn", () => {
  assert.equal(continues(undefined, line()), false);
  assert.equal(continues(line(), line({ speaker: "Li Wei", person: "q" })), false);
  assert.equal(continues(line(), line({ at: 200 })), false);
  assert.equal(continues(line(), line({ source: "typed" })), false);
  assert.equal(continues(line({ presumed: true }), line()), false);
});

test("initials are two Latin letters or the last Chinese character", () => {
  assert.equal(initials("Ana Maria Pereira"), "AP");
  assert.equal(initials("Bob"), "B");
  assert.equal(initials("欧阳静"), "静");
  assert.equal(initials("  "), "?");
});

test("session time is printed with hours", () => {
  assert.equal(timecode(3725.9), "01:02:05");
  assert.equal(timecode(-1), "00:00:00");
});

test("a key is known by its physical code and what is held with it", () => {
  assert.equal(codeOf(press()), "Digit1");
  assert.equal(codeOf(press({ altKey: true, code: "Digit2" })), "Alt+Digit2");
  assert.equal(codeOf(press({ code: "Numpad1" })), "Digit1");
  assert.equal(codeOf(press({ shiftKey: true, code: "Slash" })), "Shift+Slash");
});

test("a key acts only at its place", () => {
  assert.equal(actionOf(KEYS, "list", press()), "problem");
  assert.equal(actionOf(KEYS, "composer", press()), null);
  assert.equal(actionOf(KEYS, "list", press({ ctrlKey: true })), null);
});

test("while an input method composes no key acts", () => {
  assert.equal(actionOf(KEYS, "list", press({ isComposing: true })), null);
  assert.equal(actionOf(KEYS, "list", press({ keyCode: 229 })), null);
});

test("the end is the end within a finger's breadth", () => {
  assert.equal(isAtEnd({ scrollTop: 480, scrollHeight: 1000, clientHeight: 500 }), true);
  assert.equal(isAtEnd({ scrollTop: 400, scrollHeight: 1000, clientHeight: 500 }), false);
});

test("what was pushed down is scrolled by as much", () => {
  assert.equal(correction(120, 164), 44);
});

test("the first line in view is found among thousands", () => {
  let asked = 0;
  const boxes = Array.from({ length: 3000 }, (_, n) => ({
    n,
    getBoundingClientRect: () => ((asked += 1), { bottom: (n + 1) * 50 }),
  }));

  assert.equal(firstBelow(boxes, 100_020)?.n, 2000);
  assert.ok(asked < 15);
  assert.equal(firstBelow([], 0), null);
});

test("a selection becomes an anchor in code points", () => {
  const text = "𠮷野家的窗口排队";
  assert.deepEqual(part(text, 2, 4), { start: 1, end: 3, quote: "野家" });
  assert.deepEqual(part(text, 0, 0), { start: 0, end: null, quote: text });
  assert.deepEqual(part(text, 0, text.length), { start: 0, end: null, quote: text });
});

test("one takes the sentence for one", () => {
  const speak = sayer({ lines: "{n} lines", lines_one: "1 line" });
  assert.equal(speak("lines", { n: 1 }), "1 line");
  assert.equal(speak("lines", { n: 4 }), "4 lines");
  assert.throws(() => speak("missing"));
});

test("one new line is read whole, a burst as a count", () => {
  assert.equal(sentence([line({ text: "好" })], say), "王芳: 好");
  assert.equal(sentence([line(), line()], say), "new_lines_heard 2,00:00:10");
});

test("saved is said only when the server has it", () => {
  const well = { log: "ok", ear: "ready", lag: 0 };
  const link = { link: "live", unsaved: 0, saved: true, durable: true };
  assert.equal(savedSentence(link, well, say).text, "saved");
  assert.equal(savedSentence({ ...link, unsaved: 1, saved: false }, well, say).text, "saving");
  assert.equal(savedSentence({ ...link, link: "offline", unsaved: 3 }, well, say).text, "offline_kept 3");
  const away = { ...link, link: "offline", unsaved: 3, durable: false };
  assert.equal(savedSentence(away, well, say).text, "offline_memory 3");
  assert.equal(savedSentence(link, { ...well, log: "failing" }, say).text, "log_failing");
});

test("who can help is told how to bring a model", () => {
  const off = { log: "ok", ear: "off", lag: 0 };
  assert.equal(earSentence(off, true, say)?.advice, "ear_off_advice");
  assert.equal(earSentence(off, false, say)?.advice, "ear_off_meanwhile");
  const relieved = /** @type {const} */ ({ ...off, ear: "relieved", lag: 70.4 });
  assert.deepEqual(earSentence(relieved, false, say), { text: "ear_behind 71", advice: "ear_relieved" });
  assert.equal(earSentence({ ...off, ear: "behind", lag: 3.2 }, true, say)?.text, "ear_behind 4");
  assert.equal(earSentence({ ...off, ear: "ready" }, true, say), null);
});

test("who can call for help is told early that the disk fills, everybody that it is full", () => {
  const well = { log: "ok", ear: "ready", lag: 0, disk: "ok", minutes: 0 };
  assert.equal(diskSentence(well, true, say), null);
  assert.equal(diskSentence({ ...well, disk: "low", minutes: 90 }, true, say)?.text, "disk_low 90");
  assert.equal(diskSentence({ ...well, disk: "low", minutes: 200 }, true, say)?.text, "disk_low_hours 3");
  assert.equal(diskSentence({ ...well, disk: "low", minutes: 90 }, false, say), null);
  assert.equal(diskSentence({ ...well, disk: "full" }, false, say)?.text, "disk_full");
});

test("a proposal rests on each place once and asks each unit once", () => {
  const place = { line: "l", revision: 0, start: 0, end: null, quote: "q" };
  const note = (unit) => ({ targets: [place], voice: { name: "", person: null, unit } });
  assert.deepEqual(targetsOf([note("a"), note("b")]), [place]);
  assert.deepEqual(affectedBy([note("a"), note("b"), note("a"), note(null)]), ["a", "b"]);
});

test("the newest unsettled wording is on the table", () => {
  const proposals = [{ id: "1", state: "open" }, { id: "2", state: "promoted" }];
  assert.equal(onTheTable(proposals)?.id, "1");
  assert.equal(onTheTable([]), null);
});

test("speech waits before the room sees it, by the record's clock", () => {
  const lines = [{ id: "a", at: 5 }, { id: "b", at: 20 }, { id: "c", at: 30 }];
  assert.deepEqual(overdue(lines, 20).map((one) => one.id), ["a"]);
});

test("the step is named with its place in the agenda", () => {
  const steps = [{ id: "s", order: 0, title: { en: "Arrival", zh: "到达" }, actor: "" }];
  assert.equal(stepSentence(steps, "s", "zh", say), "step_now 1,1,到达");
  assert.equal(stepSentence(steps, null, "zh", say), "step_none 1");
  assert.equal(stepSentence([], null, "zh", say), "");
});

test("what is offered ends with the session", () => {
  const boot = {
    me: { role: "expert", unit: "u" },
    can: { annotate: true, moderate: false, speak: true, chat: true },
  };
  assert.equal(rights(boot, "live").answer, true);
  assert.equal(rights(boot, "live").propose, false);
  assert.equal(rights(boot, "closed").annotate, false);
  assert.equal(rights(boot, "closed").answer, false);
});

test("digits of the number block are single keys too, which can be switched off", () => {
  assert.equal(isSingle(press({ code: "Numpad1" })), true);
  assert.equal(isSingle(press({ code: "Numpad1", altKey: true })), false);
});

test("a page that the server shuts out says what to do, not that it is offline", () => {
  const link = { link: "offline", unsaved: 0, saved: true, durable: true, reason: "login.required" };

  assert.equal(savedSentence(link, { log: "ok" }, say).text, "shut_out");
  assert.equal(shutSentence(link, say).advice, "shut_out_about ");
  assert.equal(shutSentence({ ...link, unsaved: 2 }, say).advice, "shut_out_about shut_out_kept 2");
  assert.equal(shutSentence({ ...link, reason: "" }, say), null);
});

test("what is surely known of the server's clock goes when the browser's own was set", () => {
  const clock = new Clock();
  clock.learn(1_000.05, 1_000_000, 1_000_100);
  clock.learn(1_010.2, 1_010_000, 1_010_400); // less sure, and no other: not taken
  const before = clock.now(1_010_000);

  clock.learn(1_020.2, 1_080_000, 1_080_400); // our clock went on by a minute

  assert.equal(before, 1_010);
  assert.equal(clock.now(1_080_000), 1_020);
});
