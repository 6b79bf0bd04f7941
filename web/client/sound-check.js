/**
 * Entry of the pre-flight page: what the browser can do, the microphone's level, the reading test.
 */

import { html, nothing, render } from "lit-html";
import { sayer } from "./messages.js";
import { element } from "./page.js";
import { meterOf, watchLevel } from "./sound-level.js";
import { SAMPLE_RATE } from "./wire.js";

/**
 * @typedef {{token: string, path: string, messages: Record<string, string>, most: number,
 *   ear: string}} Boot
 */
/**
 * @typedef {{heard: string, errors: number, level: number, noise: number, clipped: number,
 *   delay: number, advice: string[]}} Result
 */

/** @type {Boot} */
const boot = JSON.parse(element("boot").textContent ?? "");
const say = sayer(boot.messages);
/** @type {Int16Array[]} */
let frames = [];
let isReading = false;
let level = 0;
/** @type {import("./sound-level.js").Warning} */
let warning = "";
let isOpen = false;
let told = "";
/** @type {Result | null} */
let result = null;

/** What this browser can do; the first that is missing is what must be mended. */
const CHECKS = [
  ["check_secure", "check_secure_bad", globalThis.isSecureContext],
  ["check_microphone", "check_microphone_bad", Boolean(navigator.mediaDevices?.getUserMedia)],
  ["check_worklet", "check_worklet_bad", typeof AudioWorkletNode !== "undefined"],
  ["check_playback", "check_playback_bad", new Audio().canPlayType("audio/wav") !== ""],
  ["check_socket", "check_socket_bad", typeof WebSocket !== "undefined"],
  ["check_ear", "check_ear_bad", boot.ear !== "off"],
];
const REASONS = /** @type {Readonly<Record<string, string>>} */ ({
  NotAllowedError: "mic_denied",
  SecurityError: "mic_denied",
  NotFoundError: "mic_no_device",
  NotReadableError: "mic_busy",
});

async function openMicrophone() {
  try {
    const audio = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    const stream = await navigator.mediaDevices.getUserMedia({ audio });
    const context = new AudioContext();
    await context.audioWorklet.addModule(new URL(WORKLET_FILE, import.meta.url).href);
    const node = new AudioWorkletNode(context, "colloquy-capture", { numberOfOutputs: 0 });
    const watch = watchLevel();
    node.port.onmessage = ({ data }) => {
      level = data.level;
      warning = watch(data.pcm, data.level, data.pcm.length / SAMPLE_RATE);
      if (isReading) frames.push(data.pcm);
      if (isReading && frames.length * 0.1 >= boot.most) void finish();
      draw();
    };
    context.createMediaStreamSource(stream).connect(node);
    isOpen = true;
    told = "";
  } catch (error) {
    const reason = error instanceof DOMException ? REASONS[error.name] : undefined;
    told = say("mic_failed", { reason: reason ? say(reason) : String(error) });
  }
  draw();
  keepFocus();
}

/** Whoever pressed a button that is gone stands at the one that comes next. */
function keepFocus() {
  if (document.activeElement !== document.body) return;
  /** @type {HTMLElement | null} */ (document.querySelector("#reading button:enabled"))?.focus();
}

function begin() {
  frames = [];
  result = null;
  told = "";
  isReading = true;
  draw();
  keepFocus();
}

async function finish() {
  isReading = false;
  told = say("reading_waiting");
  draw();
  keepFocus();
  const headers = { "X-Colloquy-Token": boot.token, Accept: "application/json" };
  const body = new Blob(/** @type {BlobPart[]} */ (frames));
  const answer = await fetch(boot.path, { method: "POST", headers, body }).catch(() => null); // away
  const found = await answer?.json().catch(() => null); // a proxy's page
  result = answer?.ok ? found : null;
  told = answer ? (answer.ok ? "" : (found?.message ?? String(answer.status))) : say("away");
  draw();
  if (result) element("reading-result").focus();
}

const checks = () => html`<ul class="sound-checks">${CHECKS.map(
  ([name, advice, isGood]) => html`<li class=${isGood ? "is-good" : "is-bad"}>
    <b>${say(isGood ? "check_good" : "check_bad")}</b> ${say(String(name))}
    ${isGood ? nothing : html`<span class="hint">${say(String(advice))}</span>`}</li>`,
)}</ul>`;

const microphone = () =>
  isOpen
    ? html`<label class="sound-meter"><span>${say("mic_level")}</span>
        <meter min="0" max="1" low="0.3" high="0.9" optimum="0.6" .value=${meterOf(level)}></meter></label>
      <p class="problem" role="status">${warning ? say(`sound_${warning}`) : ""}</p>`
    : html`<button type="button" class="main" @click=${() => void openMicrophone()}>${say("sound_try")}</button>`;

const reading = () => html`<div class="row">${isReading
  ? html`<button type="button" class="main" @click=${() => void finish()}>${say("reading_done")}</button>
      <span>${say("reading_now", { n: Math.round(frames.length / 10) })}</span>`
  : html`<button type="button" class=${isOpen ? "main" : ""} ?disabled=${!isOpen} @click=${begin}>${say("reading_begin")}</button>`}</div>`;

/** @param {Result} found */
const figures = ({ heard, errors, level: loud, noise, delay, advice }) => html`<h2>${say("reading_result")}</h2>
  <ul class="reading-advice">${advice.map((one) => html`<li>${one}</li>`)}</ul>
  <dl class="reading-figures">
    <div><dt>${say("reading_errors")}</dt><dd>${Math.round(100 * errors)} %</dd></div>
    <div><dt>${say("reading_level")}</dt><dd>${Math.round(loud)} dB</dd></div>
    <div><dt>${say("reading_noise")}</dt><dd>${Math.round(noise)} dB</dd></div>
    <div><dt>${say("reading_delay")}</dt><dd>${delay.toFixed(1)} s</dd></div>
  </dl>
  <p class="hint">${say("reading_heard")}</p><blockquote lang=${element("paragraph").lang}>${heard || "—"}</blockquote>`;

function draw() {
  render(microphone(), element("microphone"));
  render(reading(), element("reading"));
  element("sound-told").textContent = told;
  render(result ? figures(result) : nothing, element("reading-result"));
}

render(checks(), element("checks"));
draw();
