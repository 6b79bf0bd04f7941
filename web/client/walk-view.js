/**
 * The running step as it is walked through: who acts with what, what is asked, how it goes on each of
 * the four questions, and what the notes still lack. Who records it presses; everybody else reads.
 */

import { html, nothing, render } from "lit-html";
import { GLYPHS } from "./kinds.js";

/** @typedef {import("./document.js").Step} Step */
/** @typedef {import("./document.js").Annotation} Annotation */

/** The four questions of a step (schemas/conduct.py). */
const ASPECTS = /** @type {const} */ (["awareness", "means", "fit", "feedback"]);
/** What the story of a failure is made of. */
const PARTS = /** @type {const} */ (["problem", "cause", "consequence", "example"]);

/**
 * The notes made on lines of a step, by kind; withdrawn ones and drafts of wordings left out.
 *
 * @param {import("./store.js").Store} store
 * @param {string} step
 * @returns {Map<string, Annotation[]>}
 */
export function notesOfStep(store, step) {
  /** @type {Map<string, Annotation[]>} */
  const found = new Map();
  for (const note of store.annotations()) {
    if (note.withdrawn || note.opened) continue;
    if (!note.targets.some(({ line }) => store.line(line)?.step === step)) continue;
    const kind = found.get(note.kind);
    if (kind) kind.push(note);
    else found.set(note.kind, [note]);
  }
  return found;
}

/** @param {Step} step @param {string} language */
const words = ({ title }, language) => (language === "zh" ? title.zh || title.en : title.en || title.zh);

/**
 * @param {HTMLElement} place
 * @param {object} ports
 * @param {import("./messages.js").Say} ports.say
 * @param {import("./directory.js").Directory} ports.directory
 * @param {import("./store.js").Store} ports.store
 * @param {string} ports.shelfHref where all solutions of the study are
 * @param {boolean} ports.isWalk a process is walked through, rather than questions asked
 * @param {() => {ask: boolean, tell: boolean}} ports.may
 * @param {(what: string, body: Record<string, unknown>) => void} ports.command
 * @returns {() => void} draws it again
 */
export function showWalk(place, { say, directory, store, shelfHref, isWalk, may, command }) {
  /** @type {Set<string>} stories whose text is being typed, by question */
  const typing = new Set();

  /** @param {Step} step */
  const facts = ({ actor, detail }) => {
    const rows = [
      ["walk_actor", actor ? directory.unit(actor) : ""],
      ["walk_system", detail?.system ?? ""],
      ["walk_in", detail?.data_in ?? ""],
      ["walk_out", detail?.data_out ?? ""],
      ["walk_next", detail?.hand_over ? directory.unit(detail.hand_over) : ""],
    ].filter(([, text]) => text);
    if (rows.length === 0) return nothing;
    return html`<dl>${rows.map(([key, text]) => html`<div><dt>${say(key ?? "")}</dt><dd>${text}</dd></div>`)}</dl>`;
  };

  /** @param {Step} step */
  const questions = (step) => {
    const asked = new Set(step.progress?.asked.map((one) => one.probe) ?? []);
    const rows = [{ probe: /** @type {number | null} */ (null), text: words(step, directory.language) }];
    step.detail?.probes.forEach((text, probe) => rows.push({ probe, text }));
    if (isWalk && rows.length === 1) return nothing;
    return html`<ul class="probes">${rows.map(
      ({ probe, text }) => html`<li class=${asked.has(probe) ? "is-asked" : ""}>
        <span>${text}${asked.has(probe) ? html` <em>${say("asked_already")}</em>` : nothing}</span>
        ${may().ask
          ? html`<button type="button" class="quiet" @click=${() => command("asked", { step: step.id, probe })}>
              ${say(asked.has(probe) ? "ask_again" : "ask")}<span class="hidden-label"> ${text}</span></button>`
          : nothing}
      </li>`,
    )}</ul>`;
  };

  /** @param {Step} step @param {typeof ASPECTS[number]} aspect */
  const story = (step, aspect) => {
    const told = step.progress?.walk[aspect];
    /** @param {"success" | "failure"} ending */
    const button = (ending) => html`<button type="button" class="stance" aria-pressed=${String(told?.ending === ending)}
      @click=${() => {
        const isBack = told?.ending === ending;
        if (isBack) typing.delete(aspect);
        else typing.add(aspect);
        command("story", { step: step.id, aspect, ending: isBack ? null : ending, text: told?.text ?? "" });
      }}>${say(`story_${ending}`)}</button>`;
    const keep = (/** @type {Event} */ event) => {
      event.preventDefault();
      const field = /** @type {HTMLFormElement} */ (event.target).elements[0];
      typing.delete(aspect);
      if (told && field instanceof HTMLInputElement) {
        command("story", { step: step.id, aspect, ending: told.ending, text: field.value });
      }
    };
    return html`<li><p>${say(`aspect_${aspect}`)}
        ${told && !may().tell ? html`<b>${say(`story_${told.ending}`)}</b>` : nothing}</p>
      ${told?.text ? html`<q>${told.text}</q>` : nothing}
      ${may().tell ? html`<div class="row">${button("success")} ${button("failure")}</div>` : nothing}
      ${may().tell && told && typing.has(aspect)
        ? html`<form class="example" @submit=${keep}><input type="text" maxlength="2000" autocomplete="off"
            aria-label=${say("story_text")} placeholder=${say("story_text")} .value=${told.text}>
            <button type="submit">${say("example_keep")}</button></form>`
        : nothing}</li>`;
  };

  /** @param {Map<string, Annotation[]>} notes */
  const lacking = (notes) => html`<p class="lacks">${PARTS.map((kind) => {
    const count = notes.get(kind)?.length ?? 0;
    return html`<span class=${count ? "" : "is-none"} data-kind=${kind}><span aria-hidden="true">${GLYPHS[kind]}</span>
      ${say(kind)} ${count}</span> `;
  })}</p>`;

  const shelf = () => {
    const solutions = store.annotations().filter((note) => note.kind === "solution" && !note.withdrawn && !note.opened);
    if (solutions.length === 0) return nothing;
    return html`<details class="shelf"><summary>${say("shelf", { n: solutions.length })}</summary>
      <ul>${solutions.map((note) => html`<li>${note.text}
        <span class="line-unit">${[note.voice.name, directory.unit(note.voice.unit)].filter(Boolean).join(" · ")}</span></li>`)}</ul>
      <p><a href=${shelfHref} target="_blank">${say("shelf_open")}</a></p>
    </details>`;
  };

  return () => {
    const running = store.meta().step;
    const step = store.agenda().find((one) => one.id === running);
    render(
      step
        ? html`${isWalk ? html`<p class="walk-step">${words(step, directory.language)}</p>` : nothing} ${facts(step)} ${questions(step)}
            ${isWalk ? html`<ul class="stories">${ASPECTS.map((aspect) => story(step, aspect))}</ul>` : nothing}
            ${may().tell ? html`${lacking(notesOfStep(store, step.id))} ${shelf()}` : nothing}`
        : nothing,
      place,
    );
  };
}
