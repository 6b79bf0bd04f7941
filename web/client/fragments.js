/**
 * HTML fragments of the server, put in place and made alive by htmx, which is a file of its own that
 * the page fetches once it has drawn what people came for.
 */

import { afterPaint } from "./page.js";

/** @type {Promise<{default: typeof import("htmx.org").default}> | null} */
let loading = null;

/** htmx; from the first call on, the fragments of the page are alive. */
export async function htmx() {
  try {
    loading ??= import(HTMX_FILE);
    return (await loading).default;
  } catch (error) {
    loading = null; // the network was away; the next call asks again
    throw error;
  }
}

/** Loads htmx once the browser has painted what it was given; if it cannot, the next use does. */
export function htmxAfterPaint() {
  afterPaint(() => htmx().catch(() => {}));
}

/**
 * @param {HTMLElement} place
 * @param {string} path
 */
export async function fetchInto(place, path) {
  await (await htmx()).ajax("GET", path, { target: place, swap: "innerHTML" });
  place.scrollIntoView({ block: "nearest" });
}
