/**
 * What a stenographer types or pastes, taken apart into lines; offsets in code points.
 */

/** @typedef {{id: string, name: string}} Named */
/** @typedef {{speaker: string | null, text: string}} Written */

const NAMED = /^([^:：]{1,60})[:：]\s*(\S.*)$/u;

/**
 * One line of the record for each line of text. “Name: words” names the speaker, who goes on until
 * another one is named.
 *
 * @param {string} text
 * @param {readonly Named[]} people
 * @param {string | null} speaker of the first line
 * @returns {Written[]}
 */
export function writtenLines(text, people, speaker) {
  const byName = new Map(people.map(({ id, name }) => [name.trim().toLowerCase(), id]));
  /** @type {Written[]} */
  const lines = [];
  let now = speaker;
  for (const row of text.split(/\r\n|[\r\n\u2028\u2029]/u)) {
    const words = row.trim();
    if (!words) continue;
    const [, name = "", rest = ""] = NAMED.exec(words) ?? [];
    const named = byName.get(name.trim().toLowerCase());
    if (named) now = named;
    lines.push({ speaker: now, text: named ? rest : words });
  }
  return lines;
}

/**
 * What was not written, as it can be written again: each row under its own speaker.
 *
 * @param {readonly Written[]} rows
 * @param {readonly Named[]} people
 */
export function unwritten(rows, people) {
  let now = /** @type {string | null | undefined} */ (undefined);
  const lines = rows.map(({ speaker, text }) => {
    const name = speaker === now ? undefined : people.find(({ id }) => id === speaker)?.name;
    now = speaker;
    return name ? `${name}: ${text}` : text;
  });
  return lines.join("\n");
}

/**
 * How many code points stand before a UTF-16 offset.
 * @param {string} text
 * @param {number} offset
 */
export function codePoints(text, offset) {
  return [...text.slice(0, offset)].length;
}
