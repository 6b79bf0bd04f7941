/**
 * The stenographer's player: one key plays and stops; it goes on two seconds earlier.
 */

const BACK_SECONDS = 2;

/** @typedef {Pick<import("./document.js").Line, "track" | "start" | "end">} Sounding */

export class StenoPlayer {
  /** @param {HTMLAudioElement} audio */
  constructor(audio) {
    this.audio = audio;
    this.track = "";
    this.at = 0;
    this.line = "";
  }

  /**
   * Plays the line, or goes on where it stopped; stops if it plays.
   *
   * @param {string} id of what is being worked on
   * @param {Sounding | null} line where to begin, if it is another one than last time
   * @returns {boolean} false where there is no sound
   */
  toggle(id, line) {
    if (!this.audio.paused) {
      this.at = this.audio.currentTime;
      this.audio.pause();
      return true;
    }
    if (line?.track && line.start !== null && id !== this.line) {
      this.track = line.track;
      this.at = line.start + BACK_SECONDS;
    }
    if (!this.track) return false;
    this.line = id;
    const from = Math.max(0, this.at - BACK_SECONDS);
    this.audio.src = `/tracks/${this.track}/audio.wav#t=${from.toFixed(2)}`; // anew: it may have grown
    void this.audio.play();
    return true;
  }
}
