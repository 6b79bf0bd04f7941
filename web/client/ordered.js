/**
 * A list kept in the order of (at, id), found into by halving: one change costs the same in a list
 * of ten and of ten thousand.
 */

import { byTime } from "./document.js";

/**
 * @template {{at: number, id: string}} Item
 */
export class Ordered {
  constructor() {
    /** In order; read only, the same array for the life of the list. @type {Item[]} */
    this.items = [];
  }

  /**
   * Puts `item` in, in place of `old` where that is given.
   *
   * @param {Item} item
   * @param {Item} [old] as it was put in
   */
  put(item, old) {
    if (old !== undefined) {
      if (byTime(old, item) === 0) {
        this.items[this.place(item)] = item;
        return;
      }
      this.remove(old);
    }
    const place = this.place(item);
    if (place === this.items.length) this.items.push(item);
    else this.items.splice(place, 0, item);
  }

  /** @param {Item} item as it was put in */
  remove(item) {
    const place = this.place(item);
    if (this.items[place]?.id === item.id) this.items.splice(place, 1);
  }

  /**
   * Where `item` is or belongs.
   *
   * @param {{at: number, id: string}} item
   */
  place(item) {
    let low = 0;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const here = /** @type {Item} */ (this.items[middle]);
      if (byTime(here, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
