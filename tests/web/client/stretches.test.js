import assert from "node:assert/strict";
import { test } from "node:test";
import { Stretches } from "../../../web/client/stretches.js";

/** As much of the DOM as a list of stretches needs. */
class Element {
  constructor(name = "") {
    this.name = name;
    this.children = [];
    this.parentElement = null;
    this.attributes = {};
  }
  get childElementCount() { return this.children.length; }
  get firstElementChild() { return this.children[0] ?? null; }
  get lastElementChild() { return this.children[this.children.length - 1] ?? null; }
  get previousElementSibling() {
    return this.parentElement?.children[this.parentElement.children.indexOf(this) - 1] ?? null;
  }
  setAttribute(name, value) { this.attributes[name] = value; }
  append(item) { this.insertBefore(item, null); }
  insertBefore(item, next) {
    item.remove();
    const at = next === null ? this.children.length : this.children.indexOf(next);
    assert.notEqual(at, -1);
    this.children.splice(at, 0, item);
    item.parentElement = this;
    return item;
  }
  remove() {
    const siblings = this.parentElement?.children ?? [];
    if (siblings.includes(this)) siblings.splice(siblings.indexOf(this), 1);
    this.parentElement = null;
  }
}

globalThis.document = /** @type {any} */ ({ createElement: () => new Element() });

/** Puts names into `order` and into stretches alike. */
function filled() {
  const list = new Element();
  const stretches = new Stretches(/** @type {any} */ (list));
  /** @type {Element[]} */
  const order = [];
  return {
    list,
    order,
    put(at, name) {
      const item = new Element(name);
      stretches.insert(/** @type {any} */ (item), /** @type {any} */ (order[at] ?? null));
      order.splice(at, 0, item);
    },
    take(at) {
      stretches.remove(/** @type {any} */ (order.splice(at, 1)[0]));
    },
  };
}

const shown = (list) => list.children.flatMap((stretch) => stretch.children.map(({ name }) => name));
const sizes = (list) => list.children.map(({ children }) => children.length);

test("items stand in their order however they come, in no empty stretch", () => {
  const { list, order, put, take } = filled();
  let seed = 7;
  const chance = (below) => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % below;

  for (let n = 0; n < 2000; n += 1) {
    if (order.length > 0 && chance(4) === 0) take(chance(order.length));
    else put(chance(order.length + 1), String(n));
    assert.deepEqual(shown(list), order.map(({ name }) => name));
    assert.ok(sizes(list).every((size) => size > 0));
  }
});

test("what comes at the end, or older above it in order, fills stretches of fifty", () => {
  const { list, order, put } = filled();
  for (let n = 0; n < 200; n += 1) put(order.length, `new ${n}`);
  for (let n = 0; n < 200; n += 1) put(n, `old ${n}`);

  assert.deepEqual(sizes(list), Array(8).fill(50));
  assert.ok(list.children.every(({ attributes }) => attributes.role === "presentation"));
});
