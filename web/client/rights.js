/**
 * What this page offers to whom. It only spares people buttons that the server would refuse;
 * the server decides (server/domain/permissions.py).
 */

/**
 * @typedef {object} Rights
 * @property {boolean} annotate
 * @property {boolean} chat
 * @property {boolean} moderate runs the session, puts wordings, promotes
 * @property {boolean} propose
 * @property {boolean} word types in opened wordings
 * @property {boolean} answer takes a position for a unit
 * @property {boolean} giveFloor
 * @property {boolean} takeFloor
 * @property {boolean} confirm says who spoke
 * @property {boolean} speak may connect a microphone
 * @property {boolean} keepOff may take the session off the record
 * @property {(line: {person: string | null, source: string}) => boolean} strike may remove a line
 */

/**
 * @param {import("./boot.js").Boot} boot
 * @param {string} state of the session now; the page is loaded again when a session opens
 * @returns {Rights}
 */
export function rights({ me, can }, state) {
  const isLive = state === "live";
  /** @param {readonly string[]} roles */
  const is = (...roles) => isLive && roles.includes(me.role);
  return {
    annotate: isLive && can.annotate,
    chat: isLive && can.chat,
    moderate: can.moderate,
    propose: is("moderator", "analyst"),
    word: isLive && can.annotate,
    answer: is("expert") && me.unit !== null,
    giveFloor: is("moderator", "stenographer"),
    takeFloor: is("moderator", "expert"),
    confirm: me.role !== "observer" && me.role !== "expert" && state !== "prepared",
    speak: isLive && can.speak,
    keepOff: is("moderator", "stenographer"),
    strike: ({ person, source }) =>
      source !== "gap" &&
      state !== "prepared" &&
      (me.role === "moderator" || me.role === "stenographer" || person === me.id),
  };
}
