/**
 * A list of rows in a form: a new row comes from the template beside it, Alt with an arrow key moves
 * the row that has the focus. The order on the page is the order that is sent.
 */

export class Rows {
  /**
   * @param {HTMLFormElement} form holds one list `.rows`, a `template` and a button `data-add`
   * @param {(row: HTMLElement) => void} made is given each new row
   * @param {() => void} changed
   */
  constructor(form, made, changed) {
    const list = form.querySelector(".rows");
    const template = form.querySelector("template");
    if (!(list instanceof HTMLElement) || !template) throw new Error("a form of rows without its list");
    this.list = list;
    this.template = template;
    this.made = made;
    this.changed = changed;
    this.count = list.children.length;
    const add = form.querySelector("[data-add]");
    if (add instanceof HTMLButtonElement) {
      add.hidden = false;
      add.addEventListener("click", () => this.add());
    }
    list.addEventListener("click", (event) => this.clicked(event));
    list.addEventListener("keydown", (event) => this.pressed(event));
  }

  add() {
    this.count += 1;
    const row = this.template.content.firstElementChild?.cloneNode(true);
    if (!(row instanceof HTMLElement)) return;
    for (const named of row.querySelectorAll("[id], [for]")) {
      for (const attribute of ["id", "for"]) {
        const value = named.getAttribute(attribute);
        if (value) named.setAttribute(attribute, value.replace("__n__", `new-${this.count}`));
      }
    }
    this.list.append(row);
    this.made(row);
    this.changed();
    firstField(row)?.focus();
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const row = this.rowOf(button);
    if (!button || !row) return;
    if (button.dataset.move !== undefined) {
      event.preventDefault();
      this.move(row, button.dataset.move === "1" ? 1 : -1);
      button.focus();
    } else if (button.dataset.remove !== undefined) {
      event.preventDefault();
      const beside = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      this.changed();
      if (beside instanceof HTMLElement) firstField(beside)?.focus();
    }
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    const row = this.rowOf(event.target instanceof Element ? event.target : null);
    if (!event.altKey || step === 0 || event.isComposing || !row) return;
    event.preventDefault();
    const focused = document.activeElement;
    this.move(row, step);
    if (focused instanceof HTMLElement) focused.focus();
  }

  /**
   * @param {HTMLElement} row
   * @param {number} step
   */
  move(row, step) {
    const beside = step < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!beside) return;
    if (step < 0) beside.before(row);
    else beside.after(row);
    this.changed();
    row.scrollIntoView({ block: "nearest" });
  }

  /** @param {Element | null} inside */
  rowOf(inside) {
    const row = inside?.closest("li");
    return row instanceof HTMLElement && row.parentElement === this.list ? row : null;
  }
}

/** @param {HTMLElement} row */
function firstField(row) {
  const field = row.querySelector("input:not([type=hidden]), textarea");
  return field instanceof HTMLElement ? field : null;
}
