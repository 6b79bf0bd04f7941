/** Elements that the page's template promises, and what may wait until they are painted. */

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {{new (): T}} [type]
 * @returns {T}
 */
export function element(id, type) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  if (type && !(found instanceof type)) throw new Error(`#${id} is not a ${type.name}`);
  return /** @type {T} */ (found);
}

/** Does `work` once the browser has painted what it was given. @param {() => void} work */
export function afterPaint(work) {
  requestAnimationFrame(() => setTimeout(work));
}
