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
 */

/**
 * @param {Window & typeof globalThis} page
 * @returns {Environment}
 */
export function environmentOf(page) {
  return {
    origin: page.location.origin,
    fetch: page.fetch.bind(page),
    WebSocket: page.WebSocket,
    random: Math.random,
    onReturn(fn) {
      const shown = () => page.document.visibilityState === "visible" && fn();
      page.addEventListener("online", fn);
      page.document.addEventListener("visibilitychange", shown);
      return () => {
        page.removeEventListener("online", fn);
        page.document.removeEventListener("visibilitychange", shown);
      };
    },
  };
}
