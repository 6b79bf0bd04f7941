/**
 * HTML fragments of the server, put in place and made alive by htmx.
 */

import htmx from "htmx.org";

/**
 * @param {HTMLElement} place
 * @param {string} path
 */
export async function fetchInto(place, path) {
  await htmx.ajax("GET", path, { target: place, swap: "innerHTML" });
}
