/**
 * What travels on the two sockets; the browser's side of `schemas/wire.py`.
 */

import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";

const SYNC = 0;
const AWARENESS = 1;
const AUTH = 2;
const REFUSED = 120;
const SAVED = 121;
const INCARNATION = 122;
const INTERIM = 123;
const STUDY_EVENT = 124;
const HEALTH = 125;
const CROWD = 126;

export const STEP1 = 0;
export const STEP2 = 1;
export const UPDATE = 2;

export const CLOSE_PROTOCOL = 4400;
export const CLOSE_UNAUTHENTICATED = 4401;
export const CLOSE_FORBIDDEN = 4403;
export const CLOSE_GENERATION = 4410;
export const CLOSE_TOO_LARGE = 4413;

export const SAMPLE_RATE = 16_000;
export const MAX_FRAME_SAMPLES = 16_000;
export const FLAG_MUTED = 1;
export const FLAG_END = 2;
export const AUDIO_HEADER_BYTES = 32;

/** An update that changes nothing. */
export const EMPTY_UPDATE = Uint8Array.of(0, 0);

/** @typedef {{counter: number, code: string, detail: string}} Refusal */
/** @typedef {{incarnation: string, generation: string | number, client: number}} Incarnation */
/**
 * @typedef {{track: string, first: number, stable: string, tail: string, speaker: string,
 *   unit: string | null, presumed: boolean}} Interim
 */
/** @typedef {{kind: string} & Record<string, unknown>} StudyEvent */
/**
 * minutes: of sound that the disk still holds, while it is low.
 * @typedef {{log: "ok" | "failing", ear: "off" | "loading" | "ready" | "behind" | "relieved", lag: number,
 *   disk: "ok" | "low" | "full", minutes: number}} Health
 */
/** lines: how many look at each, for who leads. @typedef {{people: number, lines?: Record<string, number>}} Crowd */
/**
 * @typedef {{type: "sync", kind: number, payload: Uint8Array}
 *   | {type: "awareness", payload: Uint8Array}
 *   | {type: "denied", reason: string}
 *   | {type: "refused", refusal: Refusal}
 *   | {type: "saved", counter: number}
 *   | {type: "incarnation", incarnation: Incarnation}
 *   | {type: "interim", interim: Interim}
 *   | {type: "event", event: StudyEvent}
 *   | {type: "health", health: Health}
 *   | {type: "crowd", crowd: Crowd}
 *   | {type: "unknown", number: number}} Message
 */

/**
 * One sync message.
 *
 * @param {number} kind STEP1 with a state vector; STEP2 or UPDATE with an update
 * @param {Uint8Array} payload
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encodeSync(kind, payload) {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, SYNC);
  encoding.writeVarUint(encoder, kind);
  encoding.writeVarUint8Array(encoder, payload);
  return encoding.toUint8Array(encoder);
}

/**
 * @param {Uint8Array} update of y-protocols awareness
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encodeAwareness(update) {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, AWARENESS);
  encoding.writeVarUint8Array(encoder, update);
  return encoding.toUint8Array(encoder);
}

/**
 * Reads one message of the session's socket. Throws what lib0 throws if it is cut.
 *
 * @param {Uint8Array} message
 * @returns {Message}
 */
export function decode(message) {
  const decoder = decoding.createDecoder(message);
  const number = decoding.readVarUint(decoder);
  const json = () => JSON.parse(decoding.readVarString(decoder));
  switch (number) {
    case SYNC:
      return {
        type: "sync",
        kind: decoding.readVarUint(decoder),
        payload: decoding.readVarUint8Array(decoder),
      };
    case AWARENESS:
      return { type: "awareness", payload: decoding.readVarUint8Array(decoder) };
    case AUTH:
      decoding.readVarUint(decoder);
      return { type: "denied", reason: decoding.readVarString(decoder) };
    case REFUSED:
      return { type: "refused", refusal: json() };
    case SAVED:
      return { type: "saved", counter: decoding.readVarUint(decoder) };
    case INCARNATION:
      return { type: "incarnation", incarnation: json() };
    case INTERIM:
      return { type: "interim", interim: json() };
    case STUDY_EVENT:
      return { type: "event", event: json() };
    case HEALTH:
      return { type: "health", health: json() };
    case CROWD:
      return { type: "crowd", crowd: json() };
    default:
      return { type: "unknown", number };
  }
}

/**
 * @typedef {object} AudioFrame
 * @property {number} seq
 * @property {number} firstSample
 * @property {number} nSamples
 * @property {number} captureMs milliseconds since 1970
 * @property {number} flags
 * @property {Int16Array} pcm 16 kHz mono; empty where the frame is muted
 */

/**
 * One packet of a track, laid out as `schemas.wire.AudioFrame` says.
 *
 * @param {AudioFrame} frame
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encodeAudio(frame) {
  const message = new Uint8Array(AUDIO_HEADER_BYTES + 2 * frame.pcm.length);
  const view = new DataView(message.buffer);
  view.setUint8(0, 1); // version
  view.setUint8(1, 1); // codec: PCM16
  view.setUint16(2, frame.flags, true);
  view.setUint32(4, frame.nSamples, true);
  setUint64(view, 8, frame.seq);
  setUint64(view, 16, frame.firstSample);
  setUint64(view, 24, frame.captureMs);
  frame.pcm.forEach((sample, n) => view.setInt16(AUDIO_HEADER_BYTES + 2 * n, sample, true));
  return message;
}

/**
 * In two halves: `setBigUint64` is younger than Safari 14.
 *
 * @param {DataView} view
 * @param {number} offset
 * @param {number} value a safe integer
 */
function setUint64(view, offset, value) {
  view.setUint32(offset, value % 0x1_0000_0000, true);
  view.setUint32(offset + 4, Math.floor(value / 0x1_0000_0000), true);
}
