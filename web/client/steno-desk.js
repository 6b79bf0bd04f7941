/**
 * The stenographer's desk: what is written in the box, which line is being corrected, who speaks.
 *
 * The focus is always in one text field, the box or the line being corrected; every command is a
 * key of the one table (web/keys.py, place "steno").
 */

import { html, nothing, render } from "lit-html";
import { newId } from "./ids.js";
import { actionOf } from "./keys.js";
import { element } from "./page.js";
import { StenoPlayer } from "./steno-player.js";
import { isJoined } from "./store.js";
import { codePoints, unwritten, writtenLines } from "./steno-text.js";
import { isGap, lineRows, seatRows, versionRows } from "./steno-view.js";

/** @typedef {import("./document.js").Line} Line */
/** @typedef {{id: string, name: string, role: string, unit: string | null}} Person */
/** @typedef {{id: string, revision: number, text: string}} Editing */
/**
 * @typedef {object} Ports
 * @property {import("./boot.js").Boot} boot
 * @property {import("./store.js").Store} store
 * @property {import("./messages.js").Say} say
 * @property {(path: string, body: Record<string, unknown>) => Promise<import("./commands.js").Outcome>} send
 * @property {(text: string) => void} announce
 */

const FIRST_LINES = 200;
const SEATS = 8;

export class StenoDesk {
  /** @param {Ports} ports */
  constructor(ports) {
    this.ports = ports;
    /** @type {Person[]} */
    this.people = [];
    /** @type {string | null} */
    this.speaker = null;
    /** @type {Editing | null} */
    this.editing = null;
    /** @type {{id: string, revision: number} | null} */
    this.awaited = null;
    this.shown = FIRST_LINES;
    this.writing = 0;
    this.player = new StenoPlayer(new Audio());
    this.onEverywhere = () => {};
    this.onDifferences = () => {};
    this.drawBox();
    document.addEventListener("keydown", (event) => this.pressed(event));
    window.addEventListener("beforeunload", (event) => this.isUnsaved && event.preventDefault());
    this.box.focus();
  }

  get box() {
    return element("steno-box", HTMLTextAreaElement);
  }

  get path() {
    return `/api/sessions/${this.ports.boot.session.id}`;
  }

  /** Who is in the session: seats in the protocol's order, the moderator last. */
  async learn() {
    const answer = await fetch(`${this.path}/mine`, { headers: { Accept: "application/json" } }).catch(
      () => null, // the network is away; asked again when the connection is back
    );
    if (!answer?.ok) return;
    /** @type {{participants: Person[]}} */
    const { participants } = await answer.json();
    const speaks = participants.filter(({ role }) => role === "expert" || role === "moderator");
    this.people = speaks.sort((a, b) => this.rank(a) - this.rank(b) || a.name.localeCompare(b.name));
    this.draw();
  }

  /**
   * Experts by their units in the protocol's order, so that a key stays the same person's.
   * @param {Person} person
   */
  rank({ role, unit }) {
    if (role === "moderator") return this.ports.boot.units.length + 1;
    const at = this.ports.boot.units.findIndex(({ id }) => id === unit);
    return at < 0 ? this.ports.boot.units.length : at;
  }

  /** @param {import("./store.js").Change} change */
  changed(change) {
    if (!change.all && change.lines.size === 0) return;
    element("talk-empty").hidden = this.ports.store.lines().length > 0;
    this.letGo();
    const scroller = element("scroller");
    const isAtEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
    this.draw();
    this.arrive();
    if (isAtEnd && this.editing === null) scroller.scrollTop = scroller.scrollHeight;
  }

  /** Whether something typed here is not on the server. */
  get isUnsaved() {
    const isEdited = this.editing !== null && this.edited.trim() !== this.editing.text;
    return isEdited || this.writing > 0 || this.box.value.trim() !== "";
  }

  /** The correction as it stands. */
  get edited() {
    return element("steno-line", HTMLTextAreaElement).value;
  }

  /** The line being corrected was struck, withdrawn or joined: what was typed there goes to the box. */
  letGo() {
    const { editing } = this;
    const line = editing && this.ports.store.line(editing.id);
    if (editing === null || (line && !isJoined(line) && !isGap(line))) return;
    const typed = this.edited.trim() === editing.text ? "" : this.edited;
    const hadFocus = document.activeElement?.id === "steno-line";
    this.editing = null;
    this.box.value = [this.box.value, typed].filter(Boolean).join("\n");
    if (hadFocus) this.box.focus();
  }

  draw() {
    const { say, store } = this.ports;
    const lines = store.lines();
    const first = Math.max(0, lines.length - this.shown);
    render(lineRows(lines.slice(first), this.editing, say, this), element("lines"));
    const more = html`<button type="button" class="quiet" @click=${() => this.showEarlier()}>
      ${say("steno_earlier")}
    </button>`;
    render(first > 0 ? more : nothing, element("earlier"));
    const chosen = this.editing ? (store.line(this.editing.id)?.person ?? null) : this.speaker;
    render(seatRows(this.people.slice(0, SEATS), chosen, say, (id) => this.seat(id, false)), element("seats"));
    this.drawBox();
  }

  showEarlier() {
    this.shown += FIRST_LINES;
    this.draw();
  }

  drawBox() {
    const { say } = this.ports;
    const name = this.people.find(({ id }) => id === this.speaker)?.name ?? say("steno_floor");
    const form = html`<label class="field-label" for="steno-box">${say("steno_box")}</label>
      <textarea id="steno-box" rows="2" autocomplete="off" aria-describedby="steno-hint"></textarea>
      <p class="hint" id="steno-hint">${say("steno_hint", { name })}</p>`;
    render(form, element("steno-write"));
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const action = actionOf(this.ports.boot.keys, "steno", event);
    const field = document.activeElement;
    const isOurs = field === this.box || field?.id === "steno-line";
    if (action === null || (!isOurs && /^(send|newline|previous|next|leave|split|join)$/.test(action))) return;
    if (action === "newline" || !this.does(action)) return;
    event.preventDefault();
  }

  /**
   * Does what a key asks for; false where the key keeps its usual meaning.
   * @param {string} action
   * @returns {boolean}
   */
  does(action) {
    const seat = /^(seat|carry)(\d)$/.exec(action);
    if (seat) return this.seat(this.people[Number(seat[2]) - 1]?.id ?? null, seat[1] === "carry");
    const field = this.editing ? element("steno-line", HTMLTextAreaElement) : this.box;
    const { say, announce } = this.ports;
    switch (action) {
      case "send":
        void (this.editing ? this.keep(1) : this.write());
        return true;
      case "previous":
      case "next":
        return this.step(field, action === "next" ? 1 : -1);
      case "leave":
        this.leave();
        return true;
      case "split":
        return this.editing !== null && this.edit("split", { at: codePoints(field.value, field.selectionStart) });
      case "join":
        return this.editing !== null && this.edit("join", {});
      case "unclear":
        field.setRangeText(say("steno_unclear"), field.selectionStart, field.selectionEnd, "end");
        field.dispatchEvent(new Event("input"));
        return true;
      case "play": {
        const line = this.line() ?? [...this.ports.store.lines()].reverse().find(({ track }) => track !== null);
        if (!this.player.toggle(line?.id ?? "", line ?? null)) announce(this.told(say("steno_no_sound")));
        return true;
      }
      case "versions":
        void this.showVersions();
        return true;
      case "everywhere":
        this.onEverywhere();
        return true;
      case "differences":
        this.onDifferences();
        return true;
      case "agree":
      case "live_with":
      case "object":
      case "abstain":
        void this.position(action);
        return true;
      default:
        return false;
    }
  }

  /** The line that is meant: being corrected, else the newest. @returns {Line | null} */
  line() {
    const { store } = this.ports;
    return (this.editing ? store.line(this.editing.id) : newest(store)) ?? null;
  }

  /** @param {string} text @returns {string} */
  told(text) {
    element("told").textContent = text;
    return text;
  }

  /**
   * What stands in the box becomes lines, one after the other; what is refused stays in it.
   */
  async write() {
    const { say, send, announce } = this.ports;
    const rows = writtenLines(this.box.value, this.people, this.speaker);
    if (rows.length === 0) return;
    const typed = this.box.value;
    this.box.value = "";
    this.writing += 1;
    for (const [at, row] of rows.entries()) {
      const outcome = await send(`${this.path}/lines`, { key: newId(), ...row });
      if (outcome.ok) continue;
      const left = at === 0 ? typed : unwritten(rows.slice(at), this.people);
      this.box.value = [left, this.box.value].filter(Boolean).join("\n");
      this.writing -= 1;
      return;
    }
    this.writing -= 1;
    if (rows.length > 1) announce(this.told(say("steno_written", { n: rows.length })));
  }

  /**
   * Up and down go from line to line where the caret has nowhere else to go.
   * @param {HTMLTextAreaElement} field
   * @param {number} by
   */
  step(field, by) {
    if (this.editing === null) {
      if (by > 0 || field.value !== "") return false;
      this.begin(newest(this.ports.store));
      return true;
    }
    const caret = field.selectionStart;
    const row = field.value.slice(0, caret);
    if (by < 0 ? row.includes("\n") : field.value.slice(caret).includes("\n")) return false;
    void this.keep(by);
    return true;
  }

  /** @param {Line | undefined} line */
  begin(line) {
    if (!line || isGap(line)) return this.leave();
    const lines = this.ports.store.lines();
    this.shown = Math.max(this.shown, lines.length - lines.findIndex(({ id }) => id === line.id));
    this.editing = { id: line.id, revision: line.revision, text: line.text };
    render(nothing, element("versions"));
    this.draw();
    const field = element("steno-line", HTMLTextAreaElement);
    field.value = line.text;
    field.focus();
    field.setSelectionRange(line.text.length, line.text.length);
    field.closest("li")?.scrollIntoView({ block: "nearest" });
  }

  leave() {
    this.editing = null;
    this.draw();
    this.box.focus();
  }

  /**
   * Keeps the correction and goes on to the next line, or to the box after the last one.
   * @param {number} by
   */
  async keep(by) {
    const editing = /** @type {Editing} */ (this.editing);
    const { store } = this.ports;
    const lines = store.lines().filter((line) => !isGap(line));
    const at = lines.findIndex(({ id }) => id === editing.id);
    const next = lines[at + by];
    if (!(await this.saved())) return;
    if (next === undefined && by < 0) this.begin(store.line(editing.id));
    else this.begin(next === undefined ? undefined : store.line(next.id));
  }

  /** Sends what was changed in the line; true if there is nothing left to send. */
  async saved() {
    const editing = this.editing;
    if (editing === null) return true;
    const value = this.edited;
    if (value.trim() === editing.text) return true;
    const { id, revision } = editing;
    const { send, say } = this.ports;
    const outcome = await send(`/api/lines/${id}/text`, { key: newId(), revision, text: value });
    if (outcome.ok) {
      editing.revision = outcome.body.revision;
      editing.text = value.trim();
      return true;
    }
    if (outcome.code === "line.revision") {
      const { revision: newer, text } = /** @type {{revision: number, text: string}} */ (outcome.fields);
      editing.revision = newer;
      this.told(`${outcome.message} ${say("steno_now", { text })}`);
    }
    return false;
  }

  /**
   * @param {"split" | "join"} what
   * @param {Record<string, unknown>} body
   */
  edit(what, body) {
    void (async () => {
      const editing = this.editing;
      if (!editing || !(await this.saved())) return;
      const { id, revision } = editing;
      const outcome = await this.ports.send(`/api/lines/${id}/${what}`, { key: newId(), revision, ...body });
      if (!outcome.ok) return;
      const { line, second } = outcome.body;
      this.awaited = { id: second ?? line, revision: second ? 0 : outcome.body.revision };
      this.arrive();
    })();
    return true;
  }

  /** Goes to the line that a split or a join made, as soon as the document shows it. */
  arrive() {
    const line = this.awaited === null ? undefined : this.ports.store.line(this.awaited.id);
    if (this.awaited === null || !line || line.revision < this.awaited.revision) return;
    this.awaited = null;
    this.begin(line);
  }

  /**
   * Whose words these are: of the line being corrected, else of what is written next.
   * @param {string | null} person
   * @param {boolean} forward
   */
  seat(person, forward) {
    if (person === null) return true;
    const { send } = this.ports;
    const line = this.editing?.id ?? (forward ? this.line()?.id : null);
    if (line) void send(`/api/lines/${line}/speaker`, { key: newId(), person, forward });
    else {
      this.speaker = this.speaker === person ? null : person;
      this.draw();
    }
    return true;
  }

  /** @param {string} stance */
  async position(stance) {
    const { say, send, store, boot, announce } = this.ports;
    const line = this.line();
    const table = store.meta().table;
    const open = store.proposals().filter(({ state, number }) => number > 0 && /^(open|contested)$/.test(state));
    const proposal = open.find(({ id }) => id === table) ?? (open.length === 1 ? open[0] : undefined);
    if (!proposal) return announce(this.told(say("steno_no_wording")));
    if (!line?.unit) return announce(this.told(say("steno_no_unit")));
    const reason = stance === "object" ? line.text : "";
    const body = { key: newId(), number: proposal.number, stance, reason, unit: line.unit, line: line.id };
    const outcome = await send(`/api/proposals/${proposal.id}/positions`, body);
    if (!outcome.ok) return;
    const unit = boot.units.find(({ id }) => id === line.unit);
    const name = (boot.language === "zh" ? unit?.zh : unit?.en) ?? "";
    announce(this.told(say("steno_position", { unit: name, stance: say(stance) })));
  }

  async showVersions() {
    const line = this.line();
    if (!line) return;
    const answer = await fetch(`/api/lines/${line.id}/versions`, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const { versions } = await answer.json();
    render(versionRows(versions, this.ports.say), element("versions"));
  }
}

/**
 * The line that came last, if any.
 * @param {import("./store.js").Store} store
 */
function newest(store) {
  return store.lines().filter((line) => !isGap(line)).slice(-1)[0];
}
