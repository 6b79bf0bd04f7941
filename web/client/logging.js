/**
 * What Yjs says on the console, in place of `lib0/logging`: the words without its colours, whose
 * machinery would be 10 KB of every page's script (see build.mjs).
 */

export const BOLD = "";
export const UNBOLD = "";
export const ORANGE = "";
export const RED = "";

/** @param {...unknown} words */
export function print(...words) {
  console.info(...words.filter((word) => word !== ""));
}

/** @param {...unknown} words */
export function warn(...words) {
  console.warn(...words);
}
