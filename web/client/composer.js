/**
 * The note box: outside the list, so that nothing in the transcript moves while one writes.
 *
 * A note is private until Enter. Until then it is a draft, saved on the server under its author,
 * one for each line; Esc keeps it and goes back to the line. While an input method composes, no
 * key means anything here.
 */

import { html, nothing, render } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { GLYPHS, KINDS } from "./kinds.js";
import { timecode } from "./grouping.js";

/** @typedef {import("./document.js").Kind} Kind */
/** @typedef {import("./document.js").Target} Target */
/** @typedef {import("./document.js").Line} Line */
/** @typedef {import("./document.js").Voice} Voice */
/** @typedef {{kind: Kind | "say", target: Target | null, voice: Voice | null, text: string, id: string}} Note */

/**
 * @typedef {object} ComposerPorts
 * @property {import("./messages.js").Say} say
 * @property {import("./directory.js").Directory} directory
 * @property {{annotate: boolean, chat: boolean}} can
 * @property {() => Line | null} newestLine what a note is about when no line was chosen
 * @property {() => boolean} isQuiet whether a silent minute runs: then people write for themselves
 * @property {(id: string) => Line | null} line
 * @property {(note: Note) => void} keep saves a draft soon, or removes it when its text is empty
 * @property {(note: Note) => Promise<boolean>} send whether it went out
 * @property {(line: string | null) => void} leave
 * @property {(isWriting: boolean, line: string | null) => void} writing
 * @property {() => string} newId
 */

/** @param {KeyboardEvent} event */
export const isComposing = (event) => event.isComposing || event.keyCode === 229;

export class Composer {
  /**
   * @param {HTMLFormElement} form
   * @param {ComposerPorts} ports
   */
  constructor(form, ports) {
    this.form = form;
    this.ports = ports;
    /** @type {Map<string, Note>} drafts by line; "" holds what is not about a line */
    this.drafts = new Map();
    this.note = this.blank(ports.can.annotate ? "problem" : "say", null, null);
    this.problem = "";
    /** @type {Set<string>} notes on their way; the others can be written meanwhile */
    this.sending = new Set();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.submit();
    });
    form.addEventListener("keydown", (event) => this.pressed(event));
    form.addEventListener("focusout", (event) => {
      if (!form.contains(/** @type {Node | null} */ (event.relatedTarget))) this.told();
    });
    this.draw();
  }

  /**
   * @param {Note["kind"]} kind
   * @param {Target | null} target
   * @param {Voice | null} voice
   * @returns {Note}
   */
  blank(kind, target, voice) {
    return { kind, target, voice, text: "", id: this.ports.newId() };
  }

  /** @returns {HTMLTextAreaElement} */
  get box() {
    return /** @type {HTMLTextAreaElement} */ (this.form.querySelector("textarea"));
  }

  /** Whether a note about a line is being written: then that line must not move. */
  get isWriting() {
    return this.form.contains(document.activeElement) && this.note.target !== null;
  }

  /**
   * Opens the box for a line and puts the cursor into it.
   * @param {Line} line
   * @param {Target} target
   * @param {Note["kind"] | null} kind null keeps the draft's own, or the last one used
   */
  open(line, target, kind) {
    const draft = this.drafts.get(line.id);
    const voice = { name: line.speaker, person: line.person, unit: line.unit };
    const asked = kind ?? (this.note.kind === "say" ? "problem" : this.note.kind);
    this.note = draft ? { ...draft, kind: kind ?? draft.kind } : this.blank(asked, target, voice);
    if (draft && target.end !== null) this.note.target = target;
    this.focus();
  }

  /** Opens the box for a line typed for everybody. */
  openLine() {
    this.note = this.drafts.get("") ?? this.blank("say", null, null);
    this.focus();
  }

  /**
   * Drafts found on the server: the newest is shown, none takes the focus.
   * @param {readonly Note[]} notes oldest first
   */
  restore(notes) {
    for (const note of notes) this.admit(note);
    const last = this.drafts.get(notes[notes.length - 1]?.target?.line ?? "");
    if (last && notes.length > 0 && this.note.text === "" && !this.form.contains(document.activeElement)) this.note = last;
    this.draw();
  }

  /** Two drafts on one line, of two tabs or two devices, become one: no word of them is out of reach. @param {Note} note */
  admit(note) {
    const key = note.target?.line ?? "";
    const known = this.drafts.get(key);
    if (!known || known.id === note.id) return void this.drafts.set(key, note);
    if (known.id === this.note.id) return; // being written here; joined when the page is next loaded
    const both = { ...note, text: `${known.text}\n${note.text}` };
    this.drafts.set(key, both);
    this.ports.keep({ ...known, text: "" });
    this.ports.keep(both);
  }

  /** @param {string} line */
  hasDraft(line) {
    return this.drafts.has(line);
  }

  focus() {
    this.problem = "";
    this.draw();
    this.box.focus();
    this.box.setSelectionRange(this.box.value.length, this.box.value.length);
    this.told();
  }

  told() {
    requestAnimationFrame(() => this.ports.writing(this.isWriting, this.note.target?.line ?? null));
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (isComposing(event)) return;
    const inBox = event.target === this.box;
    const digit = /^Digit([1-6])$/.exec(event.code);
    const kind = digit ? KINDS[Number(digit[1]) - 1] : undefined;
    if (event.code === "Escape") {
      this.ports.leave(this.note.target?.line ?? null);
    } else if (event.altKey && kind && this.ports.can.annotate) {
      this.setKind(kind);
    } else if (inBox && isEnter(event) && !event.shiftKey && !event.ctrlKey && !event.altKey) {
      void this.submit();
    } else return;
    event.preventDefault();
  }

  /** @param {Note["kind"]} kind */
  setKind(kind) {
    const line = this.note.target?.line;
    this.note = { ...this.note, kind };
    if (kind === "say") {
      this.note.target = null;
      if (line && this.drafts.get(line)?.id === this.note.id) this.drafts.delete(line); // it moves to the other place
    }
    this.keep();
    this.draw();
  }

  typed() {
    this.note.text = this.box.value;
    if (this.note.target === null && this.note.kind !== "say") this.aimAtNewest();
    this.keep();
    this.grow();
  }

  /** A note begun without a chosen line is about what was just said, from its first letter on. */
  aimAtNewest() {
    const line = this.ports.newestLine();
    if (!line) return;
    const whole = { line: line.id, revision: line.revision, start: 0, end: null, quote: line.text };
    this.note.target = whole;
    const { me } = this.ports.directory;
    this.note.voice = this.ports.isQuiet()
      ? { name: me.name, person: me.id, unit: me.unit }
      : { name: line.speaker, person: line.person, unit: line.unit };
    this.draw();
    this.told();
  }

  grow() {
    this.box.style.height = "auto";
    this.box.style.height = `${this.box.scrollHeight + 2}px`;
  }

  /** One draft for each line: an empty one is removed, as is one that another line took over. */
  keep() {
    const key = this.note.target?.line ?? "";
    const known = this.drafts.get(key);
    const isEmpty = this.note.text.trim() === "";
    if (isEmpty && known?.id !== this.note.id) return;
    if (isEmpty) this.drafts.delete(key);
    else this.drafts.set(key, { ...this.note });
    this.ports.keep(this.note);
  }

  /** Sends what is in the box. It is cleared only once it went out: nothing typed is ever lost. */
  async submit() {
    const note = this.note;
    if (this.sending.has(note.id) || note.text.trim() === "") return;
    this.problem = "";
    if (note.kind !== "say" && !note.target) this.aimAtNewest();
    if (note.kind !== "say" && !note.target) {
      this.problem = this.ports.say("no_line_yet");
      return this.draw();
    }
    let sent = false;
    this.sending.add(note.id);
    this.draw();
    try {
      sent = await this.ports.send({ ...note, text: note.text.trim() });
    } finally {
      this.sending.delete(note.id);
      this.answered(note, sent);
    }
  }

  /**
   * It went out or it did not; another note may be in the box by now, which stays there.
   * @param {Note} note
   * @param {boolean} sent
   */
  answered(note, sent) {
    const key = note.target?.line ?? "";
    const isHere = this.note.id === note.id;
    if (sent) {
      if (this.drafts.get(key)?.id === note.id) this.drafts.delete(key);
      this.ports.keep({ ...note, text: "" }); // its line no longer shows a draft
    }
    if (isHere) this.problem = sent ? "" : this.ports.say("not_sent");
    if (isHere && sent) this.note = this.blank(note.kind, null, null);
    this.draw();
    if (isHere && sent && note.kind !== "say") this.ports.leave(note.target?.line ?? null);
  }

  get isSending() {
    return this.sending.has(this.note.id);
  }

  draw() {
    const { say, can } = this.ports;
    render(
      html`${this.aboutView()}
        <div class="picks" role="radiogroup" aria-label=${say("kind")}>
          ${can.annotate ? KINDS.map((kind) => this.kindView(kind)) : nothing}
          ${can.chat ? this.kindView("say") : nothing}
        </div>
        <div class="composer-row">
          <label class="hidden-label" for="note-text">${this.boxLabel()}</label>
          <textarea id="note-text" rows="1" maxlength="4000" enterkeyhint="send" autocomplete="off"
            placeholder=${this.boxLabel()} ?readonly=${this.isSending} .value=${live(this.note.text)}
            @input=${() => this.typed()}></textarea>
          <button class="main" type="submit">${say("send")}</button>
        </div>
        <p class="composer-hint">
          ${this.problem
            ? html`<span class="problem" role="alert">${this.problem}</span>`
            : say(this.isSending ? "sending_sending" : this.note.kind === "say" ? "say_hint" : "note_hint")}
        </p>`,
      this.form,
    );
    this.form.dataset.kind = this.note.kind;
    this.grow();
  }

  boxLabel() {
    const { say } = this.ports;
    if (this.note.kind === "say") return say("say_label");
    return say("note_label", { kind: say(this.note.kind) });
  }

  aboutView() {
    const { say, line } = this.ports;
    const { target, kind } = this.note;
    if (kind === "say") return html`<p class="about">${say("say_about")}</p>`;
    if (!target) return html`<p class="about">${say("about_newest")}</p>`;
    const about = line(target.line);
    return html`<div class="about">
      <p class="about-line">
        <span class="about-time">${about ? timecode(about.at) : ""}</span>
        <b>${about?.speaker ?? ""}</b> <q>${target.quote}</q>
      </p>
      ${this.voiceView()}
    </div>`;
  }

  voiceView() {
    const { say, directory } = this.ports;
    const { target, voice } = this.note;
    const line = target ? this.ports.line(target.line) : null;
    const speaker = { name: line?.speaker ?? "", person: line?.person ?? null, unit: line?.unit ?? null };
    /** @type {Voice[]} */
    const voices = [speaker];
    for (const person of directory.sorted()) {
      if (person.id !== speaker.person)
        voices.push({ name: person.name, person: person.id, unit: person.unit });
    }
    for (const unit of directory.units) voices.push({ name: "", person: null, unit: unit.id });
    const chosen = voices.findIndex((one) => same(one, voice));
    return html`<label class="voice">
      <span>${say("voice")}</span>
      <select @change=${(/** @type {Event} */ event) => {
        const at = /** @type {HTMLSelectElement} */ (event.target).selectedIndex;
        this.note.voice = voices[at] ?? speaker;
        this.keep();
      }}>
        ${voices.map(
          (one, at) => html`<option .selected=${live(at === Math.max(0, chosen))}>
            ${[one.name, directory.unit(one.unit)].filter(Boolean).join(" · ") || say("speaker_unknown")}
          </option>`,
        )}
      </select>
    </label>`;
  }

  /** @param {Note["kind"]} kind */
  kindView(kind) {
    const { say } = this.ports;
    return html`<label class="pick" data-kind=${kind}>
      <input type="radio" name="kind" value=${kind} .checked=${live(this.note.kind === kind)}
        @change=${() => this.setKind(kind)} />
      <span><span aria-hidden="true">${kind === "say" ? "¶" : GLYPHS[kind]}</span>
        ${say(kind)}</span>
    </label>`;
  }
}

/** @param {KeyboardEvent} event */
const isEnter = (event) => event.code === "Enter" || event.code === "NumpadEnter" || event.key === "Enter";

/**
 * @param {Voice} one
 * @param {Voice | null} other
 */
const same = (one, other) =>
  other !== null && one.person === other.person && one.unit === other.unit && one.name === other.name;
