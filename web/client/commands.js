/**
 * Commands: what the server does and records once, however often the network makes us ask.
 *
 * Each carries a key. After a cut nobody knows whether it was done; sent again with the same key,
 * the server answers what it answered the first time. We try for about a minute.
 */

import { delay, pause } from "./backoff.js";
import { environmentOf } from "./environment.js";
import { request } from "./http.js";
import { newId } from "./ids.js";

/** @typedef {"sending" | "recorded" | "not recorded"} Phase */
/**
 * How a command ended. message: why not, in the reader's language, "" if it was recorded or the
 * server could not be reached (code `network`; `key` may be sent again).
 * @typedef {{state: "recorded" | "not recorded", ok: boolean, body: any, code: string,
 *   message: string, fields: Record<string, unknown>, key: string}} Outcome
 */
/** @typedef {{key?: string, onState?: (phase: Phase) => void}} Sending */

const ATTEMPTS = 9;

/**
 * Commands under this login. `send` says how the command ended, and throws for nothing that the
 * network or the server does.
 *
 * @param {{token: string}} boot
 * @param {import("./environment.js").Environment} [environment]
 * @returns {{send: (path: string, body?: Record<string, unknown>, sending?: Sending) =>
 *   Promise<Outcome>}}
 */
export function commands(boot, environment = environmentOf(window)) {
  return {
    async send(path, body = {}, { key = newId(), onState = () => {} } = {}) {
      onState("sending");
      const outcome = await ask(path, { ...body, key }, key, boot.token, environment);
      onState(outcome.state);
      return outcome;
    },
  };
}

/**
 * @param {string} path
 * @param {Record<string, unknown>} body
 * @param {string} key
 * @param {string} token
 * @param {import("./environment.js").Environment} environment
 * @returns {Promise<Outcome>}
 */
async function ask(path, body, key, token, environment) {
  for (let failures = 1; failures <= ATTEMPTS; failures += 1) {
    const answer = await request("POST", path, token, body, environment.fetch);
    if (answer.kind === "ok") {
      return { state: "recorded", ok: true, body: answer.body, code: "", message: "", fields: {}, key };
    }
    if (answer.kind === "refused") {
      const { code, message, fields } = answer;
      return { state: "not recorded", ok: false, body: null, code, message, fields, key };
    }
    if (failures < ATTEMPTS) {
      await patience(Math.max(answer.retryAfter, delay(failures, environment.random)), environment);
    }
  }
  return { state: "not recorded", ok: false, body: null, code: "network", message: "", fields: {}, key };
}

/**
 * Waits, but no longer than until the network is back.
 *
 * @param {number} ms
 * @param {import("./environment.js").Environment} environment
 */
async function patience(ms, environment) {
  const wake = new AbortController();
  const stop = environment.onReturn(() => wake.abort());
  await pause(ms, wake.signal);
  stop();
}
