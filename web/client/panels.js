/**
 * The panes of the page: which is in front on a small screen, the agenda, and the people here.
 */

import { html, nothing, render } from "lit-html";
import { initials } from "./grouping.js";

/**
 * Buttons that bring one pane to the front; on a wide screen all panes are visible anyway.
 *
 * @param {HTMLElement} nav
 * @param {HTMLElement} page carries `data-pane`
 * @param {(pane: string) => void} shown
 * @returns {(pane: string) => void} brings a pane to the front
 */
export function showPanes(nav, page, shown) {
  const buttons = [...nav.querySelectorAll("button")];
  /** @param {string} pane */
  const open = (pane) => {
    page.dataset.pane = pane;
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.pane === pane));
    }
    shown(pane);
  };
  for (const button of buttons) button.addEventListener("click", () => open(button.dataset.pane ?? ""));
  return open;
}

/**
 * The steps of the agenda with the current one marked; a moderator goes on from here.
 *
 * @param {HTMLElement} place
 * @param {{say: import("./messages.js").Say, directory: import("./directory.js").Directory,
 *   mayStep: () => boolean, go: (step: string) => void}} ports
 * @returns {(steps: readonly import("./document.js").Step[], current: string | null) => void}
 */
export function showAgenda(place, { say, directory, mayStep, go }) {
  return (steps, current) => {
    const at = steps.findIndex((step) => step.id === current);
    const next = steps[at + 1];
    render(
      html`<ol class="steps">
          ${steps.map(
            (step, index) => html`<li class=${index < at ? "is-done" : index === at ? "is-now" : ""}
              aria-current=${index === at ? "step" : nothing}>
              <span class="step-mark" aria-hidden="true">${index < at ? "✓" : index + 1}</span>
              <span class="step-title">${title(step, directory.language)}
                ${step.actor
                  ? html`<span class="step-actor">${directory.unit(step.actor)}</span>`
                  : nothing}</span>
              ${mayStep() && index !== at
                ? html`<button type="button" class="quiet" @click=${() => go(step.id)}>
                    ${say("step_go")}<span class="hidden-label"> ${title(step, directory.language)}</span>
                  </button>`
                : nothing}
            </li>`,
          )}
        </ol>
        ${mayStep() && next
          ? html`<button type="button" class="next-step" @click=${() => go(next.id)}>
              ${say("step_next", { title: title(next, directory.language) })}
            </button>`
          : nothing}`,
      place,
    );
  };
}

/**
 * The current step in words: "Step 2 of 5: The intake window".
 *
 * @param {readonly import("./document.js").Step[]} steps
 * @param {string | null} current
 * @param {string} language
 * @param {import("./messages.js").Say} say
 */
export function stepSentence(steps, current, language, say) {
  const at = steps.findIndex((step) => step.id === current);
  const step = steps[at];
  if (!step) return steps.length ? say("step_none", { n: steps.length }) : "";
  return say("step_now", { at: at + 1, n: steps.length, title: title(step, language) });
}

/**
 * @param {import("./document.js").Step} step
 * @param {string} language
 */
function title(step, language) {
  const { en, zh } = step.title;
  return language === "zh" ? zh || en : en || zh;
}

/**
 * Links to the entries that came in while this session runs, above a tree too long to scan. The
 * tree is the server's fragment; it marks them.
 *
 * @param {HTMLElement} place
 * @param {HTMLElement} pane holds the fragment, which htmx replaces
 * @param {import("./messages.js").Say} say
 */
export function showFresh(place, pane, say) {
  const draw = () => {
    const fresh = [...pane.querySelectorAll("li.fresh")];
    const links = fresh.map((entry) => {
      const label = entry.querySelector(".node-label")?.textContent ?? "";
      return html`<li><a href="#${entry.id}">${label}</a></li>`;
    });
    render(links.length ? html`<p>${say("fresh")}</p><ul>${links}</ul>` : nothing, place);
  };
  new MutationObserver(draw).observe(pane, { childList: true, subtree: true });
  draw();
}

/** @typedef {{id: string, name: string, unit: string | null, role?: string}} Here */

/**
 * Who is here: a count for everybody, discs in the header, names with units in the pane.
 *
 * @param {{count: HTMLElement, discs: HTMLElement, list: HTMLElement}} places
 * @param {import("./messages.js").Say} say
 * @param {import("./directory.js").Directory} directory
 * @param {((person: string) => void) | null} seat gives a seat to who came by the code; null: not ours to give
 * @returns {(here: readonly Here[], people?: number) => void} people: how many are here in all
 */
export function showPeople(places, say, directory, seat = null) {
  const most = 5;
  return (here, people = here.length) => {
    places.count.textContent = say("here", { n: Math.max(people, here.length) });
    render(
      here.slice(0, most).map((one) => html`<span class="disc" title=${one.name}>${initials(one.name)}</span>`),
      places.discs,
    );
    render(
      here.map(
        (one) => html`<li>
          <span class="disc" aria-hidden="true">${initials(one.name)}</span>
          <span>${one.name}${one.id === directory.me.id ? html` <em>${say("me")}</em>` : nothing}
            <span class="line-unit">${directory.unit(one.unit)}</span></span>
          ${seat && one.role === "observer" && one.name && one.unit
            ? html`<button type="button" class="seat-give" @click=${() => seat(one.id)}>
                ${say("seat_give")}<span class="hidden-label"> ${one.name}</span>
              </button>`
            : nothing}
        </li>`,
      ),
      places.list,
    );
  };
}
