/**
 * The six kinds of annotation and the states of a proposal: their glyphs and words.
 *
 * Colour is never the only sign: a glyph and the word always go with it.
 */

/** @typedef {import("./document.js").Kind} Kind */

/** In the order of the keys 1 to 6. @type {readonly Kind[]} */
export const KINDS = ["problem", "cause", "consequence", "solution", "example", "memo"];

/** Text glyphs that no platform draws as an emoji. @type {Readonly<Record<Kind, string>>} */
export const GLYPHS = {
  problem: "▲",
  cause: "◆",
  consequence: "●",
  solution: "■",
  example: "✦",
  memo: "✎",
};

/** The four answers to a wording, in the order they are offered. */
export const STANCES = /** @type {const} */ (["agree", "live_with", "object", "abstain"]);

/** @typedef {typeof STANCES[number]} Stance */

/** @type {Readonly<Record<Stance, string>>} */
export const STANCE_GLYPHS = { agree: "✓", live_with: "≈", object: "≠", abstain: "–" };

const STATE_GLYPHS = /** @type {Readonly<Record<string, string>>} */ ({
  open: "○",
  contested: "≠",
  agreed: "✓",
  promoted: "⌂",
  merged: "⌂",
  deferred: "…",
  kept_contested: "≠",
  dropped: "×",
});

/**
 * @param {string} state
 * @returns {string}
 */
export const stateGlyph = (state) => STATE_GLYPHS[state] ?? "○";

/**
 * Whether positions decide nothing about a proposal in this state, until it is taken up again.
 * @param {string} state
 */
export const isSettled = (state) => ["promoted", "merged", "dropped", "kept_contested", "deferred"].includes(state);
