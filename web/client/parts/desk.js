/**
 * Part of the live page: one person's own notes, lines and drafts, and signing out with them.
 */

import { Desk } from "../desk.js";
import { Drafts } from "../drafts.js";
import { showLeaving } from "../leaving.js";
import { element } from "../page.js";

/**
 * Whoever may write while the session is open reads why nothing can be written before and after.
 * @param {import("../room.js").Room} room
 */
function showWritable({ boot, can, say, state }) {
  const may = can().annotate || can().chat;
  const could = boot.can.annotate || boot.can.chat;
  const [write, told] = [element("write"), element("write-not")];
  write.hidden = !may && !could;
  write.classList.toggle("is-shut", !may);
  told.hidden = may || !could;
  element("write-after").hidden = state !== "closed" || boot.can.moderate; // who leads has it beside
  told.textContent = say(state === "prepared" ? "write_not_yet" : "write_no_more");
}

/**
 * @param {import("../room.js").Room} room
 * @returns {Desk}
 */
export function start(room) {
  const { boot, store, connection, say, directory, can, command, announce, vault } = room;
  const { transcript } = room.talk;
  const drafts = new Drafts(boot, vault);
  const desk = new Desk({ boot, store, connection, transcript, drafts, directory, say, announce, can, command, reword: async (proposal) => (await room.parts.of("board")).focus(proposal) });
  const { title } = boot.session;
  showLeaving(element("leave", HTMLFormElement), element("leaving"), { say, connection, drafts, title });
  connection.onRefused((loss) => desk.keepLoss(loss));
  room.onNames(() => desk.composer.draw());
  const follow = () => showWritable(room);
  room.onState(follow);
  follow();
  store.onChange((change) => change.meta && desk.ready.settle());
  connection.onState(() => desk.ready.settle());
  void desk.restoreDrafts();
  return desk;
}
