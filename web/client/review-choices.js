/**
 * What a reviewer chose for each unit: drawn from here at once, sent until the server has it.
 *
 * What the server has not taken lies in the vault as well, so that a reload, a cut network or a
 * killed server loses nothing: the next page sends it. Only the newest choice of a unit counts.
 */

import { delay, pause } from "./backoff.js";
import { request } from "./http.js";
import { signal } from "./signal.js";

/** @typedef {{codes: readonly string[], memo: string}} Choice */
/** null: not seen. @typedef {ReadonlyMap<number, Choice | null>} Changes */
/** @typedef {"saving" | "saved" | "away" | "refused"} Phase */

/** The server takes so many units in one request. */
const MOST_UNITS = 500;
const MOST_UNDONE = 500;
/** Refused for good: who is done changes nothing. Else, as after a login that ended, what was chosen is kept. */
const FOR_GOOD = new Set([409, 422]);

export class Choices {
  /**
   * @param {string} round
   * @param {string} token
   * @param {Record<string, Choice>} known by unit
   * @param {{vault: import("./vault.js").Vault, box: string,
   *   environment: import("./environment.js").Environment}} kept box: of this reviewer alone
   */
  constructor(round, token, known, { vault, box, environment }) {
    this._path = `/api/reviews/${round}/codings`;
    this._token = token;
    this._vault = vault;
    this._box = box;
    this._environment = environment;
    /** @type {Map<number, Choice>} */
    this._choices = new Map(Object.entries(known).map(([number, choice]) => [Number(number), choice]));
    /** @type {Map<number, Choice | null>} */
    this._waiting = new Map();
    /** @type {Changes[]} */
    this._before = [];
    /** @type {Promise<unknown>} */
    this._keeping = Promise.resolve();
    /** @type {number | null} */
    this._kept = null;
    /** @type {Promise<void> | null} */
    this._sending = null;
    this._wake = new AbortController();
    /** @type {ReturnType<typeof signal<{phase: Phase, message: string}>>} */
    this._state = signal();
    this.onState = this._state.on;
    this._stopped = false;
    this._offReturn = environment.onReturn(() => this._wake.abort());
    this._offLeave = environment.onLeave(() => this._leave());
  }

  /** Whether anything chosen is not on the server. */
  get unsaved() {
    return this._waiting.size > 0;
  }

  /** @param {number} number @returns {Choice | undefined} nothing where it was not seen */
  of(number) {
    return this._choices.get(number);
  }

  /** Takes up what an earlier page could not send. @returns {Promise<Changes>} */
  async salvage() {
    const { items } = await this._vault.read(this._box);
    const found = new Map(items.flatMap(({ bytes }) => unpacked(bytes)));
    for (const number of this._waiting.keys()) found.delete(number); // chosen since: newer
    this._apply(found);
    for (const [number, choice] of found) this._waiting.set(number, choice);
    this._keep();
    await this._keeping; // before the earlier page's copy goes
    await this._vault.drop(items.map(({ id }) => id));
    if (found.size > 0) this._send();
    return found;
  }

  /** @param {Changes} changes */
  put(changes) {
    this._before.push(new Map(Array.from(changes.keys(), (number) => [number, this.of(number) ?? null])));
    if (this._before.length > MOST_UNDONE) this._before.shift();
    this._take(changes);
  }

  /** Takes the last change back. @returns {Changes | null} what stands again */
  undo() {
    const before = this._before.pop() ?? null;
    if (before) this._take(before);
    return before;
  }

  /** @returns {Promise<void>} when the server has everything, or will not take it */
  async settled() {
    this._wake.abort();
    await this._sending;
  }

  /** Sends nothing more. */
  stop() {
    this._stopped = true;
    this._offReturn();
    this._offLeave();
    this._wake.abort();
  }

  /** @private @param {Changes} changes */
  _take(changes) {
    this._apply(changes);
    for (const [number, choice] of changes) this._waiting.set(number, choice);
    this._keep();
    this._send();
  }

  /** @private @param {Changes} changes */
  _apply(changes) {
    for (const [number, choice] of changes) {
      if (choice) this._choices.set(number, choice);
      else this._choices.delete(number);
    }
  }

  /** @private */
  _send() {
    this._state.emit({ phase: "saving", message: "" });
    this._sending ??= this._deliver().finally(() => (this._sending = null));
  }

  /** @private */
  async _deliver() {
    for (let failures = 0; this.unsaved && !this._stopped; ) {
      const batch = Array.from(this._waiting).slice(0, MOST_UNITS);
      const answer = await request("PUT", this._path, this._token, packed(batch), this._environment.fetch);
      if (answer.kind === "away") {
        failures += 1;
        this._state.emit({ phase: "away", message: "" });
        this._wake = new AbortController();
        await pause(Math.max(answer.retryAfter, delay(failures, this._environment.random)), this._wake.signal);
        continue;
      }
      const refused = answer.kind === "refused" ? answer : null;
      if (refused && !FOR_GOOD.has(refused.status)) return this._state.emit({ phase: "refused", message: refused.message });
      for (const [number, choice] of batch) {
        if (this._waiting.get(number) === choice) this._waiting.delete(number);
      }
      this._keep();
      if (refused) return this._state.emit({ phase: "refused", message: refused.message });
    }
    if (!this.unsaved) this._state.emit({ phase: "saved", message: "" });
  }

  /** The page goes: what waits is sent once more by a request that outlives it. @private */
  _leave() {
    if (!this.unsaved) return;
    const { fetch } = this._environment;
    const batch = Array.from(this._waiting).slice(0, MOST_UNITS);
    void request("PUT", this._path, this._token, packed(batch), (...[path, init]) => fetch(path, { ...init, keepalive: true }));
  }

  /** The vault holds what waits, in place of what lay there. @private */
  _keep() {
    const bytes = new TextEncoder().encode(JSON.stringify(Array.from(this._waiting)));
    const isEmpty = !this.unsaved;
    this._keeping = this._keeping.then(async () => {
      const before = this._kept;
      this._kept = isEmpty ? null : await this._vault.keep(this._box, {}, bytes);
      await this._vault.drop([before]);
    });
  }
}

/** @param {Array<[number, Choice | null]>} batch */
function packed(batch) {
  return { units: batch.map(([number, choice]) => ({ number, codes: choice?.codes ?? null, memo: choice?.memo ?? "" })) };
}

/** @param {Uint8Array} bytes @returns {Array<[number, Choice | null]>} */
function unpacked(bytes) {
  return JSON.parse(new TextDecoder().decode(bytes));
}
