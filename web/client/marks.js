/**
 * We too, not so: how many units share a note, and one tap for the own unit.
 */

import { html, nothing } from "lit-html";

/** @typedef {import("./document.js").Annotation} Annotation */

/**
 * @typedef {object} MarkPorts
 * @property {import("./messages.js").Say} say
 * @property {import("./directory.js").Directory} directory
 * @property {() => boolean} may whether this person may mark now
 * @property {(body: Record<string, unknown>) => Promise<{ok: boolean}>} send
 * @property {(note: string) => void} changed the note is drawn again
 */

export class Marks {
  /**
   * @param {import("./store.js").Store} store
   * @param {MarkPorts} ports
   */
  constructor(store, ports) {
    this.store = store;
    this.ports = ports;
    /** @type {Map<string, boolean>} own unit's marks, by note or entry */
    this.mine = new Map();
    /** @type {Set<string>} notes to which an example may be typed; it stays until it is recorded */
    this.examples = new Set();
    /** @type {Set<string>} notes whose mark is on its way */
    this.sending = new Set();
  }

  /** @param {Readonly<Record<string, boolean>>} marks own unit's, from the server */
  remember(marks) {
    const before = this.mine;
    this.mine = new Map(Object.entries(marks));
    for (const id of new Set([...before.keys(), ...this.mine.keys()])) {
      if (before.get(id) !== this.mine.get(id)) this.ports.changed(id);
    }
  }

  /**
   * Whether the own unit may answer a note: not one that states its own view.
   * @param {Annotation} note
   */
  mayMark(note) {
    const { unit } = this.ports.directory.me;
    return this.ports.may() && unit !== null && note.voice.unit !== unit && note.kind !== "memo";
  }

  /**
   * @param {string} id
   * @param {boolean} shared pressed again, the mark is taken back
   */
  async tap(id, shared) {
    if (this.sending.has(id)) return;
    const now = this.mine.get(id) === shared ? null : shared;
    if (now) this.examples.add(id);
    else this.examples.delete(id);
    await this.send(id, now, "");
  }

  /**
   * @param {string} id
   * @param {boolean | null} shared
   * @param {string} example
   */
  async send(id, shared, example) {
    this.sending.add(id);
    this.ports.changed(id);
    const { ok } = await this.ports.send({ of: "annotation", ref: id, shared, example });
    this.sending.delete(id);
    if (ok && shared === null) this.mine.delete(id);
    else if (ok) this.mine.set(id, shared === true);
    if (ok && example) this.examples.delete(id);
    this.ports.changed(id);
  }

  /**
   * Keeps the example that goes with "we too".
   * @param {string} id
   * @param {HTMLInputElement} field
   */
  async example(id, field) {
    const text = field.value.trim();
    if (text) return void (await this.send(id, true, text));
    this.examples.delete(id);
    this.ports.changed(id);
  }

  /**
   * Counts for everybody; buttons for who may answer.
   * @param {Annotation} note
   */
  view(note) {
    const { say } = this.ports;
    const { too, not } = this.store.marks(note.id);
    if (!this.mayMark(note)) {
      if (too + not === 0) return nothing;
      return html`<span class="marks">
        ${too ? html`<span>${say("marks_too", { n: too })}</span>` : nothing}
        ${not ? html`<span>${say("marks_not", { n: not })}</span>` : nothing}
      </span>`;
    }
    return html`<span class="marks">
        ${this.button(note, true, say("we_too"), too)} ${this.button(note, false, say("not_so"), not)}
      </span>
      ${this.examples.has(note.id) && this.mine.get(note.id) ? this.exampleView(note) : nothing}`;
  }

  /**
   * @param {Annotation} note
   * @param {boolean} shared
   * @param {string} label
   * @param {number} count
   */
  button(note, shared, label, count) {
    return html`<button type="button" class="mark" aria-pressed=${String(this.mine.get(note.id) === shared)}
      aria-disabled=${this.sending.has(note.id) ? "true" : nothing} @click=${() => void this.tap(note.id, shared)}>
      <span aria-hidden="true">${shared ? "＋" : "≠"}</span> ${label} ${count ? html`<b>${count}</b>` : nothing}
    </button>`;
  }

  /** @param {Annotation} note */
  exampleView({ id }) {
    const { say } = this.ports;
    /** @param {Event} event */
    const keep = (event) => {
      event.preventDefault();
      const form = /** @type {HTMLFormElement} */ (event.target);
      void this.example(id, /** @type {HTMLInputElement} */ (form.elements[0]));
    };
    return html`<form class="example" @submit=${keep}>
      <input type="text" maxlength="1000" autocomplete="off" aria-label=${say("example_label")}
        placeholder=${say("example_label")} />
      <button type="submit">${say("example_keep")}</button>
    </form>`;
  }
}
