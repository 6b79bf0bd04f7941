/**
 * What everything on the live page shares: who reads, the document, and the way to the server.
 */

import { announcer } from "./announcer.js";
import { Clock } from "./clock.js";
import { commands } from "./commands.js";
import { Directory } from "./directory.js";
import { sayer } from "./messages.js";
import { element } from "./page.js";
import { showPanes } from "./panels.js";
import { Parts } from "./parts.js";
import { rights } from "./rights.js";
import { signal } from "./signal.js";
import { Talk } from "./talk.js";

/**
 * What this person alone sees of the session, from the server.
 * @typedef {object} Own
 * @property {Readonly<Record<string, {number: number, stance: import("./kinds.js").Stance,
 *   reason: string}>>} positions own unit's answers, by proposal
 * @property {Readonly<Record<string, string>>} speakers whose position counts, by unit
 * @property {Readonly<Record<string, ReadonlyArray<{id: string, reason: string}>>>} secret own private
 *   objections, by proposal
 * @property {number} now UTC seconds by the server
 * @property {boolean} confidant whether somebody reads private objections
 * @property {Readonly<Record<string, boolean>>} marks we too or not so, by note or entry
 * @property {readonly import("./directory.js").Participant[]} participants everybody of the session
 */

export class Room {
  /**
   * @param {import("./boot.js").Boot} boot
   * @param {import("./store.js").Store} store
   * @param {import("./sync.js").Connection} connection
   * @param {import("./vault.js").Vault} vault
   */
  constructor(boot, store, connection, vault) {
    this.boot = boot;
    this.store = store;
    this.connection = connection;
    this.vault = vault;
    this.say = sayer(boot.messages);
    this.state = boot.session.state;
    this.directory = new Directory(boot.units, boot.language, boot.me);
    this.path = `/api/sessions/${boot.session.id}`;
    this.announcer = announcer(element("log"), this.say);
    this.announce = this.announcer.announce;
    this.clock = new Clock();
    this.parts = new Parts(this);
    this._commands = commands(boot);
    /** @type {ReturnType<typeof signal<void>>} */
    this._names = signal();
    /** @type {ReturnType<typeof signal<Own>>} */
    this._own = signal();
    /** @type {ReturnType<typeof signal<string>>} */
    this._state = signal();
    /** Names behind ids have become known. */
    this.onNames = this._names.on;
    /** The server said again what is this person's own. */
    this.onOwn = this._own.on;
    /** The session opened or closed. */
    this.onState = this._state.on;
    /** @type {Own | null} as it was last heard */
    this.own = null;
    this.can = () => rights(boot, this.state);
    this.send = this.send.bind(this);
    this.command = this.command.bind(this);
    this.refreshOwn = this.refreshOwn.bind(this);
    store.onChange((change) => change.meta && this._follow());
    this.talk = new Talk(this);
    /** Brings a pane to the front. */
    this.openPane = showPanes(element("pane-nav"), element("panes"), (pane) => {
      const { transcript } = this.talk;
      if (pane === "talk" && transcript.isFollowing) transcript.scrollToEnd();
    });
  }

  /** @param {readonly import("./directory.js").Participant[]} people */
  learn(people) {
    if (this.directory.learn(people)) this._names.emit();
  }

  /** Asks for own positions, marks and speakers, and the names behind the ids. */
  async refreshOwn() {
    const asked = Date.now();
    const answer = await fetch(`${this.path}/mine`, { headers: { Accept: "application/json" } }).catch(
      () => null, // the network is away; it is asked again when the connection is back
    );
    if (!answer?.ok) return;
    const answered = Date.now();
    /** @type {Own} */
    const own = await answer.json();
    this.clock.learn(own.now, asked, answered);
    this.own = own;
    this.learn(own.participants);
    this._own.emit(own);
  }

  /**
   * @param {string} path
   * @param {Record<string, unknown>} [body]
   */
  async send(path, body = {}) {
    const outcome = await this._commands.send(path, body);
    if (outcome.code === "network") return { ...outcome, message: this.say("away") };
    return outcome;
  }

  /**
   * A command pressed where there is no room for an answer: a refusal is told above the note box.
   * @param {string} path
   * @param {Record<string, unknown>} [body]
   */
  async command(path, body = {}) {
    const outcome = await this.send(path, body);
    element("told").textContent = outcome.message;
    return outcome;
  }

  /**
   * An opened session gives everybody other rights, which the server knows: the page is loaded
   * again. A closed one takes them; what was being written stays as a draft.
   *
   * @private
   */
  _follow() {
    const state = this.store.meta().state ?? this.boot.session.state;
    if (state === this.state) return;
    this.state = state;
    // Asked of the page, not of the document: its first sync may still pass through older states.
    if (this.boot.session.state === "prepared" && state === "live") location.reload();
    else this._state.emit(state);
  }
}
