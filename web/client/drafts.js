/**
 * Drafts: what a person has written and not yet shown anybody; saved on the server under its author.
 *
 * Each change is sent 400 ms after the last keystroke, or at once when the page goes. Until the server
 * has it the draft lies in the vault, encrypted, and is sent when the server is back, after a reload
 * too. Nothing is ever put into the browser's storage in the clear.
 */

import { delay, pause } from "./backoff.js";
import { environmentOf } from "./environment.js";
import { request } from "./http.js";
import { signal } from "./signal.js";

/** The page's own shape: kind, targets, text and more. @typedef {Record<string, unknown>} Body */
/** @typedef {{id: string, body: Body}} Draft */
/**
 * offline: kept here, and tried again. refused: the server said no, with this code.
 * @typedef {{id: string, phase: "saving" | "saved" | "offline" | "refused", code: string}} DraftState
 */

/**
 * @typedef {object} Entry
 * @property {string} id
 * @property {Body | null} body null removes
 * @property {number} version
 * @property {ReturnType<typeof setTimeout> | undefined} timer
 * @property {Promise<void> | null} pushing
 * @property {number | null} kept id in the vault
 * @property {Promise<unknown>} keeping the vault takes one state of it after the other
 */

const DEBOUNCE_MS = 400;

export class Drafts {
  /**
   * @param {import("./boot.js").Login} boot
   * @param {import("./vault.js").Vault} vault the one given to `connect`, which unlocks it
   * @param {import("./environment.js").Environment} [environment]
   */
  constructor(boot, vault, environment = environmentOf(window)) {
    this._boot = boot;
    this._vault = vault;
    this._environment = environment;
    this._box = `drafts:${boot.session.id}:${boot.me.id}`;
    /** @type {Map<string, Entry>} those that the server does not have as they are */
    this._entries = new Map();
    /** Ids that the server has, or may have: only those are removed there. @type {Set<string>} */
    this._known = new Set();
    this._stopped = false;
    this._wake = new AbortController();
    this._offReturn = environment.onReturn(() => this.retry());
    this._offLeave = environment.onLeave(() => this._leave());
    /** @type {ReturnType<typeof signal<DraftState>>} */
    this._state = signal();
    this.onState = this._state.on;
  }

  /** Whether anything written is not on the server. */
  get unsaved() {
    return this._entries.size > 0;
  }

  /** What was written and is not on the server. @returns {Draft[]} */
  pending() {
    return Array.from(this._entries.values(), ({ id, body }) => ({ id, body })).filter(isDraft);
  }

  /** Sends at once what waits for its time or for the server. */
  retry() {
    this._wake.abort();
    this._wake = new AbortController();
    for (const entry of this._entries.values()) this._pushAfter(entry, 0);
  }

  /**
   * Saves soon; a later call with the same id takes the place of this one.
   *
   * @param {string} id
   * @param {Body} body
   */
  save(id, body) {
    this._change(id, body, DEBOUNCE_MS);
  }

  /** @param {string} id */
  remove(id) {
    if (this._known.has(id)) return this._change(id, null, 0);
    const entry = this._entries.get(id);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    this._entries.delete(id);
    void this._forget(entry);
    this._tell(entry, "saved");
  }

  /**
   * Own drafts of this session, the newest last. Those that the server never got, from this tab or
   * the one before, take the place of older ones and are sent now.
   *
   * @returns {Promise<Draft[]>}
   */
  async list() {
    const path = `/api/sessions/${this._boot.session.id}/drafts`;
    const { fetch } = this._environment;
    const answer = await request("GET", path, this._boot.token, undefined, fetch);
    /** @type {Map<string, Body | null>} */
    const bodies = new Map();
    if (answer.kind === "ok") for (const { id, body } of answer.body) bodies.set(id, body);
    const { items } = await this._vault.read(this._box);
    for (const id of bodies.keys()) this._known.add(id);
    for (const { id, tag, bytes } of items) {
      this._known.add(tag.draft); // an older state of it may be there
      bodies.delete(tag.draft);
      bodies.set(tag.draft, JSON.parse(new TextDecoder().decode(bytes)));
      if (this._entries.has(tag.draft)) await this._vault.drop([id]);
      else this._change(tag.draft, bodies.get(tag.draft) ?? null, 0, id);
    }
    for (const [id, { body }] of this._entries) bodies.set(id, body);
    return Array.from(bodies, ([id, body]) => ({ id, body })).filter(isDraft);
  }

  /** Sends nothing more. */
  stop() {
    this._stopped = true;
    this._offReturn();
    this._offLeave();
    this._wake.abort();
    for (const { timer } of this._entries.values()) clearTimeout(timer);
  }

  /**
   * @private
   * @param {string} id
   * @param {Body | null} body
   * @param {number} after ms
   * @param {number | null} [kept]
   */
  _change(id, body, after, kept = null) {
    const known = this._entries.get(id);
    /** @type {Entry} */
    const entry = known ?? { id, body, version: 0, timer: undefined, pushing: null, kept,
      keeping: Promise.resolve() };
    entry.body = body;
    entry.version += 1;
    this._entries.set(id, entry);
    this._pushAfter(entry, after);
  }

  /**
   * @private
   * @param {Entry} entry
   * @param {number} after ms
   */
  _pushAfter(entry, after) {
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => {
      entry.pushing ??= this._push(entry);
    }, after);
  }

  /**
   * Sends the draft until the server has it as it is now.
   *
   * @private
   * @param {Entry} entry
   */
  async _push(entry) {
    for (let failures = 0; !this._stopped; ) {
      const { version } = entry;
      this._tell(entry, "saving");
      void this._keep(entry); // beside: a page that is gone before the answer has lost nothing
      const answer = await this._send(entry, this._environment.fetch);
      if (answer.kind === "away") {
        failures += 1;
        await entry.keeping;
        this._tell(entry, "offline");
        const wait = Math.max(answer.retryAfter, delay(failures, this._environment.random));
        if (!this._stopped) await pause(wait, this._wake.signal);
      } else if (version === entry.version) {
        await this._settle(entry, answer);
        break;
      }
    }
    entry.pushing = null;
  }

  /** What waits is sent now, by requests that outlive the page; one that stays sends it again. @private */
  _leave() {
    const { fetch } = this._environment;
    for (const entry of this._entries.values()) {
      void this._keep(entry);
      void this._send(entry, (...[path, init]) => fetch(path, { ...init, keepalive: true }));
    }
  }

  /**
   * @private
   * @param {Entry} entry
   * @param {import("./environment.js").Environment["fetch"]} fetcher
   */
  _send({ id, body }, fetcher) {
    const path = `/api/drafts/${id}`;
    const { token, session } = this._boot;
    if (body === null) return request("DELETE", path, token, undefined, fetcher);
    this._known.add(id); // from now on: nobody knows whether an unanswered request arrived
    return request("PUT", path, token, { id, session: session.id, body }, fetcher);
  }

  /**
   * @private
   * @param {Entry} entry
   * @param {import("./http.js").Answered | import("./http.js").Refused} answer
   */
  async _settle(entry, answer) {
    const done = answer.kind === "ok" || (entry.body === null && answer.status === 404);
    if (!done && answer.kind === "refused") {
      await entry.keeping;
      return this._tell(entry, "refused", answer.code);
    }
    this._entries.delete(entry.id);
    if (entry.body === null) this._known.delete(entry.id);
    const forgotten = this._forget(entry);
    if (!this._vault.isLocked) await forgotten;
    this._tell(entry, "saved");
  }

  /**
   * Puts the draft as it is now into the vault, in place of what lay there.
   *
   * @private
   * @param {Entry} entry
   */
  _keep(entry) {
    const bytes = new TextEncoder().encode(JSON.stringify(entry.body));
    entry.keeping = entry.keeping.then(async () => {
      const before = entry.kept;
      entry.kept = await this._vault.keep(this._box, { draft: entry.id }, bytes);
      await this._vault.drop([before]);
    });
    return entry.keeping;
  }

  /**
   * The vault need not hold it any more.
   *
   * @private
   * @param {Entry} entry
   */
  async _forget(entry) {
    await entry.keeping;
    await this._vault.drop([entry.kept]);
  }

  /**
   * @private
   * @param {Entry} entry
   * @param {DraftState["phase"]} phase
   */
  _tell({ id }, phase, code = "") {
    this._state.emit({ id, phase, code });
  }
}

/**
 * @param {{id: string, body: Body | null}} draft
 * @returns {draft is Draft}
 */
function isDraft(draft) {
  return draft.body !== null;
}
