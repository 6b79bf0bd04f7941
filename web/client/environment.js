/**
 * What the modules that speak to the server take from the browser; tests hand in their own.
 */

/**
 * @typedef {object} Environment
 * @property {string} origin of the page, as `https://host:port`
 * @property {typeof fetch} fetch
 * @property {typeof WebSocket} WebSocket
 * @property {() => number} random 0 up to 1
 * @property {(fn: () => void) => () => void} onReturn calls `fn` when the network or the reader came
 *   back; returns how to stop
 * @property {(fn: () => void) => () => void} onLeave calls `fn` when the page goes, or is hidden and may
 *   be ended without a further word; returns how to stop
 */

/**
 * @param {Window & typeof globalThis} page
 * @returns {Environment}
 */
export function environmentOf(page) {
  const { document } = page;
  /** @param {DocumentVisibilityState} state @param {"online" | "pagehide"} event @param {() => void} fn */
  const on = (state, event, fn) => {
    const turned = () => document.visibilityState === state && fn();
    page.addEventListener(event, fn);
    document.addEventListener("visibilitychange", turned);
    return () => {
      page.removeEventListener(event, fn);
      document.removeEventListener("visibilitychange", turned);
    };
  };
  return {
    origin: page.location.origin,
    fetch: page.fetch.bind(page),
    WebSocket: page.WebSocket,
    random: Math.random,
    onReturn: (fn) => on("visible", "online", fn),
    onLeave: (fn) => on("hidden", "pagehide", fn),
  };
}
