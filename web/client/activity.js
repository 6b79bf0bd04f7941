/**
 * What I am doing, as the others of the session may be told.
 */

/** @typedef {import("y-protocols/awareness").Awareness} Awareness */

const THROTTLE_MS = 1_000;

/**
 * Says what I am doing, at most once a second; the last word always arrives. The server tells others
 * which line only where `showing` is set.
 *
 * @param {Awareness} awareness
 * @returns {{show: (fields: {line?: string | null, composing?: boolean, showing?: boolean}) => void, stop: () => void}}
 */
export function activity(awareness) {
  let timer = 0;
  let fields = {};
  const share = () => {
    timer = 0;
    const state = awareness.getLocalState();
    if (state !== null) awareness.setLocalState({ ...state, ...fields });
  };
  return {
    show(more) {
      fields = { ...fields, ...more };
      timer ||= +setTimeout(share, THROTTLE_MS);
    },
    stop: () => clearTimeout(timer),
  };
}
