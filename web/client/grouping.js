/**
 * How lines read as a conversation: whose turn goes on, at what time, with which initials.
 */

/**
 * What grouping needs of a line.
 * @typedef {{id: string, at: number, speaker: string, person: string | null, unit: string | null,
 *   source: string, presumed: boolean}} Spoken
 */

/** A pause longer than this begins a new turn of the same speaker, with the name again. */
export const TURN_PAUSE_SECONDS = 90;

/**
 * Whether `line` goes on with the turn of the line before it, so that the name is not repeated.
 *
 * @param {Spoken | undefined} previous
 * @param {Spoken} line
 */
export function continues(previous, line) {
  return (
    previous !== undefined &&
    previous.speaker === line.speaker &&
    previous.person === line.person &&
    previous.unit === line.unit &&
    previous.presumed === line.presumed &&
    (previous.source === "typed") === (line.source === "typed") &&
    line.at - previous.at <= TURN_PAUSE_SECONDS
  );
}

/**
 * Session time as 00:42:10.
 *
 * @param {number} seconds
 */
export function timecode(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

/**
 * Two letters of a Latin name, the last character of a Chinese one.
 *
 * @param {string} name
 */
export function initials(name) {
  const trimmed = name.trim();
  if (trimmed === "") return "?";
  const characters = [...trimmed];
  const last = characters[characters.length - 1] ?? "?";
  if (/\p{Script=Han}/u.test(last)) return last;
  const words = trimmed.split(/\s+/u);
  const first = [...(words[0] ?? "")][0] ?? "";
  const second = words.length > 1 ? [...(words[words.length - 1] ?? "")][0] ?? "" : "";
  return (first + second).toUpperCase();
}
