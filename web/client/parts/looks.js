/**
 * Part of the live page: where people look. Who leads sees how many are at a line; everybody sees
 * those by name who chose to be seen. Kept on the lines as attributes, which drawing them leaves alone.
 */

import { activity } from "../activity.js";
import { element } from "../page.js";
import { onPresence } from "../presence.js";

/** @param {import("../room.js").Room} room */
export function start(room) {
  const { connection, directory } = room;
  const doing = activity(connection.awareness);
  const lines = element("lines");
  const composer = element("composer");
  lines.addEventListener("focusin", (event) => doing.show({ line: lineOf(event.target) }));
  composer.addEventListener("focusin", () => doing.show({ composing: true }));
  composer.addEventListener("focusout", () => doing.show({ composing: false }));

  const choice = element("looks-shown", HTMLInputElement);
  choice.addEventListener("change", () => doing.show({ showing: choice.checked }));
  doing.show({ showing: choice.checked }); // the browser may have kept it over a reload

  const drawCounts = marker(lines, "looks");
  connection.onCrowd(({ lines: counts }) => drawCounts(new Map(Object.entries(counts ?? {}))));
  const drawNames = marker(lines, "lookers");
  onPresence(connection.awareness, (here) => {
    /** @type {Map<string, string>} */
    const names = new Map();
    for (const { id, line, name } of here) {
      if (line === null || id === directory.me.id) continue;
      names.set(line, names.has(line) ? `${names.get(line)}, ${name}` : name);
    }
    drawNames(names);
  });
}

/** @param {EventTarget | null} target */
function lineOf(target) {
  const line = target instanceof Element ? target.closest("li[id^='line-']") : null;
  return line === null ? null : line.id.slice("line-".length);
}

/**
 * Writes one value to each line, and takes it from those that have none any more.
 *
 * @param {HTMLElement} lines
 * @param {string} name of the data attribute
 */
function marker(lines, name) {
  /** @type {Element[]} */
  let marked = [];
  return (/** @type {Map<string, string | number>} */ values) => {
    for (const line of marked) line.removeAttribute(`data-${name}`);
    marked = [];
    for (const [id, value] of values) {
      const line = lines.querySelector(`#line-${CSS.escape(id)}`);
      if (line === null) continue;
      line.setAttribute(`data-${name}`, String(value));
      marked.push(line);
    }
  };
}
