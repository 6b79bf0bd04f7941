/**
 * The transcript as the live page has it: lines with the notes on them, what is being said, and how
 * many units share a note.
 */

import { Grounds } from "./grounds.js";
import { Marks } from "./marks.js";
import { element } from "./page.js";
import { Transcript } from "./transcript.js";

export class Talk {
  /** @param {import("./room.js").Room} room */
  constructor(room) {
    this.room = room;
    this.grounds = new Grounds(room.store);
    this.marks = this._makeMarks();
    this.transcript = this._makeTranscript();
    /** A mark or the right to make one has changed. @type {() => void} */
    this.onMark = () => {};
    this.hash = location.hash;
    room.store.onChange((change) => this._changed(change));
    room.onState(() => this.transcript.refresh());
    room.onNames(() => this.transcript.refresh());
    room.onOwn(({ marks }) => this.marks.remember(marks));
  }

  /** @private */
  _makeTranscript() {
    const { room } = this;
    const { say, directory } = room;
    const list = element("lines");
    const pill = element("pill", HTMLButtonElement);
    const desk = () => room.parts.here("desk");
    const transcript = new Transcript(element("scroller"), list, pill, room.store, {
      say,
      directory,
      rights: room.can,
      isChosen: (id) => desk()?.isChosen(id) ?? false,
      hasDraft: (line) => desk()?.hasDraft(line) ?? false,
      isStriking: (line) => desk()?.isStriking(line) ?? false,
      isDraft: (id) => this.grounds.isDraft(id),
      proposalOf: (id) => this.grounds.proposalOf(id),
      marksView: (note) => this.marks.view(note),
      act: (action, id) => void room.parts.of("desk").then((part) => part.acted(action, id)),
    });
    transcript.onFinal = (lines) => {
      room.parts.here("hearing")?.settle(lines);
      room.announcer.heard(lines);
    };
    return transcript;
  }

  /** @private */
  _makeMarks() {
    const { store, say, directory, can, command, path } = this.room;
    return new Marks(store, {
      say,
      directory,
      may: () => can().answer,
      send: (body) => command(`${path}/marks`, body),
      changed: (id) => {
        const lines = store.annotation(id)?.targets.map((target) => target.line) ?? [];
        this.transcript.update({ lines: new Set(lines) });
        this.onMark();
      },
    });
  }

  /**
   * @private
   * @param {import("./store.js").Change} change
   */
  _changed(change) {
    const moved = change.all || change.board ? this.grounds.index() : [];
    this.transcript.update({ all: change.all, lines: new Set([...change.lines, ...moved]) });
    element("talk-empty").hidden = this.room.store.lines().length > 0;
    this._followHash();
  }

  /** A link to a line leads there, once, as soon as the line is known. @private */
  _followHash() {
    const line = /^#line-(.+)$/.exec(this.hash)?.[1];
    if (!line || !this.room.store.line(line)) return;
    this.hash = "";
    this.transcript.focusLine(line);
  }
}
