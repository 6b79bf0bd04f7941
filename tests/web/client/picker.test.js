/** The unit picker: what is found, and where the arrows go. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { fold, matching, stepped } from "../../../web/client/picker.js";

const CHOICES = [
  { value: "1", label: "Public Security Bureau", search: fold("Public Security Bureau 市公安局 police") },
  { value: "2", label: "Network Information Office", search: fold("Network Information Office 市网信办") },
];

test("a unit is found by any part of any of its names, in any order", () => {
  assert.deepEqual(matching(CHOICES, "网信").map(({ value }) => value), ["2"]);
  assert.deepEqual(matching(CHOICES, "bureau PUBLIC").map(({ value }) => value), ["1"]);
  assert.deepEqual(matching(CHOICES, "Ｐｏｌｉｃｅ").map(({ value }) => value), ["1"]);
  assert.equal(matching(CHOICES, " ").length, 2);
  assert.equal(matching(CHOICES, "nothing").length, 0);
});

test("a unit is found by its reading and its initials; what begins with them stands first", () => {
  const units = [
    { value: "1", label: "广华区", search: "广华区 guanghuaqu ghq" },
    { value: "2", label: "市广化局", search: "市广化局 shiguanghuaju sghj" },
    { value: "3", label: "规划局", search: "规划局 guihuaju ghj" },
  ];

  assert.deepEqual(matching(units, "gh").map(({ value }) => value), ["1", "3", "2"]);
  assert.deepEqual(matching(units, "guihua").map(({ value }) => value), ["3"]);
});

test("arrows begin at either end and wrap around", () => {
  assert.equal(stepped(-1, 1, 3), 0);
  assert.equal(stepped(-1, -1, 3), 2);
  assert.equal(stepped(2, 1, 3), 0);
  assert.equal(stepped(0, -1, 3), 2);
  assert.equal(stepped(-1, 1, 0), -1);
});
