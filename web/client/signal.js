/**
 * A thing that one can listen to.
 */

/**
 * @template Value
 * @returns {{on: (fn: (value: Value) => void) => () => void, emit: (value: Value) => void}}
 *   `on` returns how to stop listening
 */
export function signal() {
  /** @type {Set<(value: Value) => void>} */
  const listeners = new Set();
  return {
    on(fn) {
      listeners.add(fn);
      return () => listeners.delete(fn);
    },
    emit(value) {
      for (const listener of Array.from(listeners)) listener(value);
    },
  };
}
