import assert from "node:assert/strict";
import { test } from "node:test";
import { StenoPlayer } from "../../../web/client/steno-player.js";
import { codePoints, unwritten, writtenLines } from "../../../web/client/steno-text.js";

const PEOPLE = [
  { id: "w", name: "王芳" },
  { id: "l", name: "Li Wei" },
];

test("a pasted block becomes lines, and names speak until the next name", () => {
  const lines = writtenLines("good morning\r\n\n王芳：水位太高\n 我们没有数据 \nli wei: yes\nnote: no name", PEOPLE, null);

  assert.deepEqual(lines, [
    { speaker: null, text: "good morning" },
    { speaker: "w", text: "水位太高" },
    { speaker: "w", text: "我们没有数据" },
    { speaker: "l", text: "yes" },
    { speaker: "l", text: "note: no name" },
  ]);
});

test("what was refused in the middle of a block keeps its speakers", () => {
  const rows = writtenLines("王芳：水位太高\n我们没有数据\nLi Wei: yes\nand no", PEOPLE, null);

  const again = unwritten(rows.slice(1), PEOPLE);

  assert.equal(again, "王芳: 我们没有数据\nLi Wei: yes\nand no");
  assert.deepEqual(writtenLines(again, PEOPLE, null), rows.slice(1));
});

test("the caret is counted in code points", () => {
  assert.equal(codePoints("🚰a水", 3), 2);
});

test("playing goes on two seconds before where it stopped", () => {
  const audio = { paused: true, currentTime: 0, src: "", play() { this.paused = false; }, pause() { this.paused = true; } };
  const player = new StenoPlayer(/** @type {any} */ (audio));
  const line = { track: "t", start: 10, end: 12 };

  assert.equal(player.toggle("none", null), false);
  player.toggle("a", line);
  assert.equal(audio.src, "/tracks/t/audio.wav#t=10.00");
  audio.currentTime = 14.5;
  player.toggle("a", line);
  assert.equal(audio.paused, true);
  player.toggle("a", line);

  assert.equal(audio.src, "/tracks/t/audio.wav#t=12.50");
});
