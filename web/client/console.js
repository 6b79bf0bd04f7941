/**
 * The moderator's console: open and close the session, play the recording, connect a microphone.
 * Nothing opens over the page: closing for good asks in place.
 */

import { html, nothing, render } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { meterOf } from "./sound-level.js";

/**
 * @typedef {object} ConsolePorts
 * @property {import("./messages.js").Say} say
 * @property {() => import("./rights.js").Rights} rights
 * @property {() => string} state of the session
 * @property {string | null} recording label of the bundled recording
 * @property {import("./notes.js").Send} send
 * @property {string} session
 * @property {Microphone} microphone
 * @property {() => import("./discretion.js").Discretion} discretion
 */

/**
 * @typedef {object} Microphone
 * @property {boolean} isPossible
 * @property {() => "off" | "starting" | "live" | "offline" | "held"} state
 * @property {() => "" | "silent" | "clipping"} warning
 * @property {(either: boolean) => Promise<void>} start either: both languages are spoken; rejects with an Error whose message says why
 * @property {() => void} stop
 * @property {(held: boolean) => void} hold off the record: silences the device
 * @property {(fn: () => void) => void} onState
 * @property {(fn: (level: number) => void) => void} onLevel 0..1
 */

/**
 * @param {HTMLElement} place
 * @param {ConsolePorts} ports
 * @returns {() => void} draws it again
 */
export function showConsole(place, ports) {
  const { say, send, session, microphone } = ports;
  let isAsking = false;
  let isEither = false;
  let awaited = ""; // a state that was asked for here
  let problem = "";

  /**
   * @param {string} what
   * @param {Record<string, unknown>} body
   */
  const command = async (what, body) => {
    const { ok, message } = await send(`/api/sessions/${session}/${what}`, body);
    problem = ok ? "" : message;
    isAsking = false;
    if (!ok) awaited = "";
    draw();
  };
  /** @param {"live" | "closed"} state */
  const turn = (state) => {
    awaited = state;
    void command("state", { state });
  };
  const startMicrophone = async () => {
    try {
      await microphone.start(isEither);
      problem = "";
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      problem = say("mic_failed", { reason: error.message });
    }
    draw();
  };

  const draw = () => {
    const can = ports.rights();
    const state = ports.state();
    render(
      html`${can.keepOff ? recordView(ports.discretion().isOff) : nothing}
        ${can.moderate && ports.recording && state === "live" ? playbackView(ports.recording) : nothing}
        ${can.speak && ports.discretion().audio !== "none" ? microphoneView() : nothing}
        ${can.moderate ? sessionView(state) : nothing}
        ${can.moderate ? screenView(ports.discretion()) : nothing}
        <p class="problem" role="status">${problem}</p>`,
      place,
    );
    if (state !== awaited) return;
    awaited = ""; // the button is gone; what comes next begins a session, or follows it
    if (document.activeElement === document.body) /** @type {HTMLElement | null} */ (place.querySelector(".mic-start, .after a, button"))?.focus();
  };

  /** @param {string} state */
  const sessionView = (state) => {
    if (state === "prepared") {
      return html`${audioView(ports.discretion().audio)}<button type="button" class="main" @click=${() => turn("live")}>
        ${say("open_session")}
      </button>`;
    }
    if (state !== "live") return html`${afterView()}${ports.discretion().audio === "deleted" ? proofView() : nothing}`;
    return html`<div class="row closing">
      <button type="button" aria-expanded=${String(isAsking)} @click=${ask}>${say("close_session")}</button>
      ${isAsking
        ? html`<span>${say("close_really")}</span>
            <button type="button" class="danger" @click=${() => turn("closed")}>
              ${say("close_yes")}</button
            ><button type="button" class="quiet" @click=${ask}>${say("cancel")}</button>`
        : html`<a href="/sessions/${session}/readback" target="_blank" rel="noopener">${say("readback")}</a>`}
    </div>`;
  };
  const ask = () => {
    isAsking = !isAsking;
    draw();
    /** @type {HTMLElement | null} */ (place.querySelector(".closing button"))?.focus(); // *Cancel* has gone
  };
  const afterView = () => html`<nav class="after" aria-label=${say("after")}>
    <a class="button main" href="/sessions/${session}/returns">${say("after_returns")}</a>
    <a class="button" href="/sessions/${session}/minutes">${say("after_minutes")}</a>
  </nav>`;

  /** @param {boolean} isOff */
  const recordView = (isOff) => html`<button type="button" class="off-record ${isOff ? "main" : ""}"
    aria-pressed=${String(isOff)} @click=${() => void command("record", { off: !isOff })}>
    ${say(isOff ? "record_on" : "record_off")}
  </button>`;

  /** @param {string} audio */
  const audioView = (audio) => html`<label class="choice"><span>${say("audio_about")}</span>
    <select @change=${(/** @type {Event} */ event) => {
      void command("audio", { audio: /** @type {HTMLSelectElement} */ (event.target).value });
    }}>
      ${["kept", "deleted", "none"].map(
        (one) => html`<option value=${one} .selected=${live(one === audio)}>${say(`audio_${one}`)}</option>`,
      )}
    </select></label>`;

  const proofView = () => html`<div class="row closing">
    <button type="button" aria-expanded=${String(isAsking)} @click=${ask}>${say("proofed")}</button>
    ${isAsking
      ? html`<span>${say("proofed_really")}</span>
          <button type="button" class="danger" @click=${() => void command("proofed", {})}>
            ${say("proofed_yes")}</button
          ><button type="button" class="quiet" @click=${ask}>${say("cancel")}</button>`
      : nothing}
  </div>`;

  /** @param {import("./discretion.js").Discretion} discretion */
  const screenView = ({ screen }) => {
    /** @param {Partial<typeof screen>} change */
    const show = (change) => void command("screen", { ...screen, ...change });
    const delays = [0, 20, 60, null];
    return html`<div class="choice" role="group" aria-label=${say("screen_about")}>
      <label><span>${say("screen_about")}</span>
        <select @change=${(/** @type {Event} */ event) => {
          const { value } = /** @type {HTMLSelectElement} */ (event.target);
          show({ delay: value === "" ? null : Number(value) });
        }}>
          ${delays.map((delay) => {
            const sentence = delay === null ? say("screen_never") : say("screen_after", { n: delay });
            return html`<option value=${delay ?? ""} .selected=${live(delay === screen.delay)}>${sentence}</option>`;
          })}
        </select></label>
      <button type="button" aria-pressed=${String(screen.blank)} @click=${() => show({ blank: !screen.blank })}>
        ${say(screen.blank ? "screen_show" : "screen_pause")}
      </button>
    </div>`;
  };

  /** @param {string} label */
  const playbackView = (label) => {
    /** @param {number} speed */
    const play = (speed) => () => void command("playback", { speed });
    return html`<div class="playback" role="group" aria-label=${say("play_group")}>
      <p class="line-unit">${label}</p>
      <div class="row">
        <button type="button" @click=${play(1)}>${say("play")}</button>
        <button type="button" aria-label=${say("play_fast")} @click=${play(4)}>4×</button>
        <button type="button" @click=${play(0)}>${say("play_stop")}</button>
      </div>
    </div>`;
  };

  const microphoneView = () => {
    if (!microphone.isPossible) return html`<p class="line-unit">${say("mic_insecure")}</p>`;
    const state = microphone.state();
    if (state === "off") {
      return html`<button type="button" class="mic-start" @click=${() => void startMicrophone()}>${say("mic_start")}</button>
        <label class="check"><input type="checkbox" .checked=${isEither}
          @change=${(/** @type {Event} */ { target }) => (isEither = /** @type {HTMLInputElement} */ (target).checked)}>
          <span>${say("mic_either")}</span></label>
        <a href="/sessions/${session}/sound">${say("sound_check")}</a>`;
    }
    return html`<div class="microphone">
      <button type="button" @click=${() => microphone.stop()}>${say("mic_stop")}</button>
      <label><span>${say(state === "live" ? "mic_live" : `mic_${state}`)}</span>
        <meter min="0" max="1" high="0.9" aria-label=${say("mic_level")}></meter></label>
      <p class="problem" role="status">${microphone.warning() && state === "live" ? say(`sound_${microphone.warning()}`) : ""}</p>
    </div>`;
  };

  microphone.onState(draw);
  microphone.onLevel((level) => {
    const meter = place.querySelector("meter");
    if (meter) meter.value = meterOf(level);
  });
  draw();
  return draw;
}
