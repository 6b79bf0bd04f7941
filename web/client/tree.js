/**
 * The taxonomy's tree under the arrow keys: the navigation treeview of the WAI-ARIA Authoring
 * Practices. The server sends nested lists of links, which stay what they are without script; each link
 * becomes a tree item, one of them takes the Tab key. What is folded stays so when the tree fetches
 * itself anew.
 */

const TYPED_WITHIN_MILLISECONDS = 500;

/** @typedef {HTMLAnchorElement} Item */

/** Makes the tree within `place` one for the keyboard. @param {HTMLElement} place stays; what it holds may change */
export class Tree {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
    /** @type {Set<string>} ids of list items */
    this.folded = new Set();
    this.current = "";
    this.typed = "";
    this.typedAt = -Infinity;
    this.dress();
    place.addEventListener("htmx:after:swap", () => this.dress());
    place.addEventListener("keydown", (event) => this.pressed(event));
    place.addEventListener("focusin", ({ target }) => {
      const item = target instanceof Element ? target.closest("[role=treeitem]") : null;
      if (item instanceof HTMLAnchorElement) this.stand(item);
    });
    place.addEventListener("click", (event) => {
      const twist = event.target instanceof Element ? event.target.closest(".twist") : null;
      const row = twist?.closest("li");
      if (!row) return;
      this.fold(row, !this.folded.has(row.id));
      labelOf(row)?.focus();
    });
  }

  /** Says what everything is, anew after each fetching. */
  dress() {
    const tree = this.place.querySelector(".tree");
    if (!tree) return;
    set(tree, "role", "tree");
    set(tree, "aria-label", this.place.querySelector("#taxonomy")?.getAttribute("aria-label") ?? "");
    for (const row of tree.querySelectorAll("li")) this.dressRow(row);
    const hint = this.place.querySelector(".tree-keys");
    if (hint instanceof HTMLElement) hint.hidden = false;
    const standing = this.items().find((item) => rowOf(item)?.id === this.current) ?? this.visible()[0];
    if (standing) this.stand(standing);
  }

  /** @param {HTMLLIElement} row */
  dressRow(row) {
    const item = labelOf(row);
    if (!item) return;
    set(row, "role", "none");
    set(item, "role", "treeitem");
    set(item, "tabindex", "-1");
    set(item, "aria-describedby", [...row.querySelectorAll(":scope > .node > [id]")].map(({ id }) => id).join(" "));
    const group = groupOf(row);
    if (!group) return;
    group.id ||= `${row.id}-below`;
    set(group, "role", "group");
    set(item, "aria-owns", group.id);
    const node = row.querySelector(":scope > .node");
    if (node && !node.querySelector(".twist")) {
      const twist = document.createElement("span");
      twist.className = "twist";
      twist.setAttribute("aria-hidden", "true");
      node.prepend(twist);
    }
    this.fold(row, this.folded.has(row.id));
  }

  /** @param {HTMLLIElement} row @param {boolean} isFolded */
  fold(row, isFolded) {
    const group = groupOf(row);
    if (!group) return;
    if (isFolded) this.folded.add(row.id);
    else this.folded.delete(row.id);
    row.toggleAttribute("data-folded", isFolded);
    group.hidden = isFolded;
    const item = labelOf(row);
    if (item) set(item, "aria-expanded", String(!isFolded));
  }

  /** Every item, in order. */
  items() {
    return /** @type {Item[]} */ ([...this.place.querySelectorAll(".tree .node-label")]);
  }

  /** Those that no folded item hides. */
  visible() {
    return this.items().filter((item) => !item.closest("ul[hidden]"));
  }

  /** The Tab key comes back to where one was. @param {Item} item */
  stand(item) {
    for (const other of this.items()) if (other !== item) set(other, "tabindex", "-1");
    set(item, "tabindex", "0");
    this.current = rowOf(item)?.id ?? "";
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const item = event.target;
    if (!(item instanceof HTMLAnchorElement) || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = rowOf(item);
    if (!row || item.getAttribute("role") !== "treeitem") return;
    const to = this.moved(event.key, item, row);
    if (to === null) return;
    event.preventDefault();
    to.focus();
  }

  /**
   * Where a key leads; the same item where it folded or unfolded, null where it means nothing here.
   *
   * @param {string} key
   * @param {Item} item
   * @param {HTMLLIElement} row
   * @returns {Item | null}
   */
  moved(key, item, row) {
    const every = this.visible();
    const at = every.indexOf(item);
    const group = groupOf(row);
    if (key === "ArrowDown") return every[at + 1] ?? item;
    if (key === "ArrowUp") return every[at - 1] ?? item;
    if (key === "Home") return every[0] ?? item;
    if (key === "End") return every[every.length - 1] ?? item;
    if (key === "ArrowRight") {
      if (group && !group.hidden) return every[at + 1] ?? item;
      this.fold(row, false);
      return item;
    }
    if (key === "ArrowLeft") {
      if (!group || group.hidden) return labelOf(row.parentElement?.closest("li") ?? null) ?? item;
      this.fold(row, true);
      return item;
    }
    if (key === "*") {
      for (const beside of row.parentElement?.children ?? []) {
        if (beside instanceof HTMLLIElement) this.fold(beside, false);
      }
      return item;
    }
    return key.length === 1 && key !== " " ? this.found(key, every, at) : null;
  }

  /**
   * The next item whose label begins with what was typed just now.
   *
   * @param {string} key
   * @param {readonly Item[]} every
   * @param {number} at
   */
  found(key, every, at) {
    const now = performance.now();
    const isMore = now - this.typedAt < TYPED_WITHIN_MILLISECONDS;
    this.typed = (isMore ? this.typed : "") + key.toLowerCase();
    this.typedAt = now;
    const from = this.typed.length > 1 ? at : at + 1; // one letter again goes on to the next
    const turned = [...every.slice(from), ...every.slice(0, from)];
    return turned.find((one) => one.textContent?.trim().toLowerCase().startsWith(this.typed)) ?? null;
  }
}

/** @param {Element} item */
const rowOf = (item) => item.closest("li");

/** @param {Element | null} row @returns {Item | null} */
const labelOf = (row) => row?.querySelector(":scope > .node > .node-label") ?? null;

/** @param {Element} row @returns {HTMLElement | null} */
const groupOf = (row) => row.querySelector(":scope > ul");

/** @param {Element} element @param {string} name @param {string} value */
function set(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
