/**
 * Whether a microphone gives anything worth hearing: nothing at all for a while, or far too much.
 */

/** @typedef {"" | "silent" | "clipping"} Warning */

/** Below this root mean square (0..1) not even a room's own noise is heard: -66 dB. */
const NOTHING = 0.0005;
const SILENT_SECONDS = 4;
const CLIPPING_SECONDS = 3;
const FULL = 32_700;
/** Samples of a 100 ms frame that must be overdriven for it to count. */
const FEW = 3;

/**
 * @returns {(pcm: Int16Array, level: number, seconds: number) => Warning} takes each frame
 */
export function watchLevel() {
  let silentFor = 0;
  let clippedFor = 0;
  return (pcm, level, seconds) => {
    silentFor = level < NOTHING ? silentFor + seconds : 0;
    const loud = pcm.reduce((n, sample) => n + Number(Math.abs(sample) >= FULL), 0);
    clippedFor = loud >= FEW ? CLIPPING_SECONDS : Math.max(0, clippedFor - seconds);
    if (silentFor >= SILENT_SECONDS) return "silent";
    return clippedFor > 0 ? "clipping" : "";
  };
}

/**
 * A root mean square as a meter shows it: speech fills the middle, as ears hear it.
 * @param {number} level 0..1
 */
export const meterOf = (level) => Math.max(0, Math.min(1, 1 + Math.log10(Math.max(level, 1e-4)) / 3));
