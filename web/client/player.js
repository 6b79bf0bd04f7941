/**
 * The one player of a page: a link to a moment of a recording plays there instead of opening it.
 *
 * A link carries its moment as a media fragment (`…/audio.wav#t=12.5`), so it works without script.
 * Where the browser plays Opus and that moment is finished already, a tenth of the bytes is fetched.
 */

const OPUS = "audio/ogg; codecs=opus";
/** How much of the sound must be there behind a moment for it to be played from the finished part. */
const LEAST_SECONDS = 30;

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
    const small = link.href.replace(/\.wav(?=#|$)/, ".opus");
    audio.src = audio.canPlayType(OPUS) ? small : link.href; // it starts at the fragment by itself
    start(audio);
  };
  /** Goes on with the whole sound where the smaller one is not there, or not there yet. */
  const takeWhole = () => {
    if (!current || audio.currentSrc === current.href) return false;
    audio.src = current.href;
    start(audio);
    return true;
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
  audio.addEventListener("loadedmetadata", () => {
    const wanted = Number(/#t=([\d.]+)/.exec(audio.currentSrc)?.[1] ?? 0);
    if (audio.duration < wanted + LEAST_SECONDS) takeWhole();
  }, { signal });
  audio.addEventListener("error", () => {
    if (!takeWhole()) now.textContent = player.dataset.failed ?? "";
  }, { signal });
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
