/**
 * The microphone to the server: permission, audio thread, uplink, and one thing to watch.
 *
 * What goes wrong before the first frame throws a CaptureError whose code the page has a sentence for;
 * what goes wrong later is in the state. While the audio thread was held up (a call on a phone, a
 * sleeping laptop) no samples come: the gap is sent as declared silence, so that the track's clock
 * stays that of the room.
 */

import { environmentOf } from "./environment.js";
import { request } from "./http.js";
import { newId } from "./ids.js";
import { signal } from "./signal.js";
import { watchLevel } from "./sound-level.js";
import { Uplink } from "./uplink.js";
import { FLAG_MUTED, MAX_FRAME_SAMPLES, SAMPLE_RATE } from "./wire.js";

/**
 * Codes: capture.insecure (HTTPS or localhost is needed), capture.unsupported, capture.denied,
 * capture.no_device, capture.busy, capture.failed; or the code of the server's answer, with its
 * message.
 */
export class CaptureError extends Error {
  /**
   * @param {string} code
   * @param {string} [message]
   */
  constructor(code, message = "") {
    super(message || code);
    this.name = "CaptureError";
    this.code = code;
    this.sentence = message;
  }
}

/**
 * level: 0..1, of the last 100 ms. warning: heard for a while. seconds: recorded so far. held: off the record. problem: "", or
 * capture.lost when the device went away.
 * @typedef {{level: number, seconds: number, muted: boolean, held: boolean, problem: string,
 *   warning: import("./sound-level.js").Warning} &
 *   import("./uplink.js").UplinkState} CaptureState
 */
/** @typedef {Awaited<ReturnType<typeof capture>>} Capture */

/**
 * Opens the microphone and a track for it. Must be called from a click: browsers hold audio back
 * otherwise.
 *
 * @param {import("./boot.js").Login} boot
 * @param {import("./vault.js").Vault} vault the one given to `connect`, which unlocks it
 * @param {{language: string, either?: boolean, room: boolean, workletUrl?: string}} options either:
 *   Chinese and English are both spoken into it; room: a microphone for the
 *   whole table, left unprocessed; else a headset or laptop, with echo cancellation
 * @param {import("./environment.js").Environment} [environment]
 */
export async function capture(boot, vault, options, environment = environmentOf(window)) {
  const stream = await openMicrophone(options.room);
  const [device] = stream.getAudioTracks();
  const context = new AudioContext();
  try {
    const url = options.workletUrl ?? new URL(WORKLET_FILE, import.meta.url).href;
    await context.audioWorklet.addModule(url);
    const { track, ticket } = await openTrack(boot, options, environment);
    await hold(track);
    const uplink = new Uplink(boot, track, vault, ticket, environment);
    return record(track, uplink, context, stream, /** @type {MediaStreamTrack} */ (device));
  } catch (error) {
    device?.stop();
    void context.close();
    throw error;
  }
}

/**
 * Sends what an earlier tab recorded and could not send, and ends those tracks. A track that another
 * tab is still recording is that tab's.
 *
 * @param {import("./boot.js").Login} boot
 * @param {import("./vault.js").Vault} vault
 * @param {import("./environment.js").Environment} [environment]
 * @returns {Promise<Uplink[]>} those with something to send
 */
export async function recover(boot, vault, environment = environmentOf(window)) {
  const prefix = `audio:${boot.me.id}:`;
  const found = [];
  for (const box of await vault.boxes(prefix)) {
    const track = box.slice(prefix.length);
    const letGo = await hold(track);
    if (letGo === null) continue;
    const uplink = new Uplink(boot, track, vault, null, environment);
    uplink.onState(({ ended }) => ended && letGo());
    if (await uplink.recover()) found.push(uplink);
    else letGo();
  }
  return found;
}

/**
 * Makes the track this tab's, until the tab is closed or lets go. Null where another tab has it.
 *
 * @param {string} track
 * @returns {Promise<(() => void) | null>}
 */
export function hold(track) {
  if (!("locks" in navigator)) return Promise.resolve(() => {}); // Safari before 15.4
  return new Promise((resolve) => {
    void navigator.locks.request(`colloquy-audio-${track}`, { ifAvailable: true }, (lock) => {
      if (lock === null) return resolve(null);
      return new Promise((letGo) => resolve(() => letGo(undefined)));
    });
  });
}

/**
 * @param {string} track
 * @param {Uplink} uplink
 * @param {AudioContext} context
 * @param {MediaStream} stream
 * @param {MediaStreamTrack} device
 */
function record(track, uplink, context, stream, device) {
  const node = new AudioWorkletNode(context, "colloquy-capture", { numberOfOutputs: 0 });
  const source = context.createMediaStreamSource(stream);
  /** @type {ReturnType<typeof signal<CaptureState>>} */
  const changed = signal();
  /** @type {Pick<CaptureState, "level" | "seconds" | "muted" | "held" | "problem" | "warning">} */
  let own = { level: 0, seconds: 0, muted: false, held: false, problem: "", warning: "" };
  const watch = watchLevel();
  const state = () => Object.freeze({ ...uplink.state, ...own });
  const tell = (/** @type {Partial<typeof own>} */ fields) => {
    own = { ...own, ...fields };
    changed.emit(state());
  };
  node.port.onmessage = ({ data }) => {
    if (data.end) return finish();
    const { pcm, level } = data;
    const silent = own.muted || own.held;
    if (silent) uplink.push({ pcm: NOTHING, nSamples: pcm.length, flags: FLAG_MUTED });
    else uplink.push({ pcm });
    const seconds = pcm.length / SAMPLE_RATE;
    const warning = silent ? "" : watch(pcm, level, seconds);
    tell({ level: silent ? 0 : level, seconds: own.seconds + seconds, warning });
  };
  const finish = () => {
    uplink.end();
    stopGaps();
    source.disconnect();
    device.stop();
    void context.close();
  };
  const stopGaps = fillGaps(context, (seconds) => {
    for (const nSamples of silences(seconds)) uplink.push({ pcm: NOTHING, nSamples, flags: FLAG_MUTED });
    tell({ seconds: own.seconds + seconds });
  });
  device.onended = () => {
    tell({ problem: "capture.lost" });
    node.port.postMessage("end");
  };
  uplink.onState(() => changed.emit(state()));
  source.connect(node);
  uplink.start();
  return {
    track,
    state,
    onState: changed.on,
    /** Sends declared silence instead of sound. */
    mute: (/** @type {boolean} */ muted) => tell({ muted }),
    /** Off the record: the device itself is silenced, and nothing of it is sent. */
    hold: (/** @type {boolean} */ held) => {
      device.enabled = !held;
      tell({ held });
    },
    /** Ends the track; what is not yet sent goes on being sent. */
    stop: () => node.port.postMessage("end"),
  };
}

const NOTHING = new Int16Array(0);

/**
 * @param {boolean} room
 * @returns {Promise<MediaStream>}
 */
async function openMicrophone(room) {
  if (!globalThis.isSecureContext) throw new CaptureError("capture.insecure");
  if (!navigator.mediaDevices || typeof AudioWorkletNode === "undefined") {
    throw new CaptureError("capture.unsupported");
  }
  const processed = !room;
  const audio = {
    channelCount: 1,
    echoCancellation: processed,
    noiseSuppression: processed,
    autoGainControl: processed,
  };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "";
    throw new CaptureError(REASONS[name] ?? "capture.failed");
  }
}

/** What `getUserMedia` names its failures. @type {Record<string, string>} */
const REASONS = {
  NotAllowedError: "capture.denied",
  SecurityError: "capture.denied",
  NotFoundError: "capture.no_device",
  OverconstrainedError: "capture.no_device",
  NotReadableError: "capture.busy",
};

/**
 * @param {import("./boot.js").Login} boot
 * @param {{language: string, either?: boolean, room: boolean}} options
 * @param {import("./environment.js").Environment} environment
 * @returns {Promise<{track: string, ticket: string}>}
 */
async function openTrack(boot, { language, either = false, room }, environment) {
  const path = `/api/sessions/${boot.session.id}/tracks`;
  const body = { key: newId(), language, either, room };
  const answer = await request("POST", path, boot.token, body, environment.fetch);
  if (answer.kind === "ok") return answer.body;
  if (answer.kind === "refused") throw new CaptureError(answer.code, answer.message);
  throw new CaptureError("network");
}

/**
 * Reports how long the audio thread stood still, each time it goes on.
 *
 * @param {AudioContext} context
 * @param {(seconds: number) => void} filled
 * @returns {() => void} stops
 */
function fillGaps(context, filled) {
  let since = 0;
  context.onstatechange = () => {
    if (context.state !== "running") since ||= performance.now();
    else if (since > 0) {
      filled((performance.now() - since) / 1000);
      since = 0;
    }
  };
  return () => {
    context.onstatechange = null;
  };
}

/**
 * `seconds` of silence as frames of at most the length that one may have.
 *
 * @param {number} seconds
 * @returns {number[]} samples of each
 */
export function silences(seconds) {
  const samples = Math.round(seconds * SAMPLE_RATE);
  const whole = Array(Math.floor(samples / MAX_FRAME_SAMPLES)).fill(MAX_FRAME_SAMPLES);
  const rest = samples % MAX_FRAME_SAMPLES;
  return rest > 0 ? [...whole, rest] : whole;
}
