/**
 * A select with many choices becomes a field that finds by any part of any name.
 *
 * The select stays in the form and carries the value; without script it is used as it is. The
 * pattern is the editable combobox with list autocomplete of the WAI-ARIA Authoring Practices.
 */

/** @typedef {{value: string, label: string, search: string}} Choice */

/**
 * The choices that hold every word of `typed`, in their given order; first those of which each word
 * begins a name or a reading, as `gh` begins ghj (规划局) and only stands within guanghua.
 *
 * @param {readonly Choice[]} choices
 * @param {string} typed
 */
export function matching(choices, typed) {
  const words = fold(typed).split(/\s+/).filter(Boolean);
  const found = choices.filter((choice) => words.every((word) => choice.search.includes(word)));
  const first = new Set(found.filter(({ search }) => words.every((word) => ` ${search}`.includes(` ${word}`))));
  return [...first, ...found.filter((choice) => !first.has(choice))];
}

/** @param {string} text */
export const fold = (text) => text.normalize("NFKC").toLowerCase();

/**
 * The option that an arrow key goes to from `active` (-1: none) among `count`; it wraps around.
 *
 * @param {number} active
 * @param {1 | -1} step
 * @param {number} count
 */
export function stepped(active, step, count) {
  if (count === 0) return -1;
  if (active < 0) return step === 1 ? 0 : count - 1;
  return (active + step + count) % count;
}

let made = 0;

/** @param {HTMLSelectElement} select */
const nameOf = (select) => select.labels?.[0]?.textContent?.trim() ?? select.getAttribute("aria-label") ?? "";

/** Holds a select and the field in front of it in step. */
export class Picker {
  /** @param {HTMLSelectElement} select with a label and an id, or named by `aria-label` */
  constructor(select) {
    this.select = select;
    select.id ||= `picked-${(made += 1)}`;
    this.choices = choicesOf(select);
    this.shown = /** @type {readonly Choice[]} */ ([]);
    this.active = -1;
    this.list = element("div", {
      role: "listbox", id: `${select.id}-choices`, hidden: "",
      "aria-label": nameOf(select),
    });
    this.field = /** @type {HTMLInputElement} */ (
      element("input", {
        type: "text", role: "combobox", id: `${select.id}-text`, autocomplete: "off", spellcheck: "false",
        "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id,
        placeholder: select.options[0]?.text ?? "",
      })
    );
    this.takeOver();
    this.listen();
  }

  /** Puts the field where the select was. */
  takeOver() {
    const box = element("div", { class: "picker" });
    const label = this.select.labels?.[0];
    if (label) label.htmlFor = this.field.id;
    else this.field.setAttribute("aria-label", nameOf(this.select));
    this.field.required = this.select.required;
    this.field.value = this.select.value === "" ? "" : this.select.selectedOptions[0]?.text ?? "";
    this.select.required = false; // a hidden field that the browser cannot point at would block the form
    this.select.hidden = true;
    box.append(this.field, this.list);
    this.select.after(box);
  }

  listen() {
    this.field.addEventListener("input", () => {
      this.select.value = "";
      this.open(this.field.value);
    });
    this.field.addEventListener("click", () => this.list.hidden && this.open(""));
    this.field.addEventListener("keydown", (event) => this.pressed(event));
    this.field.addEventListener("blur", () => this.settle());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    this.list.addEventListener("click", ({ target }) => {
      const at = [...this.list.children].findIndex((option) => target instanceof Node && option.contains(target));
      const choice = this.shown[at];
      if (choice) this.choose(choice);
    });
  }

  /** @param {string} typed */
  open(typed) {
    this.shown = matching(this.choices, typed);
    this.list.replaceChildren(...this.shown.map((choice, at) => this.optionOf(choice, at)));
    if (this.shown.length === 0) this.list.append(noneOf(this.select));
    this.list.hidden = false;
    this.field.setAttribute("aria-expanded", "true");
    this.highlight(-1);
  }

  close() {
    this.list.hidden = true;
    this.field.setAttribute("aria-expanded", "false");
    this.highlight(-1);
  }

  /** @param {number} at */
  highlight(at) {
    this.active = at;
    [...this.list.children].forEach((option, index) => option.classList.toggle("active", index === at));
    const option = this.list.children[at];
    if (option) this.field.setAttribute("aria-activedescendant", option.id);
    else this.field.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Choice} choice */
  choose(choice) {
    this.select.value = choice.value;
    this.field.value = choice.label;
    this.field.setCustomValidity("");
    this.close();
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.isComposing || event.keyCode === 229) return; // Safari ends composing before its Enter
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      if (this.list.hidden) this.open("");
      this.highlight(stepped(this.active, step, this.shown.length));
    } else if (event.key === "Enter" && !this.list.hidden) {
      const choice = this.shown[this.active] ?? (this.shown.length === 1 ? this.shown[0] : undefined);
      if (choice) this.choose(choice);
    } else if (event.key === "Escape" && !this.list.hidden) {
      this.close();
    } else return;
    event.preventDefault();
  }

  /** Leaving the field: a text that names one choice is that choice, any other is refused. */
  settle() {
    this.close();
    const typed = this.field.value.trim();
    const found = matching(this.choices, typed);
    if (this.select.value !== "") return;
    if (typed !== "" && found.length === 1 && found[0]) this.choose(found[0]);
    else this.field.setCustomValidity(typed === "" ? "" : this.select.dataset.none ?? "");
  }

  /** @param {Choice} choice @param {number} at */
  optionOf(choice, at) {
    const selected = String(choice.value === this.select.value);
    const option = element("div", { role: "option", id: `${this.select.id}-choice-${at}`, "aria-selected": selected });
    option.textContent = choice.label;
    return option;
  }
}

/** @param {HTMLSelectElement} select @returns {Choice[]} */
function choicesOf(select) {
  return [...select.options]
    .filter((option) => option.value !== "")
    .map(({ value, text, dataset }) => ({ value, label: text, search: fold(`${text} ${dataset.search ?? ""}`) }));
}

/** @param {HTMLSelectElement} select */
function noneOf(select) {
  const none = element("div", { class: "none", role: "option", "aria-disabled": "true", "aria-selected": "false" });
  none.textContent = select.dataset.none ?? "";
  return none;
}

/** @param {string} name @param {Readonly<Record<string, string>>} attributes */
function element(name, attributes) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
