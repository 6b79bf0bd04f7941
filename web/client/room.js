/**
 * The live page for people: transcript, note box, board and panes around one document.
 */

import { target } from "./anchors.js";
import { add, bindText, withdraw } from "./annotations.js";
import { announcer } from "./announcer.js";
import { Board } from "./board.js";
import { commands } from "./commands.js";
import { Composer } from "./composer.js";
import { showConsole } from "./console.js";
import { Directory } from "./directory.js";
import { Drafts } from "./drafts.js";
import { showFloor } from "./floor.js";
import { fetchInto } from "./fragments.js";
import { newId } from "./ids.js";
import { areOn, listen, setOn } from "./keys.js";
import { KINDS } from "./kinds.js";
import { sayer } from "./messages.js";
import { microphone } from "./microphone.js";
import { propose } from "./notes.js";
import { element } from "./page.js";
import { showAgenda, showPanes, showPeople, stepSentence } from "./panels.js";
import { player } from "./playback.js";
import { onPresence } from "./presence.js";
import { rights } from "./rights.js";
import { showStatus } from "./status.js";
import { showInterim, Transcript } from "./transcript.js";

/** @typedef {import("./document.js").Annotation} Annotation */
/** @typedef {import("./document.js").Kind} Kind */
/** @typedef {import("./composer.js").Note} Note */

/**
 * @param {import("./boot.js").Boot} boot
 * @param {import("./store.js").Store} store
 * @param {import("./sync.js").Connection} connection
 * @param {import("./vault.js").Vault} vault
 */
export function showRoom(boot, store, connection, vault) {
  const room = new Room(boot, store, connection, vault);
  room.start();
}

class Room {
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
    this.say = sayer(boot.messages);
    this.state = boot.session.state;
    this.directory = new Directory(boot.units, boot.language, boot.me);
    this.drafts = new Drafts(boot, vault);
    this.commands = commands(boot);
    this.path = `/api/sessions/${boot.session.id}`;
    /** @type {Set<string>} notes grouped for one proposal */
    this.chosen = new Set();
    /** @type {Map<string, string>} draft annotation to proposal */
    this.draftOf = new Map();
    /** @type {Map<string, string>} note to the proposal that rests on it */
    this.groundOf = new Map();
    this.log = announcer(element("log"), this.say);
    this.play = player();
    this.can = () => rights(boot, this.state);
    this.send = this.send.bind(this);
    this.transcript = this.makeTranscript();
    this.interim = showInterim(element("interim"), this.transcript);
    this.composer = this.makeComposer();
    this.board = this.makeBoard();
    this.showPeople = showPeople(
      { count: element("here-count"), discs: element("discs"), list: element("people") },
      this.say,
      this.directory,
    );
    this.showAgenda = this.makeAgenda();
    this.showFloor = this.makeFloor();
    this.drawConsole = this.makeConsole(vault);
    const notice = element("ear-notice");
    const { announce } = this.log;
    this.status = showStatus(element("status"), notice, this.say, boot.can.moderate, announce);
    this.openPane = showPanes(element("pane-nav"), element("panes"), (pane) => {
      if (pane === "talk" && this.transcript.isFollowing) this.transcript.scrollToEnd();
    });
  }

  makeTranscript() {
    const { say, directory } = this;
    const list = element("lines", HTMLOListElement);
    const pill = element("pill", HTMLButtonElement);
    const transcript = new Transcript(element("scroller"), list, pill, this.store, {
      say,
      directory,
      rights: this.can,
      isChosen: (id) => this.chosen.has(id),
      hasDraft: (line) => this.composer?.hasDraft(line) ?? false,
      isDraft: (id) => this.draftOf.has(id) || this.store.annotation(id)?.opened === true,
      proposalOf: (id) => this.groundOf.get(id) ?? null,
      act: (action, id) => this.acted(action, id),
    });
    transcript.onFinal = (lines) => {
      this.interim.settle(lines);
      this.log.heard(lines);
    };
    transcript.onCurrent = () => this.board.update();
    return transcript;
  }

  makeComposer() {
    const form = element("composer", HTMLFormElement);
    element("write").hidden = !this.can().annotate && !this.can().chat;
    return new Composer(form, {
      say: this.say,
      directory: this.directory,
      can: this.can(),
      newestLine: () => this.transcript.last(),
      line: (id) => this.store.line(id) ?? null,
      keep: (note) => this.keep(note),
      send: (note) => this.sendNote(note),
      leave: (line) => {
        if (line) this.transcript.focusLine(line);
        else element("scroller").focus();
      },
      writing: (isWriting, line) => {
        this.transcript.isHeld = isWriting;
        if (isWriting) this.transcript.setCurrent(line);
      },
      newId: () => newId(),
    });
  }

  makeBoard() {
    const { say, directory, send } = this;
    return new Board(element("proposals"), element("board-empty"), this.store, {
      say,
      directory,
      rights: this.can,
      send,
      bindText,
      chosenLine: () => this.transcript.current,
      loadPromotion: (panel, id) => void fetchInto(panel, `/proposals/${id}/promotion`),
    });
  }

  makeAgenda() {
    const { say, directory } = this;
    return showAgenda(element("agenda"), {
      say,
      directory,
      mayStep: () => this.can().moderate && this.state !== "closed",
      go: (step) => void this.send(`${this.path}/step`, { step }),
    });
  }

  makeFloor() {
    const { say, directory } = this;
    return showFloor(element("floor"), {
      say,
      directory,
      rights: this.can,
      give: async (person) => (await this.send(`${this.path}/floor`, { person })).ok,
    });
  }

  /** @param {import("./vault.js").Vault} vault */
  makeConsole(vault) {
    const { boot, say } = this;
    return showConsole(element("console"), {
      say,
      rights: this.can,
      state: () => this.state,
      recording: boot.recording,
      send: this.send,
      session: boot.session.id,
      microphone: microphone(boot, vault, say, boot.can.moderate),
    });
  }

  start() {
    const { connection, store } = this;
    store.onChange((change) => this.changed(change));
    connection.onState((state) => {
      this.status.setLink(state);
      if (state.link === "live") void this.refreshMine();
    });
    connection.onInterim((part) => this.interim.hear(part));
    connection.onHealth((health) => this.status.setHealth(health));
    connection.onEvent((event) => this.happened(event));
    connection.onRefused((loss) => this.keepLoss(loss));
    onPresence(connection.awareness, (here) => {
      if (this.directory.learn(here)) this.namesKnown();
      this.showPeople(here);
    });
    this.status.setLink(connection.state());
    this.listenToKeys();
    this.openPane(opensWithBoard(this.boot) ? "board" : "talk");
    void this.restoreDrafts();
    void this.refreshMine();
  }

  /** @param {import("./store.js").Change} change */
  changed(change) {
    if (change.all || change.board) this.indexBoard();
    this.transcript.update(change);
    if (change.all || change.board || change.lines.size) this.board.update();
    if (change.all || change.agenda || change.meta) this.drawMeta();
    element("talk-empty").hidden = this.store.lines().length > 0;
    if (change.all) this.followHash();
  }

  /** Which notes are drafts of wordings, and which wordings rest on which notes. */
  indexBoard() {
    const proposals = this.store.proposals();
    const lines = new Set();
    /** @param {string} id */
    const redraw = (id) => this.store.annotation(id)?.targets.forEach((one) => lines.add(one.line));
    for (const { id, draft, grounds, state } of proposals) {
      if (!this.draftOf.has(draft)) redraw(draft);
      this.draftOf.set(draft, id);
      for (const ground of grounds) {
        const now = state === "dropped" ? undefined : id;
        if (this.groundOf.get(ground) === now) continue;
        if (now) this.groundOf.set(ground, now);
        else this.groundOf.delete(ground);
        redraw(ground);
      }
    }
    this.transcript.update({ lines });
  }

  drawMeta() {
    const meta = this.store.meta();
    const state = meta.state ?? this.boot.session.state;
    if (state !== this.state) this.stateChanged(state);
    const step = stepSentence(this.store.agenda(), meta.step ?? null, this.boot.language, this.say);
    element("step-now").textContent = step;
    element("board-step").textContent = step;
    this.showAgenda(this.store.agenda(), meta.step ?? null);
    this.showFloor(meta.floor ?? null);
    const capture = meta.capture;
    this.status.setSession({
      isLive: state === "live",
      isClosed: state === "closed",
      recording: capture ? this.say(capture.kind === "recording" ? "playing" : "recording") : "",
    });
  }

  /**
   * An opened session gives everybody other rights, which the server knows: the page is loaded
   * again. A closed one takes them; what was being written stays as a draft.
   * @param {string} state
   */
  stateChanged(state) {
    const wasPrepared = this.state === "prepared";
    this.state = state;
    if (wasPrepared && state === "live") return location.reload();
    element("write").hidden = true;
    this.drawConsole();
    this.transcript.refresh();
    this.board.update();
  }

  namesKnown() {
    this.transcript.refresh();
    this.composer.draw();
    this.showFloor(this.store.meta().floor ?? null);
    this.board.update();
  }

  followHash() {
    const line = /^#line-(.+)$/.exec(location.hash)?.[1];
    if (line) this.transcript.focusLine(line);
  }

  /** @param {any} event of schemas/events.py */
  happened(event) {
    if (event.kind === "taxonomy") document.body.dispatchEvent(new Event("taxonomy-changed"));
    if (event.kind === "session") void this.refreshMine();
  }

  /** Own positions, and the names behind the ids. */
  async refreshMine() {
    const answer = await fetch(`${this.path}/mine`, { headers: { Accept: "application/json" } }).catch(
      () => null, // the network is away; it is asked again when the connection is back
    );
    if (!answer?.ok) return;
    const { positions, participants } = await answer.json();
    this.board.remember(positions);
    if (this.directory.learn(participants)) this.namesKnown();
  }

  /**
   * @param {string} path
   * @param {Record<string, unknown>} [body]
   */
  async send(path, body = {}) {
    const outcome = await this.commands.send(path, body);
    if (outcome.code === "network") return { ...outcome, message: this.say("away") };
    if (!outcome.ok) this.log.announce(outcome.message);
    return outcome;
  }

  // Notes.

  /**
   * @param {import("./line-view.js").LineAction} action
   * @param {string} id
   */
  acted(action, id) {
    if (action === "note") this.write(id, null);
    else if (action === "confirm") void this.confirm(id);
    else if (action === "withdraw") {
      withdraw(this.connection.doc(), id);
      this.log.announce(this.say("withdrawn"));
    } else if (action === "propose") void this.propose([id]);
    else this.choose(id);
  }

  /**
   * Opens the note box on a line, about what is selected in it.
   * @param {string | null} id
   * @param {Kind | null} kind
   */
  write(id, kind) {
    const line = id ? this.store.line(id) : this.transcript.last();
    if (!line || !this.can().annotate) return;
    const text = document.querySelector(`#line-${CSS.escape(line.id)} .line-text`);
    this.transcript.setCurrent(line.id);
    this.composer.open(line, target(line, text, getSelection()), kind);
    document.getElementById(`line-${line.id}`)?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Note} note */
  async sendNote(note) {
    if (note.kind === "say") {
      const { ok } = await this.send(`${this.path}/lines`, { text: note.text });
      if (ok) this.drafts.remove(note.id);
      return ok;
    }
    if (!note.target || !note.voice) return false;
    add(this.connection.doc(), {
      id: note.id,
      author: this.boot.me.id,
      voice: note.voice,
      kind: note.kind,
      targets: [note.target],
      text: note.text,
    });
    this.drafts.remove(note.id);
    this.log.announce(this.say("note_sent"));
    return true;
  }

  /** @param {Note} note */
  keep(note) {
    if (note.text.trim() === "") this.drafts.remove(note.id);
    else this.drafts.save(note.id, { ...note });
    if (note.target) this.transcript.update({ lines: [note.target.line] });
  }

  async restoreDrafts() {
    const found = await this.drafts.list();
    this.composer.restore(found.map(({ id, body }) => /** @type {Note} */ ({ ...body, id })));
    this.transcript.refresh();
  }

  /**
   * Words the server did not take are kept as drafts of their author.
   * @param {import("./sync.js").Loss} loss
   */
  keepLoss(loss) {
    this.log.announce(this.say("refused_kept"));
    for (const { text, kind, voice, targets } of loss.notes) {
      const [place] = targets ?? [];
      const body = { kind: kind ?? "memo", target: place ?? null, voice, text, id: newId() };
      this.drafts.save(body.id, body);
      this.composer.restore([body]);
    }
  }

  /** @param {string} id */
  async confirm(id) {
    const line = this.store.line(id);
    if (!line?.person || !line.presumed || !this.can().confirm) return;
    await this.send(`/api/lines/${id}/speaker`, { person: line.person });
  }

  // From notes to wordings.

  /** @param {string} id */
  choose(id) {
    if (!this.chosen.delete(id)) this.chosen.add(id);
    this.drawChosen([id]);
  }

  /** @param {Iterable<string>} changed */
  drawChosen(changed) {
    const { chosen, say } = this;
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
    const lines = [...changed].flatMap((id) => this.store.annotation(id)?.targets ?? []);
    this.transcript.update({ lines: lines.map((one) => one.line) });
  }

  /** @param {string[]} ids */
  async propose(ids) {
    const notes = ids.flatMap((id) => this.store.annotation(id) ?? []);
    if (notes.length === 0) return;
    this.chosen.clear();
    this.drawChosen(ids);
    const { ok } = await propose(this.connection, this.boot, notes, this.send);
    if (ok) this.log.announce(this.say("proposed"));
  }

  listenToKeys() {
    const { transcript } = this;
    /** @type {Record<string, () => void>} */
    const actions = {
      next: () => transcript.move(1),
      previous: () => transcript.move(-1),
      first: () => transcript.move(-Infinity),
      last: () => transcript.toEnd(),
      play: () => this.playCurrent(),
      search: () => window.open("/archive", "_blank", "noopener"),
      confirm: () => void (transcript.current && this.confirm(transcript.current)),
      say: () => this.can().chat && this.composer.openLine(),
    };
    for (const kind of KINDS) actions[kind] = () => this.write(transcript.current, kind);
    listen(element("scroller"), "list", this.boot.keys, actions);
    listen(document.body, "page", this.boot.keys, { help: () => this.showKeys() });
    const onOff = element("keys-on", HTMLInputElement);
    onOff.checked = areOn();
    onOff.addEventListener("change", () => setOn(onOff.checked));
    element("help").addEventListener("toggle", () => {
      const table = element("keys-table");
      if (table.childElementCount === 0) void fetchInto(table, "/help/keys");
    });
  }

  playCurrent() {
    const line = this.transcript.current ? this.store.line(this.transcript.current) : null;
    if (line && !this.play(line)) this.log.announce(this.say("line_no_audio"));
  }

  showKeys() {
    this.openPane("room");
    const help = element("help", HTMLDetailsElement);
    help.open = true;
    help.querySelector("summary")?.focus();
  }
}

/**
 * On a phone an expert begins with the step, the wording and the note box.
 * @param {import("./boot.js").Boot} boot
 */
function opensWithBoard({ me }) {
  return me.role === "expert" && matchMedia("(max-width: 63.99em)").matches;
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
