/**
 * The clock of the steps: the server decides when a step began, every screen counts from there.
 */

/** @typedef {import("./document.js").Step} Step */

/** The server's clock as this browser knows it, to half the time of an answer. */
export class Clock {
  constructor() {
    this._ahead = 0;
    this._doubt = Infinity;
  }

  /**
   * Takes what the server said, unless something surer is known. What contradicts it is taken too: the
   * browser's own clock was set, after a sleep or by hand.
   * @param {number} server UTC seconds
   * @param {number} asked when it was asked, milliseconds by this browser
   * @param {number} answered likewise
   */
  learn(server, asked, answered) {
    const doubt = (answered - asked) / 2000;
    const ahead = server - (asked + answered) / 2000;
    if (doubt > this._doubt && Math.abs(ahead - this._ahead) <= doubt + this._doubt) return;
    this._doubt = doubt;
    this._ahead = ahead;
  }

  /** UTC seconds by the server. @param {number} [here] milliseconds by this browser */
  now(here = Date.now()) {
    return here / 1000 + this._ahead;
  }
}

/**
 * How long the room has been on a step, and how long it wants to be.
 *
 * @param {Step} step
 * @param {number | null} since UTC seconds since which it runs; null: it does not
 * @param {number} now UTC seconds
 * @returns {{spent: number, planned: number, isOver: boolean}} seconds; planned 0: no plan
 */
export function stepTime({ detail, progress }, since, now) {
  const spent = (progress?.spent ?? 0) + (since === null ? 0 : Math.max(0, now - since));
  const planned = 60 * ((detail?.minutes ?? 0) + (progress?.extra ?? 0));
  return { spent, planned, isOver: planned > 0 && spent > planned };
}

/** Minutes and seconds, 08:31. @param {number} seconds */
export function minutes(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${String(Math.floor(whole / 60)).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
}

/**
 * The time of the running step in words, "" where no clock runs.
 *
 * @param {import("./store.js").Store} store
 * @param {number} now UTC seconds
 * @param {import("./messages.js").Say} say
 * @returns {{text: string, isOver: boolean}}
 */
export function clockSentence(store, now, say) {
  const { step: running, step_since: since = null } = store.meta();
  const step = store.agenda().find((one) => one.id === running);
  if (!step || since === null) return { text: "", isOver: false };
  const { spent, planned, isOver } = stepTime(step, since, now);
  if (planned === 0) return { text: minutes(spent), isOver };
  return { text: say("step_time", { spent: minutes(spent), planned: planned / 60 }), isOver };
}

/**
 * What is left of a silent minute, in words: "" where none runs.
 *
 * @param {{until: number} | null | undefined} quiet of the document's meta
 * @param {number} now UTC seconds
 * @param {import("./messages.js").Say} say
 */
export function quietSentence(quiet, now, say) {
  if (!quiet) return "";
  const left = quiet.until - now;
  return left > 0 ? say("quiet_left", { left: minutes(left + 0.999) }) : say("quiet_over");
}

/** Does `work` now and each second. @param {() => void} work @returns {() => void} stops */
export function eachSecond(work) {
  work();
  const timer = setInterval(work, 1000);
  return () => clearInterval(timer);
}

/** Writes a text only where it differs. @param {HTMLElement} place @param {string} text */
export function put(place, text) {
  if (place.textContent !== text) place.textContent = text;
}
