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
    return firstWhere(this.items, (here) => byTime(here, item) >= 0);
  }
}

/**
 * Where `holds` begins to hold among `items`, found by halving: it fails for all before, and holds
 * for all after.
 *
 * @template Item
 * @param {ArrayLike<Item>} items
 * @param {(item: Item) => boolean} holds
 * @returns {number} their length where it holds for none
 */
export function firstWhere(items, holds) {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(/** @type {Item} */ (items[middle]))) high = middle;
    else low = middle + 1;
  }
  return low;
}
