/**
 * What is being heard right now: drawn after the last line, replaced as the ear makes up its mind.
 */

import { html, render } from "lit-html";

/**
 * What is being said and may still change. It is drawn after the last line and never announced.
 *
 * @param {HTMLElement} place
 * @param {import("./transcript.js").Transcript} transcript
 */
export function showInterim(place, transcript) {
  /** @type {Map<string, Interim>} */
  const open = new Map();
  const { directory, say } = transcript.around;
  const draw = () =>
    transcript.steadily(() => {
      const spoken = [...open.values()].map(
        (part) => html`<div class="line interim-line">
          <div class="line-side"><span class="line-time" aria-hidden="true">…</span></div>
          <div class="line-body">
            <p class="line-speaker">
              <b>${part.speaker || say("speaker_unknown")}</b>${part.presumed
                ? html`<span class="presumed">?</span>`
                : ""}
              <span class="line-unit">${directory.unit(part.unit)}</span>
            </p>
            <p class="line-text">${part.stable}<span class="tail">${part.tail}</span></p>
          </div>
        </div>`,
      );
      render(spoken, place);
    });
  return {
    /** @param {Interim} part */
    hear(part) {
      if (part.stable || part.tail) open.set(part.track, part);
      else open.delete(part.track);
      draw();
    },
    /** Nobody knows what is being said, or it is nobody's to know. */
    clear() {
      if (open.size === 0) return;
      open.clear();
      draw();
    },
    /** @param {readonly import("./document.js").Line[]} lines */
    settle(lines) {
      const settled = lines.filter((line) => line.track && open.delete(line.track));
      if (settled.length) draw();
    },
  };
}

/**
 * @typedef {{track: string, first: number, stable: string, tail: string, speaker: string,
 *   unit: string | null, presumed: boolean}} Interim
 */
