import assert from "node:assert/strict";
import { test } from "node:test";
import { progress, sendFile } from "../../../web/client/upload.js";

const answer = (status, body) => ({ ok: status < 300, status, json: async () => body });

test("a file goes on from where the server stands, through cuts", async () => {
  const file = new Blob(["x".repeat(700_000)]);
  const answers = [
    () => Promise.reject(new TypeError("away")),
    () => answer(409, { code: "upload.offset", fields: { offset: 100_000 } }),
    (sent) => answer(200, { received: sent }),
    (sent) => answer(200, { received: sent }),
  ];
  const offsets = [];
  const waits = [];
  const fetcher = async (_path, { headers, body }) => {
    offsets.push(Number(headers["Upload-Offset"]));
    return answers.shift()(Number(headers["Upload-Offset"]) + body.size);
  };

  const problem = await sendFile(file, "/u", "t", 0, () => {}, fetcher, async (ms) => void waits.push(ms));

  assert.equal(problem, "");
  assert.deepEqual(offsets, [0, 0, 100_000, 624_288]);
  assert.equal(waits.length, 1);
});

test("a refusal ends it with the server's words", async () => {
  const fetcher = async () => answer(403, { code: "permission.denied", message: "You may not" });

  assert.equal(await sendFile(new Blob(["x"]), "/u", "t", 0, () => {}, fetcher), "You may not");
});

test("a server without room is asked again, then its words are shown", async () => {
  let asked = 0;
  const fetcher = async () => (asked++, answer(503, { code: "audio.disk_full", message: "Disk full" }));

  assert.equal(await sendFile(new Blob(["x"]), "/u", "t", 0, () => {}, fetcher, async () => {}), "Disk full");
  assert.equal(asked, 9);
});

test("progress says where it is", () => {
  const say = (key, fields) => `${key} ${fields.n ?? fields.problem ?? ""}`.trim();
  const one = { name: "a", size: 200, received: 50, position: 3, length: 12, waiting: 0, problem: "" };

  assert.equal(progress({ ...one, state: "receiving" }, true, say), "upload_receiving 25");
  assert.equal(progress({ ...one, state: "receiving" }, false, say), "upload_paused 25");
  assert.equal(progress({ ...one, state: "decoding" }, false, say), "upload_decoding 25");
  assert.equal(progress({ ...one, state: "decoding", problem: "Why" }, false, say), "upload_held Why");
  assert.equal(progress({ ...one, state: "decoded", waiting: 4 }, false, say), "upload_hearing 4");
  assert.equal(progress({ ...one, state: "refused", problem: "Why" }, false, say), "upload_refused Why");
});
