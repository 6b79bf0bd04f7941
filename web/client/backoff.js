/**
 * How long to wait before trying again: growing, and jittered so that a room of browsers that lost
 * their server together does not come back together.
 */

const FIRST_MS = 500;
const MOST_MS = 10_000;

/**
 * Milliseconds before attempt `failures + 1`, between half of and the whole of a delay that
 * doubles from 0.5 s to 10 s.
 *
 * @param {number} failures in a row so far, from 1
 * @param {() => number} random 0 up to 1
 */
export function delay(failures, random = Math.random) {
  const whole = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(failures, 10));
  return whole * (0.5 + random() / 2);
}

/**
 * Resolves after `ms`, or at once when `signal` aborts.
 *
 * @param {number} ms
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export function pause(ms, signal) {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
  });
}
