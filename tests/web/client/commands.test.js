import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { commands } from "../../../web/client/commands.js";
import { RoomServer, environment, login } from "./support.js";

let server;
let asked;

beforeEach(async () => {
  server = await RoomServer.start();
  asked = [];
});
afterEach(() => server.close());

/** Answers one after the other, the last one from then on. */
function answers(...list) {
  server.respond = (method, path, body, headers) => {
    asked.push({ method, path, body, token: headers["x-colloquy-token"] });
    return list.length > 1 ? list.shift() : list[0];
  };
}

/** Everything at once: `random` below zero leaves no delay. */
const send = (path, body, sending) =>
  commands(login(), { ...environment(server.origin), random: () => -1 }).send(path, body, sending);

test("a command carries a key and the login's token, and says how it went", async () => {
  answers({ status: 200, body: { proposal: "p" } });
  const phases = [];

  const outcome = await send("/api/x", { stance: "agree" }, { onState: (phase) => phases.push(phase) });

  assert.equal(outcome.ok, true);
  assert.deepEqual(outcome.body, { proposal: "p" });
  assert.deepEqual(phases, ["sending", "recorded"]);
  assert.match(asked[0].body.key, /^[0-9a-f]{32}$/);
  assert.equal(asked[0].token, "token");
  assert.equal(asked[0].body.stance, "agree");
});

test("after a cut it is sent again with the same key", async () => {
  answers({ status: 0 }, { status: 503 }, { status: 200, body: null });

  const outcome = await send("/api/x", {});

  assert.equal(outcome.state, "recorded");
  assert.equal(asked.length, 3);
  assert.equal(new Set(asked.map(({ body }) => body.key)).size, 1);
  assert.equal(asked[0].body.key, outcome.key);
});

test("a refusal comes with the sentence of the server and is not repeated", async () => {
  const no = { code: "proposal.stale_wording", message: "措辞已更新", fields: { number: 2 } };
  answers({ status: 409, body: no });

  const outcome = await send("/api/x", {});

  assert.equal(outcome.state, "not recorded");
  assert.deepEqual([outcome.code, outcome.message, outcome.fields], Object.values(no));
  assert.equal(asked.length, 1);
});

test("where nobody answers it ends, and the key can be used again", async () => {
  answers({ status: 502 });

  const outcome = await send("/api/x", {}, { key: "0123456789abcdef" });

  assert.deepEqual([outcome.state, outcome.code, outcome.key], ["not recorded", "network", "0123456789abcdef"]);
  assert.equal(asked.length, 9);
});

test("a proxy's error page is a refusal with its status", async () => {
  server.answer = async (_, response) => response.writeHead(404).end("<html>nothing here</html>");

  const outcome = await send("/api/x", {});

  assert.equal(outcome.code, "http.404");
});
