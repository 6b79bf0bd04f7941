/**
 * Part of the live page: the wordings, and what is decided about them.
 */

import { bindText } from "../annotations.js";
import { Board } from "../board.js";
import { fetchInto } from "../fragments.js";
import { element } from "../page.js";
import { showUnanswered } from "../unanswered.js";

/**
 * @param {import("../room.js").Room} room
 * @returns {Board}
 */
export function start(room) {
  const { say, directory, send, store, talk } = room;
  const board = new Board(element("proposals"), element("board-empty"), store, {
    say,
    directory,
    rights: room.can,
    now: () => room.clock.now(),
    send,
    bindText,
    chosenLine: () => talk.transcript.current,
    load: (panel, path) => void fetchInto(panel, path),
    session: room.path,
    split: async (proposal) => (await room.parts.of("desk")).split(proposal),
    resume: async (proposal, reason, line) => (await room.parts.of("desk")).resume(proposal, reason, line),
    refresh: room.refreshOwn,
  });
  const drawUnanswered = showUnanswered(element("echoes"), store, talk.marks, (note) => talk.grounds.isDraft(note));
  talk.onMark = drawUnanswered;
  drawUnanswered();
  store.onChange((change) => {
    board.changed(change);
    if (change.all || change.lines.size) drawUnanswered();
  });
  talk.transcript.onCurrent = () => board.lineChosen();
  room.onState(() => board.update());
  room.onNames(() => board.update());
  room.onOwn((own) => board.remember(own));
  if (room.own) board.remember(room.own);
  else board.update();
  return board;
}
