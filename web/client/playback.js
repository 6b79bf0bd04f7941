/**
 * Plays the sound of a line: from a breath before it to its end. Pressed again, it stops.
 */

const LEAD_IN_SECONDS = 1;

/** @returns {(line: import("./document.js").Line) => boolean} false where there is no sound */
export function player() {
  const audio = new Audio();
  let playing = "";
  let end = 0;
  audio.addEventListener("timeupdate", () => {
    if (audio.currentTime > end) audio.pause();
  });
  return (line) => {
    if (!line.track || line.start === null || line.end === null) return false;
    const isSame = playing === line.id && !audio.paused;
    audio.pause();
    if (isSame) return true;
    const start = Math.max(0, line.start - LEAD_IN_SECONDS);
    playing = line.id;
    end = line.end;
    audio.src = `/tracks/${line.track}/audio.wav#t=${start.toFixed(1)}`;
    void audio.play();
    return true;
  };
}
