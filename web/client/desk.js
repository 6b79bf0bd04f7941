/**
 * Where one person's own work on the transcript is done: writing notes and lines, keeping drafts,
 * putting notes to the room.
 */

import { target } from "./anchors.js";
import { add, withdraw } from "./annotations.js";
import { Composer } from "./composer.js";
import { newId } from "./ids.js";
import { propose, resume, split } from "./notes.js";
import { element } from "./page.js";
import { ReadyNotes } from "./ready-notes.js";
import { showReady } from "./ready-view.js";

/** @typedef {import("./composer.js").Note} Note */
/** @typedef {import("./document.js").Kind} Kind */

/**
 * @typedef {object} DeskPorts
 * @property {import("./boot.js").Boot} boot
 * @property {import("./store.js").Store} store
 * @property {import("./sync.js").Connection} connection
 * @property {import("./transcript.js").Transcript} transcript
 * @property {import("./drafts.js").Drafts} drafts
 * @property {import("./directory.js").Directory} directory
 * @property {import("./messages.js").Say} say
 * @property {(text: string) => void} announce
 * @property {() => import("./rights.js").Rights} can
 * @property {import("./notes.js").Send} command
 * @property {(proposal: string) => Promise<void>} reword goes on to the draft of a new proposal
 */

export class Desk {
  /** @param {DeskPorts} ports */
  constructor(ports) {
    this.ports = ports;
    /** @type {Set<string>} notes grouped for one proposal */
    this.chosen = new Set();
    /** @type {string | null} the line that will be struck when it is asked for again */
    this.striking = null;
    this.ready = this.makeReady();
    this.composer = this.makeComposer();
  }

  /** @param {string} note */
  isChosen(note) {
    return this.chosen.has(note);
  }

  /** @param {string} line */
  hasDraft(line) {
    return this.composer.hasDraft(line);
  }

  makeComposer() {
    const form = element("composer", HTMLFormElement);
    return new Composer(form, {
      say: this.ports.say,
      directory: this.ports.directory,
      can: this.ports.can(),
      newestLine: () => this.quietLine() ?? this.ports.transcript.last(),
      isQuiet: () => this.isQuiet(),
      line: (id) => this.ports.store.line(id) ?? null,
      keep: (note) => this.keep(note),
      send: (note) => this.sendNote(note),
      leave: (line) => {
        if (line) this.ports.transcript.focusLine(line);
        else element("scroller").focus();
      },
      writing: (isWriting, line) => {
        this.ports.transcript.isHeld = isWriting;
        if (isWriting) this.ports.transcript.setCurrent(line);
      },
      newId: () => newId(),
    });
  }

  isQuiet() {
    return Boolean(this.ports.store.meta().quiet);
  }

  /** The line that says what the silent minute is about. */
  quietLine() {
    /** @type {import("./document.js").Quiet | undefined} */
    const quiet = this.ports.store.meta().quiet;
    return quiet ? (this.ports.store.line(quiet.line) ?? null) : null;
  }

  makeReady() {
    const { store, connection, drafts, say } = this.ports;
    return new ReadyNotes({
      maySend: () =>
        connection.state().link === "live" && store.meta().state === "live" && !this.isQuiet(),
      send: (note) => this.intoDocument(note),
      keep: (note) => {
        drafts.save(note.id, { ...note, ready: true });
        drafts.retry(); // it was finished: it does not wait for the next letter
      },
      drop: ({ id }) => drafts.remove(id),
      changed: (notes) => showReady(element("ready"), say, notes, (id) => this.ready.drop(id)),
    });
  }

  /**
   * @param {import("./line-view.js").LineAction} action
   * @param {string} id
   */
  acted(action, id) {
    if (action === "note") this.write(id, null);
    else if (action === "confirm") void this.confirm(id);
    else if (action === "strike") void this.strike(id);
    else if (action === "strike-not") this.strikeLater(null);
    else if (action === "withdraw") {
      withdraw(this.ports.connection.doc(), id);
      this.ports.announce(this.ports.say("withdrawn"));
    } else if (action === "propose") void this.propose([id]);
    else this.choose(id);
  }

  /**
   * Opens the note box on a line, about what is selected in it.
   * @param {string | null} id
   * @param {Kind | null} kind
   */
  write(id, kind) {
    const line = id ? this.ports.store.line(id) : this.ports.transcript.last();
    if (!line || !this.ports.can().annotate) return;
    const text = document.querySelector(`#line-${CSS.escape(line.id)} .line-text`);
    this.ports.transcript.setCurrent(line.id);
    this.composer.open(line, target(line, text, getSelection()), kind);
    document.getElementById(`line-${line.id}`)?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Note} note */
  async sendNote(note) {
    if (note.kind === "say") {
      const { boot, command } = this.ports;
      const { ok } = await command(`/api/sessions/${boot.session.id}/lines`, { text: note.text });
      if (ok) this.ports.drafts.remove(note.id);
      return ok;
    }
    if (!note.target || !note.voice) return false;
    if (this.isQuiet()) {
      this.ready.hold(note);
      this.ports.announce(this.ports.say("ready_held"));
      return true;
    }
    this.intoDocument(note);
    this.ports.announce(this.ports.say("note_sent"));
    return true;
  }

  /** @param {Note} note */
  intoDocument(note) {
    if (!note.target || !note.voice || note.kind === "say") return;
    add(this.ports.connection.doc(), {
      id: note.id,
      author: this.ports.boot.me.id,
      voice: note.voice,
      kind: note.kind,
      targets: [note.target],
      text: note.text,
    });
    this.ports.drafts.remove(note.id);
  }

  /** @param {Note} note */
  keep(note) {
    if (this.ready.has(note.id)) return void this.redraw(note);
    if (note.text.trim() === "") this.ports.drafts.remove(note.id);
    else this.ports.drafts.save(note.id, { ...note });
    this.redraw(note);
  }

  /** The line of a note says whether a draft hangs on it. @param {Note} note */
  redraw(note) {
    if (note.target) this.ports.transcript.update({ lines: [note.target.line] });
  }

  async restoreDrafts() {
    const found = await this.ports.drafts.list();
    const notes = found.map(({ id, body }) => ({ .../** @type {Note & {ready?: boolean}} */ (body), id }));
    const own = notes.filter((note) => !note.ready);
    this.composer.restore(own);
    this.ready.restore(notes.filter((note) => note.ready));
    this.ports.transcript.update({ lines: own.flatMap((note) => note.target?.line ?? []) });
  }

  /**
   * Words the server did not take are kept as drafts of their author.
   * @param {import("./sync.js").Loss} loss
   */
  keepLoss(loss) {
    const isOld = loss.code === "document.generation";
    element("told").textContent = this.ports.say(isOld ? "generation_kept" : "refused_kept");
    for (const { text, kind, voice, targets } of loss.notes) {
      const [place] = targets ?? [];
      const body = { kind: kind ?? "memo", target: place ?? null, voice, text, id: newId() };
      if (loss.code === "gate.quiet") {
        this.ready.hold(body); // sent as the silence began
        continue;
      }
      this.ports.drafts.save(body.id, body);
      this.composer.restore([body]);
    }
  }

  /** @param {string} id */
  async confirm(id) {
    const line = this.ports.store.line(id);
    if (!line?.person || !line.presumed || !this.ports.can().confirm) return;
    await this.ports.command(`/api/lines/${id}/speaker`, { person: line.person });
  }

  /** @param {string} line */
  isStriking(line) {
    return this.striking === line;
  }

  /**
   * The first time it asks back, the second time the line goes for good.
   * @param {string} id
   */
  async strike(id) {
    const line = this.ports.store.line(id);
    if (!line || !this.ports.can().strike(line)) return;
    if (this.striking !== id) {
      this.strikeLater(id);
      this.ports.announce(this.ports.say("strike_really"));
      return;
    }
    this.strikeLater(null);
    const { ok } = await this.ports.command(`/api/lines/${id}/strike`);
    if (ok) this.ports.announce(this.ports.say("struck"));
  }

  /** @param {string | null} id */
  strikeLater(id) {
    const lines = [this.striking, id].filter((one) => one !== null);
    this.striking = id;
    this.ports.transcript.update({ lines });
  }

  /** @param {string} id */
  choose(id) {
    if (!this.chosen.delete(id)) this.chosen.add(id);
    this.drawChosen([id]);
  }

  /** @param {Iterable<string>} changed */
  drawChosen(changed) {
    const { chosen } = this;
    const { say } = this.ports;
    const bar = element("chosen");
    bar.hidden = chosen.size === 0;
    const text = document.createElement("span");
    text.textContent = say("chosen", { n: chosen.size });
    bar.replaceChildren(
      text,
      button(say("propose_chosen"), "main", () => void this.propose([...chosen])),
      button(say("chosen_clear"), "quiet", () => {
        const before = [...chosen];
        chosen.clear();
        this.drawChosen(before);
      }),
    );
    const lines = [...changed].flatMap((id) => this.ports.store.annotation(id)?.targets ?? []);
    this.ports.transcript.update({ lines: lines.map((one) => one.line) });
  }

  /** @param {import("./document.js").Proposal} proposal */
  async split(proposal) {
    const { connection, boot, store, command } = this.ports;
    const outcome = await split(connection, boot, store, proposal, command);
    return { ok: outcome?.ok ?? false, message: outcome?.message ?? "" };
  }

  /**
   * @param {import("./document.js").Proposal} proposal
   * @param {string} reason
   * @param {string} line
   */
  resume(proposal, reason, line) {
    const { connection, boot, store, command } = this.ports;
    return resume(connection, boot, store, proposal, { reason, line }, command);
  }

  /** @param {string[]} ids */
  async propose(ids) {
    const { connection, boot, store, command } = this.ports;
    const notes = ids.flatMap((id) => store.annotation(id) ?? []);
    if (notes.length === 0) return;
    const grouped = [...this.chosen];
    this.chosen.clear();
    this.drawChosen(grouped);
    const { ok, body } = await propose(connection, boot, store, notes, command);
    if (ok) {
      this.ports.announce(this.ports.say("proposed"));
      if (typeof body.proposal === "string") void this.ports.reword(body.proposal);
      return;
    }
    for (const id of grouped) this.chosen.add(id); // what was grouped can be tried again
    this.drawChosen(grouped);
  }
}

/**
 * @param {string} label
 * @param {string} look
 * @param {() => void} press
 */
function button(label, look, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = look;
  made.textContent = label;
  made.addEventListener("click", press);
  return made;
}
