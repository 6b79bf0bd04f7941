/**
 * The codebook beside the units: a code is found by what is typed, or put by its digit.
 *
 * The first nine codes that a reviewer uses get the digits 1 to 9 and keep them, so that fingers
 * learn them; the same nine are buttons for who codes by touch.
 */

const DIGITS = 9;

export class CodeList {
  /**
   * @param {{toggle: (code: string) => void, leave: () => void, onward: () => void}} act
   */
  constructor({ toggle, leave, onward }) {
    this._toggle = toggle;
    this._leave = leave;
    this._onward = onward;
    this._codes = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".code:not(.is-category)")]);
    this._headings = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".code.is-category")]);
    this._text = new Map(this._codes.map((code) => [code, code.textContent?.toLowerCase() ?? ""]));
    this._byId = new Map(this._codes.map((code) => [code.dataset.code ?? "", code]));
    this._filter = /** @type {HTMLInputElement | null} */ (document.getElementById("code-filter"));
    this._list = document.getElementById("code-list");
    this._quick = document.getElementById("quick-codes");
    /** @type {Map<string, HTMLElement>} */
    this._digits = new Map();
    /** @type {HTMLElement | null} */
    this._active = null;
    /** @type {ReadonlySet<string>} */
    this._chosen = new Set();
  }

  listen() {
    this._filter?.addEventListener("input", () => this._activate(this._best()));
    this._filter?.addEventListener("focus", () => this._clear());
    for (const place of [this._filter, this._list]) place?.addEventListener("keydown", (event) => this._onKey(event));
    for (const code of this._codes) code.addEventListener("click", () => this._toggle(code.dataset.code ?? ""));
  }

  focus() {
    this._filter?.focus();
  }

  /** @param {string} id */
  label(id) {
    return this._byId.get(id)?.querySelector(".code-label")?.textContent ?? "";
  }

  /** @param {number} digit from 1 @returns {string | undefined} the code that has it */
  at(digit) {
    return [...this._digits.keys()][digit - 1];
  }

  /** Gives a code a digit while there is one left. @param {string} id */
  used(id) {
    const code = this._byId.get(id);
    if (!code || !this._quick || this._digits.has(id) || this._digits.size === DIGITS) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quick-code";
    button.dataset.kind = code.dataset.kind ?? "";
    const key = document.createElement("kbd");
    key.textContent = String(this._digits.size + 1);
    const label = document.createElement("span");
    label.textContent = button.title = this.label(id);
    button.append(key, label);
    button.setAttribute("aria-pressed", String(this._chosen.has(id)));
    button.addEventListener("click", () => this._toggle(id));
    this._digits.set(id, button);
    this._quick.append(button);
  }

  /** @param {readonly string[]} chosen of the unit with the focus */
  draw(chosen) {
    const now = new Set(chosen);
    for (const id of new Set([...this._chosen, ...now])) {
      this._byId.get(id)?.setAttribute("aria-selected", String(now.has(id)));
      this._digits.get(id)?.setAttribute("aria-pressed", String(now.has(id)));
    }
    this._chosen = now;
  }

  /** @private @param {KeyboardEvent} event */
  _onKey(event) {
    if (event.isComposing || event.keyCode === 229) return; // Safari ends composing before its Enter
    if (event.key === "ArrowDown") this._step(1);
    else if (event.key === "ArrowUp") this._step(-1);
    else if (event.key === "Escape") this._leave();
    else if (event.key === "Enter") this._enter();
    else return;
    event.preventDefault();
  }

  /** A code that was looked for is put and the next one can be typed; with none Enter goes on. @private */
  _enter() {
    const found = this._active;
    this._clear();
    if (found) this._toggle(found.dataset.code ?? "");
    else this._onward();
  }

  /** @private */
  _clear() {
    if (this._filter) this._filter.value = "";
    for (const one of [...this._codes, ...this._headings]) one.hidden = false;
    this._activate(null);
  }

  /** Hides what does not answer. @private @returns {HTMLElement | null} a code by its name before others */
  _best() {
    const words = (this._filter?.value ?? "").trim().toLowerCase();
    for (const code of this._codes) code.hidden = !this._text.get(code)?.includes(words);
    for (const heading of this._headings) heading.hidden = words !== "";
    if (words === "") return null;
    const shown = this._codes.filter((code) => !code.hidden);
    const named = shown.find((code) => this.label(code.dataset.code ?? "").toLowerCase().includes(words));
    return named ?? shown[0] ?? null;
  }

  /** @private @param {1 | -1} by */
  _step(by) {
    const shown = this._codes.filter((code) => !code.hidden);
    const here = this._active ? shown.indexOf(this._active) : by === 1 ? -1 : 0;
    this._activate(shown[(here + by + shown.length) % shown.length] ?? null);
  }

  /** @private @param {HTMLElement | null} code */
  _activate(code) {
    this._active?.classList.remove("is-active");
    this._active = code;
    code?.classList.add("is-active");
    code?.scrollIntoView({ block: "nearest" });
    if (code) this._filter?.setAttribute("aria-activedescendant", code.id);
    else this._filter?.removeAttribute("aria-activedescendant");
  }
}
