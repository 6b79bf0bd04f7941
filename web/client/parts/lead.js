/**
 * Part of the live page: leading the room through its agenda, and what everybody sees of that.
 */

import { showLead } from "../lead-view.js";
import { element, lately } from "../page.js";
import { showWalk } from "../walk-view.js";

/** @param {import("../room.js").Room} room */
export function start(room) {
  const { say, directory, store, boot, can, path } = room;
  /** @param {string} what @param {Record<string, unknown>} body */
  const command = (what, body) => void room.command(`${path}/${what}`, body);
  const isLive = () => room.state === "live";
  const mayTell = () => isLive() && ["moderator", "stenographer", "analyst"].includes(boot.me.role);
  const drawLead = showLead(element("round"), {
    say, directory, store, command, mayLead: () => can().moderate && isLive(),
  });
  const drawWalk = showWalk(element("walk"), {
    say, directory, store, command,
    shelfHref: `/studies/${boot.session.study}/solutions`,
    isWalk: boot.session.kind === "joint_development",
    may: () => ({ ask: can().moderate && isLive(), tell: mayTell() }),
  });
  const draw = () => {
    drawLead();
    drawWalk();
  };
  const soon = lately(drawWalk, 500); // counts of notes need not follow each letter
  store.onChange((change) => {
    if (change.all || change.agenda || change.meta) draw();
    else if (change.notes.size && mayTell()) soon();
  });
  room.onState(draw);
  room.onNames(draw);
  draw();
}
