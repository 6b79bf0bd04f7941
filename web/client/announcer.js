/**
 * One polite log for screen readers: a new line is read whole, a burst as a count. What is still
 * being heard is never announced.
 */

import { timecode } from "./grouping.js";

const QUIET_MILLISECONDS = 1500;
/** In a room that never pauses, a count is said all the same. */
const LONGEST_MILLISECONDS = 8000;

/**
 * What is said about lines that arrived together.
 *
 * @param {ReadonlyArray<{speaker: string, text: string, at: number}>} lines
 * @param {import("./messages.js").Say} say
 */
export function sentence(lines, say) {
  const [first] = lines;
  if (!first) return "";
  if (lines.length > 1) return say("new_lines_heard", { n: lines.length, time: timecode(first.at) });
  return `${first.speaker || say("speaker_unknown")}: ${first.text}`;
}

/**
 * @param {HTMLElement} log a `role="log"` element
 * @param {import("./messages.js").Say} say
 */
export function announcer(log, say) {
  /** @type {{speaker: string, text: string, at: number}[]} */
  let waiting = [];
  let timer = 0;
  let since = 0;
  /** @param {string} text */
  const announce = (text) => {
    const line = document.createElement("p");
    line.textContent = text;
    log.append(line);
    while (log.children.length > 20) log.firstElementChild?.remove();
  };
  return {
    announce,
    /** @param {ReadonlyArray<{speaker: string, text: string, at: number}>} lines */
    heard(lines) {
      const now = Date.now();
      if (waiting.length === 0) since = now;
      waiting.push(...lines);
      window.clearTimeout(timer);
      timer = window.setTimeout(() => {
        announce(sentence(waiting, say));
        waiting = [];
      }, Math.min(QUIET_MILLISECONDS, since + LONGEST_MILLISECONDS - now));
    },
  };
}
