/**
 * A unit's sheet: each answer is saved as it is typed, on the version that its writer saw. What a
 * colleague wrote meanwhile comes in by itself where nobody is typing; where both wrote, the page
 * shows both and lets a person decide. Without this script the form saves the same way.
 */

import { request } from "./http.js";

const TYPING_MS = 800;
const LOOK_MS = 6_000;

/** @typedef {{version: number, text: string, levels: Record<string, number>, by: string}} Told */

/** @param {HTMLFormElement} form */
function open(form) {
  const path = `/api/responses/${form.dataset.reply}`;
  const token = /** @type {HTMLInputElement} */ (form.elements.namedItem("token")).value;
  const name = form.elements.namedItem("name");
  const author = () => (name instanceof HTMLInputElement ? name.value : "");
  const sections = [...form.querySelectorAll("[data-question]")].filter((one) => one instanceof HTMLElement);
  const asked = sections.map((section) => new Asked(section, form, path, token, author));
  const look = async () => {
    if (document.hidden) return;
    const answer = await request("GET", path, token);
    if (answer.kind === "ok") for (const one of asked) one.heard(answer.body.answers[one.id]);
  };
  const timer = setInterval(look, LOOK_MS);
  // A phone ends a hidden page without a word: what waits for its time is sent now.
  document.addEventListener("visibilitychange", () => document.hidden && asked.forEach((one) => one.unsaved && one.save()));
  form.addEventListener("submit", () => clearInterval(timer));
  window.addEventListener("beforeunload", (event) => asked.some((one) => one.unsaved) && event.preventDefault());
  form.addEventListener("submit", () => asked.forEach((one) => (one.unsaved = false)));
}

class Asked {
  /**
   * @param {HTMLElement} section
   * @param {HTMLFormElement} form
   * @param {string} path
   * @param {string} token
   * @param {() => string} author
   */
  constructor(section, form, path, token, author) {
    this.section = section;
    this.words = form.dataset;
    this.path = path;
    this.token = token;
    this.author = author;
    this.id = section.dataset.question ?? "";
    this.version = Number(section.dataset.version);
    this.text = /** @type {HTMLTextAreaElement} */ (section.querySelector("textarea"));
    this.told = /** @type {HTMLElement} */ (section.querySelector("[data-told]"));
    this.unsaved = false;
    this.sending = false;
    this.timer = 0;
    section.addEventListener("input", () => this.changed());
  }

  changed() {
    this.unsaved = true;
    this.section.querySelector(".differs")?.remove();
    this.say("saving");
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.save(), TYPING_MS);
  }

  async save() {
    if (this.sending) return;
    this.sending = true;
    this.unsaved = false;
    const body = { version: this.version, text: this.text.value, levels: this.levels(), name: this.author() };
    const answer = await request("PUT", `${this.path}/answers/${this.id}`, this.token, body);
    this.sending = false;
    if (answer.kind === "ok") {
      this.at(answer.body.version);
      if (this.unsaved) this.changed();
      else this.say("saved");
    } else if (answer.kind === "away") {
      this.unsaved = true;
      this.say("offline");
      this.timer = window.setTimeout(() => this.save(), Math.max(answer.retryAfter, 3_000));
    } else if (answer.code === "answer.version") {
      this.unsaved = true;
      this.differs(/** @type {any} */ (answer.fields));
    } else {
      this.unsaved = true;
      this.told.textContent = answer.message || (this.words.saidRefused ?? "");
    }
  }

  /** What stands on the server now. @param {Told | undefined} one */
  heard(one) {
    if (!one || one.version <= this.version || this.unsaved || this.sending) return;
    if (this.section.contains(document.activeElement)) return;
    this.take(one);
    this.told.textContent = (this.words.saidLoaded ?? "").replace("{by}", one.by || "–");
  }

  /** @param {Told} one */
  take(one) {
    this.at(one.version);
    this.text.value = one.text;
    for (const part of this.section.querySelectorAll("[data-of]")) {
      const level = one.levels[part instanceof HTMLElement ? part.dataset.of ?? "" : ""];
      for (const radio of part.querySelectorAll("input")) radio.checked = radio.value === String(level);
    }
  }

  /** Both wrote: the page shows what stands there, and a person decides. @param {Told} theirs */
  differs(theirs) {
    this.section.querySelector(".differs")?.remove();
    const box = document.createElement("div");
    box.className = "differs problems";
    box.setAttribute("role", "alert");
    const said = document.createElement("p");
    said.textContent = (this.words.saidDiffers ?? "").replace("{by}", theirs.by || "–");
    const quote = document.createElement("blockquote");
    quote.textContent = theirs.text;
    const row = document.createElement("div");
    row.className = "row";
    row.append(
      this.button("theirs", () => (this.take(theirs), (this.unsaved = false), this.say("saved"))),
      this.button("mine", () => (this.at(theirs.version), this.changed())),
      this.button("both", () => {
        this.at(theirs.version);
        this.text.value = `${theirs.text}\n\n${this.text.value}`;
        this.changed();
      }),
    );
    box.append(said, quote, row);
    this.told.after(box);
    this.told.textContent = "";
  }

  /** @param {string} word @param {() => void} act */
  button(word, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = this.said(word);
    button.addEventListener("click", () => {
      this.section.querySelector(".differs")?.remove();
      act();
      this.text.focus();
    });
    return button;
  }

  /** @returns {Record<string, number>} */
  levels() {
    /** @type {Record<string, number>} */
    const found = {};
    for (const part of this.section.querySelectorAll("[data-of]")) {
      const chosen = part.querySelector("input:checked");
      if (part instanceof HTMLElement && chosen instanceof HTMLInputElement) found[part.dataset.of ?? ""] = Number(chosen.value);
    }
    return found;
  }

  /** @param {number} version */
  at(version) {
    this.version = version;
    const field = this.section.querySelector("input[type=hidden]");
    if (field instanceof HTMLInputElement) field.value = String(version);
  }

  /** @param {string} word */
  said(word) {
    return this.words[`said${word.charAt(0).toUpperCase()}${word.slice(1)}`] ?? "";
  }

  /** @param {string} word */
  say(word) {
    this.told.textContent = this.said(word);
  }
}

const form = document.querySelector("form[data-reply]");
if (form instanceof HTMLFormElement && form.querySelector("textarea:not([readonly])")) open(form);
