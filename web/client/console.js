/**
 * The moderator's console: open and close the session, play the recording, connect a microphone.
 * Nothing opens over the page: closing for good asks in place.
 */

import { html, nothing, render } from "lit-html";

/**
 * @typedef {object} ConsolePorts
 * @property {import("./messages.js").Say} say
 * @property {() => import("./rights.js").Rights} rights
 * @property {() => string} state of the session
 * @property {string | null} recording label of the bundled recording
 * @property {import("./notes.js").Send} send
 * @property {string} session
 * @property {Microphone} microphone
 */

/**
 * @typedef {object} Microphone
 * @property {boolean} isPossible
 * @property {() => "off" | "starting" | "live" | "offline"} state
 * @property {() => Promise<void>} start rejects with an Error whose message says why
 * @property {() => void} stop
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
  let problem = "";

  /**
   * @param {string} what
   * @param {Record<string, unknown>} body
   */
  const command = async (what, body) => {
    const { ok, message } = await send(`/api/sessions/${session}/${what}`, body);
    problem = ok ? "" : message;
    isAsking = false;
    draw();
  };
  const startMicrophone = async () => {
    try {
      await microphone.start();
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
      html`${can.moderate && ports.recording && state === "live" ? playbackView(ports.recording) : nothing}
        ${can.speak ? microphoneView() : nothing}
        ${can.moderate ? sessionView(state) : nothing}
        <p class="problem" role="status">${problem}</p>`,
      place,
    );
  };

  /** @param {string} state */
  const sessionView = (state) => {
    if (state === "prepared") {
      return html`<button type="button" class="main" @click=${() => void command("state", { state: "live" })}>
        ${say("open_session")}
      </button>`;
    }
    if (state !== "live") return nothing;
    return html`<div class="row closing">
      <button type="button" aria-expanded=${String(isAsking)} @click=${ask}>${say("close_session")}</button>
      ${isAsking
        ? html`<span>${say("close_really")}</span>
            <button type="button" class="danger" @click=${() => void command("state", { state: "closed" })}>
              ${say("close_yes")}</button
            ><button type="button" class="quiet" @click=${ask}>${say("cancel")}</button>`
        : nothing}
    </div>`;
  };
  const ask = () => {
    isAsking = !isAsking;
    draw();
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
      return html`<button type="button" @click=${() => void startMicrophone()}>${say("mic_start")}</button>`;
    }
    return html`<div class="microphone">
      <button type="button" @click=${() => microphone.stop()}>${say("mic_stop")}</button>
      <label><span>${say(state === "live" ? "mic_live" : `mic_${state}`)}</span>
        <meter min="0" max="1" high="0.9" aria-label=${say("mic_level")}></meter></label>
    </div>`;
  };

  microphone.onState(draw);
  microphone.onLevel((level) => {
    const meter = place.querySelector("meter");
    if (meter) meter.value = level;
  });
  draw();
  return draw;
}
