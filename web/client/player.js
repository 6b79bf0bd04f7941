/**
 * The one player of a page: a link to a moment of a recording plays there instead of opening it.
 *
 * A link carries its moment as a media fragment (`…/audio.wav#t=12.5`), so it works without script.
 */

/**
 * Plays any `a[data-play]` inside `page` in `player`. A second press pauses.
 *
 * @param {HTMLElement} page
 * @param {HTMLElement} player holds an audio element and a `[data-now]`
 * @returns {{toggle: (link: HTMLAnchorElement) => void, stop: () => void}}
 */
export function playIn(page, player) {
  const audio = /** @type {HTMLAudioElement} */ (player.querySelector("audio"));
  const now = /** @type {HTMLElement} */ (player.querySelector("[data-now]"));
  const stop = new AbortController();
  const { signal } = stop;
  let current = /** @type {HTMLAnchorElement | null} */ (null);

  const draw = () => {
    for (const link of page.querySelectorAll("a[data-play][aria-pressed]")) link.removeAttribute("aria-pressed");
    current?.setAttribute("role", "button"); // a link cannot be pressed, and this one is played
    current?.setAttribute("aria-pressed", String(!audio.paused));
  };

  /** @param {HTMLAnchorElement} link */
  const begin = (link) => {
    current = link;
    player.hidden = false;
    document.documentElement.classList.add("has-player");
    now.textContent = link.dataset.play ?? "";
    audio.src = link.href; // the browser itself starts at the fragment
    start(audio);
  };

  /** @param {HTMLAnchorElement} link */
  const toggle = (link) => {
    if (link !== current) begin(link);
    else if (audio.paused) start(audio);
    else audio.pause();
  };

  /** @param {Event} event */
  const clicked = (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-play]") : null;
    if (!(link instanceof HTMLAnchorElement) || hasModifier(event)) return;
    event.preventDefault();
    toggle(link);
  };

  page.addEventListener("click", clicked, { signal });
  for (const name of ["play", "pause", "ended"]) audio.addEventListener(name, draw, { signal });
  audio.addEventListener("error", () => { now.textContent = player.dataset.failed ?? ""; }, { signal });
  return { toggle, stop: () => stop.abort() };
}

/**
 * Plays; a refusal is shown by the player's own controls or by its error event, so nothing more
 * is to be done with it here.
 *
 * @param {HTMLAudioElement} audio
 */
function start(audio) {
  audio.play().catch((error) => {
    if (!(error instanceof DOMException)) throw error;
  });
}

/** @param {Event} event */
const hasModifier = (event) =>
  event instanceof MouseEvent && (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0);
