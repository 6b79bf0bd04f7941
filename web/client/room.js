/**
 * The live page for people: transcript, note box, board and panes around one document.
 */

import { bindText } from "./annotations.js";
import { announcer } from "./announcer.js";
import { Board } from "./board.js";
import { commands } from "./commands.js";
import { showConsole } from "./console.js";
import { Desk } from "./desk.js";
import { Directory } from "./directory.js";
import { discretionOf } from "./discretion.js";
import { Drafts } from "./drafts.js";
import { showFloor } from "./floor.js";
import { fetchInto, htmx, htmxAfterPaint } from "./fragments.js";
import { showInterim } from "./interim.js";
import { areOn, listen, setOn } from "./keys.js";
import { KINDS } from "./kinds.js";
import { showLeaving } from "./leaving.js";
import { Marks, showEchoes } from "./marks.js";
import { sayer } from "./messages.js";
import { microphone } from "./microphone.js";
import { element } from "./page.js";
import { showAgenda, showFresh, showPanes, showPeople, stepSentence } from "./panels.js";
import { player } from "./playback.js";
import { onPresence } from "./presence.js";
import { rights } from "./rights.js";
import { showStatus } from "./status.js";
import { Transcript } from "./transcript.js";


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
    this.wasLive = false;
    this.hash = location.hash;
    this.directory = new Directory(boot.units, boot.language, boot.me);
    this.drafts = new Drafts(boot, vault);
    this.commands = commands(boot);
    this.path = `/api/sessions/${boot.session.id}`;
    /** @type {Map<string, string>} draft annotation to proposal */
    this.draftOf = new Map();
    /** @type {Map<string, string>} note to the proposal that rests on it */
    this.groundOf = new Map();
    this.log = announcer(element("log"), this.say);
    this.play = player();
    this.can = () => rights(boot, this.state);
    this.send = this.send.bind(this);
    this.command = this.command.bind(this);
    this.marks = this.makeMarks();
    this.transcript = this.makeTranscript();
    this.interim = showInterim(element("interim"), this.transcript);
    this.desk = this.makeDesk();
    this.board = this.makeBoard();
    this.showEchoes = showEchoes(element("echoes"), store, this.marks, (id) => this.isDraft(id));
    this.showPeople = showPeople(
      { count: element("here-count"), discs: element("discs"), list: element("people") },
      this.say,
      this.directory,
      boot.can.moderate ? (person) => void this.command(`${this.path}/seats`, { person }) : null,
    );
    showFresh(element("fresh"), element("now-tree"), this.say);
    this.showAgenda = this.makeAgenda();
    this.showFloor = this.makeFloor();
    this.drawConsole = this.makeConsole(vault);
    const notice = element("ear-notice");
    const { announce } = this.log;
    this.status = showStatus(element("status"), notice, this.say, boot.can.moderate, announce);
    const { title } = boot.session;
    const leaving = { say: this.say, connection, drafts: this.drafts, title };
    showLeaving(element("leave", HTMLFormElement), element("leaving"), leaving);
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
      isChosen: (id) => this.desk.isChosen(id),
      hasDraft: (line) => this.desk.hasDraft(line),
      isStriking: (line) => this.desk.isStriking(line),
      isDraft: (id) => this.isDraft(id),
      proposalOf: (id) => this.groundOf.get(id) ?? null,
      marksView: (note) => this.marks.view(note),
      act: (action, id) => this.desk.acted(action, id),
    });
    transcript.onFinal = (lines) => {
      this.interim.settle(lines);
      this.log.heard(lines);
    };
    transcript.onCurrent = () => this.board.update();
    return transcript;
  }

  makeDesk() {
    const { boot, store, connection, transcript, say, directory, log, can, command, drafts } = this;
    const ports = { boot, store, connection, transcript, say, directory, can, command, drafts };
    return new Desk({ ...ports, announce: log.announce });
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
      load: (panel, path) => void fetchInto(panel, path),
      session: this.path,
      split: (proposal) => this.desk.split(proposal),
      refresh: () => this.refreshMine(),
    });
  }

  makeMarks() {
    const { say, directory, store } = this;
    return new Marks(store, {
      say,
      directory,
      may: () => this.can().answer,
      send: (body) => this.command(`${this.path}/marks`, body),
      changed: (id) => {
        const lines = store.annotation(id)?.targets.map((target) => target.line) ?? [];
        this.transcript.update({ lines: new Set(lines) });
        this.showEchoes();
      },
    });
  }

  makeAgenda() {
    const { say, directory } = this;
    return showAgenda(element("agenda"), {
      say,
      directory,
      mayStep: () => this.can().moderate && this.state !== "closed",
      go: (step) => void this.command(`${this.path}/step`, { step }),
    });
  }

  makeFloor() {
    const { say, directory } = this;
    return showFloor(element("floor"), {
      say,
      directory,
      rights: this.can,
      give: async (person) => (await this.command(`${this.path}/floor`, { person })).ok,
    });
  }

  /** @param {import("./vault.js").Vault} vault */
  makeConsole(vault) {
    const { boot, say } = this;
    this.microphone = microphone(boot, vault, say, boot.can.moderate);
    return showConsole(element("console"), {
      say,
      rights: this.can,
      state: () => this.state,
      recording: boot.recording,
      send: this.send,
      session: boot.session.id,
      microphone: this.microphone,
      discretion: () => discretionOf(this.store.meta()),
    });
  }

  start() {
    const { connection, store } = this;
    store.onChange((change) => this.changed(change));
    connection.onState((state) => {
      this.showLink(state);
      const isBack = state.link === "live" && !this.wasLive;
      this.wasLive = state.link === "live";
      if (isBack) {
        void this.refreshMine();
        htmxAfterPaint();
      }
    });
    connection.onInterim((part) => this.interim.hear(part));
    connection.onHealth((health) => this.status.setHealth(health));
    connection.onEvent((event) => this.happened(event));
    connection.onRefused((loss) => this.desk.keepLoss(loss));
    onPresence(connection.awareness, (here) => {
      if (this.directory.learn(here)) this.namesKnown();
      this.showPeople(here);
    });
    this.showLink(connection.state());
    this.wasLive = connection.state().link === "live";
    this.listenToKeys();
    this.openPane(opensWithBoard(this.boot) ? "board" : "talk");
    void this.desk.restoreDrafts();
    void this.refreshMine();
  }

  /** @param {import("./sync.js").State} state */
  showLink(state) {
    this.status.setLink(state);
    const keeping = element("keeping");
    keeping.hidden = state.durable;
    if (!state.durable) keeping.textContent = this.say("keeping_memory");
  }

  /** @param {import("./store.js").Change} change */
  changed(change) {
    if (change.all || change.board) this.indexBoard();
    this.transcript.update(change);
    if (change.all || change.board || change.meta || change.lines.size) this.board.update();
    if (change.all || change.lines.size) this.showEchoes();
    if (change.all || change.agenda || change.meta) this.drawMeta();
    element("talk-empty").hidden = this.store.lines().length > 0;
    this.followHash();
  }

  /** @param {string} note whether it is the draft of a wording rather than a note of its own */
  isDraft(note) {
    return this.draftOf.has(note) || this.store.annotation(note)?.opened === true;
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
    const { isOff } = discretionOf(meta);
    this.microphone?.hold(isOff);
    this.drawConsole();
    this.status.setSession({
      isOff,
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
    this.state = state;
    // Asked of the page, not of the document: its first sync may still pass through older states.
    if (this.boot.session.state === "prepared" && state === "live") return location.reload();
    element("write").hidden = true;
    this.drawConsole();
    this.transcript.refresh();
    this.board.update();
  }

  namesKnown() {
    this.transcript.refresh();
    this.desk.composer.draw();
    this.showFloor(this.store.meta().floor ?? null);
    this.board.update();
  }

  /** A link to a line leads there, once, as soon as the line is known. */
  followHash() {
    const line = /^#line-(.+)$/.exec(this.hash)?.[1];
    if (!line || !this.store.line(line)) return;
    this.hash = "";
    this.transcript.focusLine(line);
  }

  /** @param {any} event of schemas/events.py */
  happened(event) {
    if (event.kind === "seated") return this.seated(event.person_id);
    if (event.kind !== "taxonomy") return;
    void htmx().then(() => document.body.dispatchEvent(new Event("taxonomy-changed")));
  }

  /**
   * A seat gives other rights, which the server knows: who got it loads the page again.
   * @param {string} person
   */
  seated(person) {
    if (person === this.boot.me.id) return location.reload();
    void this.refreshMine();
  }

  /** Own positions, and the names behind the ids. */
  async refreshMine() {
    const answer = await fetch(`${this.path}/mine`, { headers: { Accept: "application/json" } }).catch(
      () => null, // the network is away; it is asked again when the connection is back
    );
    if (!answer?.ok) return;
    const mine = await answer.json();
    this.marks.remember(mine.marks);
    if (this.directory.learn(mine.participants)) this.namesKnown();
    this.board.remember(mine);
  }

  /**
   * @param {string} path
   * @param {Record<string, unknown>} [body]
   */
  async send(path, body = {}) {
    const outcome = await this.commands.send(path, body);
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
      confirm: () => void (transcript.current && this.desk.confirm(transcript.current)),
      say: () => this.can().chat && this.desk.composer.openLine(),
    };
    actions.strike = () => void (transcript.current && this.desk.strike(transcript.current));
    for (const kind of KINDS) actions[kind] = () => this.desk.write(transcript.current, kind);
    listen(element("scroller"), "list", this.boot.keys, actions);
    listen(element("proposals"), "board", this.boot.keys, {
      agree: (event) => pressStance(event, "agree"),
      object: (event) => pressStance(event, "object"),
    });
    listen(document.body, "page", this.boot.keys, {
      help: () => this.showKeys(),
      record: () => this.toggleRecord(),
      blank: () => this.toggleScreen(),
    });
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

  /** One key takes the room off the record, and back. */
  toggleRecord() {
    const { isOff } = discretionOf(this.store.meta());
    if (this.can().keepOff) void this.command(`${this.path}/record`, { off: !isOff });
  }

  toggleScreen() {
    const { screen } = discretionOf(this.store.meta());
    if (this.can().moderate) void this.command(`${this.path}/screen`, { ...screen, blank: !screen.blank });
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
 * Presses a position on the card that has the focus, if it offers one.
 * @param {KeyboardEvent} event
 * @param {string} stance
 */
function pressStance(event, stance) {
  const card = /** @type {Element} */ (event.target).closest(".proposal");
  const button = card?.querySelector(`.position [data-stance="${stance}"]`);
  if (button instanceof HTMLButtonElement) button.click();
}
