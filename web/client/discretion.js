/**
 * What the session keeps to itself, as its document says it: absent keys mean the usual.
 */

/**
 * audio: what becomes of the sound. isOff: off the record. screen: what a wall shows of the speech,
 * after how many seconds (null: none), and whether it is paused.
 * @typedef {{audio: string, isOff: boolean, screen: {delay: number | null, blank: boolean}}} Discretion
 */

/**
 * @param {{audio?: string, off?: unknown, screen?: {delay: number | null, blank: boolean}}} meta
 * @returns {Discretion}
 */
export function discretionOf({ audio, off, screen }) {
  return { audio: audio ?? "kept", isOff: Boolean(off), screen: screen ?? { delay: 20, blank: false } };
}
