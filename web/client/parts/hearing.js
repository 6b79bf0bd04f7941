/**
 * Part of the live page: what is being said and not yet a line.
 */

import { showInterim } from "../interim.js";
import { element } from "../page.js";

/** @param {import("../room.js").Room} room */
export function start({ connection, store, talk }) {
  const interim = showInterim(element("interim"), talk.transcript);
  connection.onInterim((part) => interim.hear(part));
  connection.onState(({ link }) => link === "offline" && interim.clear());
  store.onChange((change) => change.meta && store.meta().off && interim.clear());
  return interim;
}
