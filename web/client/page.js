/** Elements that the page's template promises, and work that may wait. */

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

/**
 * Does `work` some time after it was asked for, once for all the asking in between.
 *
 * @param {() => void} work
 * @param {number} milliseconds
 */
export function lately(work, milliseconds) {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    setTimeout(() => {
      isDue = false;
      work();
    }, milliseconds);
  };
}
