/**
 * A long list kept in stretches, so that a change lays out one stretch and not the whole list: with
 * 3,000 lines side by side a browser takes 3 to 8 ms to place them all again, with 50 a twentieth.
 *
 * The stretches are presentation only; the list's items are its items, in their order.
 */

/** More are not put side by side at either end of a stretch. */
const STRETCH_ITEMS = 50;

export class Stretches {
  /** @param {HTMLElement} list with role `list` */
  constructor(list) {
    this.list = list;
  }

  /**
   * @param {HTMLElement} item
   * @param {Element | null} next the item that it comes before, null at the end
   */
  insert(item, next) {
    const stretch = next?.parentElement ?? null;
    if (next === null || stretch === null) return this._roomIn(this.list.lastElementChild, null).append(item);
    const isBetween = stretch.firstElementChild !== next;
    if (isBetween || hasRoom(stretch)) return stretch.insertBefore(item, next);
    this._roomIn(stretch.previousElementSibling, stretch).append(item);
  }

  /** @param {Element} item */
  remove(item) {
    const stretch = item.parentElement;
    item.remove();
    if (stretch?.childElementCount === 0) stretch.remove();
  }

  /**
   * @private
   * @param {Element | null} stretch
   * @param {Element | null} next the stretch that a new one comes before
   */
  _roomIn(stretch, next) {
    if (stretch !== null && hasRoom(stretch)) return stretch;
    const fresh = document.createElement("ol");
    fresh.className = "stretch";
    fresh.setAttribute("role", "presentation");
    return this.list.insertBefore(fresh, next);
  }
}

/** @param {Element} stretch */
const hasRoom = (stretch) => stretch.childElementCount < STRETCH_ITEMS;
