/**
 * One track's frames to the server, each kept until the server has it on disk.
 *
 * Unacknowledged frames are in memory, and in the vault as well while the connection is broken or
 * acknowledgements are late, so that a reload of the tab does not lose them. The limit is 30
 * minutes; beyond it the oldest go, and `lost` counts them: the server sees the gap by the sample
 * positions. After a cut the server says what it wants next, and the rest follows as fast as the
 * network takes it.
 */

import { environmentOf } from "./environment.js";
import { request } from "./http.js";
import { Link } from "./link.js";
import { signal } from "./signal.js";
import { FLAG_END, SAMPLE_RATE, encodeAudio } from "./wire.js";

/** @typedef {import("./wire.js").AudioFrame} AudioFrame */
/**
 * waiting, lost: seconds of audio that the server has not on disk, and never will have.
 * @typedef {{link: "connecting" | "live" | "offline", waiting: number, lost: number,
 *   reason: string, ended: boolean}} UplinkState
 */
/**
 * @typedef {object} Kept
 * @property {number} seq
 * @property {number} firstSample
 * @property {number} nSamples
 * @property {number} flags
 * @property {Uint8Array<ArrayBuffer>} message
 * @property {Promise<number | null> | null} stored id in the vault
 */

const MOST_SAMPLES = 30 * 60 * SAMPLE_RATE;
const STORE_AFTER_SAMPLES = 2 * SAMPLE_RATE; // four acknowledgements late
const HIGH_WATER_BYTES = 256 * 1024;
const CLOSE_NORMAL = 1000;

export class Uplink {
  /**
   * @param {{me: {id: string}, token: string}} boot
   * @param {string} track
   * @param {import("./vault.js").Vault} vault
   * @param {string | null} [ticket] the one that came with the track
   * @param {import("./environment.js").Environment} [environment]
   */
  constructor(boot, track, vault, ticket = null, environment = environmentOf(window)) {
    this._boot = boot;
    this._track = track;
    this._vault = vault;
    this._ticket = ticket;
    this._environment = environment;
    this._box = `audio:${boot.me.id}:${track}`;
    /** Oldest first. @type {Kept[]} */
    this._frames = [];
    this._samples = 0;
    /** Index of the first frame not given to this socket. */
    this._next = 0;
    this._nextSample = 0;
    this._nextSeq = 0;
    this._lost = 0;
    this._resumed = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._pump = undefined;
    /** @type {UplinkState} */
    this.state = { link: "connecting", waiting: 0, lost: 0, reason: "", ended: false };
    /** @type {ReturnType<typeof signal<UplinkState>>} */
    this._changed = signal();
    this.onState = this._changed.on;
    this._link = new Link(
      {
        ticket: () => this._fetchTicket(),
        address: async (body) => this._address(body.ticket),
        onOpen: () => {},
        onMessage: (data) => this._receive(JSON.parse(String(data))),
        onClose: (code) => this._broken(code),
        onDenied: (answer) => this._denied(answer.code),
      },
      environment,
    );
  }

  start() {
    this._link.start();
  }

  /**
   * Takes the frames that the tab before could not send, and sends them.
   *
   * @returns {Promise<boolean>} whether there were any
   */
  async recover() {
    const { items } = await this._vault.read(this._box);
    for (const { id, tag, bytes } of items) {
      this._hold({ ...tag, message: bytes, stored: Promise.resolve(id) });
      this._nextSeq = tag.seq + 1;
      this._nextSample = tag.firstSample + tag.nSamples;
    }
    if (this._frames.length === 0) return false;
    if (this._frames.every((frame) => (frame.flags & FLAG_END) === 0)) this.end();
    this.start();
    return true;
  }

  /**
   * The next frame of the track; its place follows from those before it.
   *
   * @param {{pcm: Int16Array, nSamples?: number, flags?: number, captureMs?: number}} frame
   */
  push({ pcm, nSamples = pcm.length, flags = 0, captureMs = Date.now() }) {
    const seq = this._nextSeq;
    const firstSample = this._nextSample;
    this._nextSeq += 1;
    this._nextSample += nSamples;
    const message = encodeAudio({ seq, firstSample, nSamples, captureMs, flags, pcm });
    this._hold({ seq, firstSample, nSamples, flags, message, stored: null });
    if (!this._resumed || this._samples > STORE_AFTER_SAMPLES) this._store();
    this._send();
    this._tell({});
  }

  /** The last frame: no more audio will come. Resolves through `state.ended` once it is on disk. */
  end() {
    this.push({ pcm: new Int16Array(0), flags: FLAG_END });
  }

  /** Breaks off; what was not sent stays in the vault. */
  stop() {
    clearTimeout(this._pump);
    this._link.stop();
  }

  /** @private */
  async _fetchTicket() {
    if (this._ticket !== null) {
      const ticket = this._ticket;
      this._ticket = null;
      return /** @type {const} */ ({ kind: "ok", body: { ticket } });
    }
    const path = `/api/tracks/${this._track}/ticket`;
    const answer = await request("POST", path, this._boot.token, {}, this._environment.fetch);
    if (answer.kind === "away") this._tell({ link: "offline" });
    return answer;
  }

  /**
   * @private
   * @param {string} ticket
   */
  _address(ticket) {
    const origin = this._environment.origin.replace(/^http/, "ws");
    return `${origin}/ws/audio/${this._track}?ticket=${encodeURIComponent(ticket)}`;
  }

  /**
   * @private
   * @param {{type: "resume" | "ack", seq: number, sample: number}
   *   | {type: "refused", code: string}} message
   */
  _receive(message) {
    if (message.type === "refused") {
      this._denied(message.code);
      this.stop();
      return;
    }
    this._acknowledge(message.seq);
    if (message.type === "resume") {
      this._resumed = true;
      this._next = 0;
      this._link.settled();
      this._tell({ link: "live" });
      this._send();
    }
  }

  /**
   * Everything before frame `seq` is on the server's disk.
   *
   * @private
   * @param {number} seq
   */
  _acknowledge(seq) {
    const first = this._frames.findIndex((frame) => frame.seq >= seq);
    const gone = this._frames.splice(0, first < 0 ? this._frames.length : first);
    this._next = Math.max(0, this._next - gone.length);
    for (const frame of gone) this._forget(frame);
    if (gone.some((frame) => (frame.flags & FLAG_END) !== 0)) this._finish();
    else this._tell({});
  }

  /**
   * @private
   * @param {Kept} frame
   */
  _hold(frame) {
    this._frames.push(frame);
    this._samples += frame.nSamples;
    while (this._samples > MOST_SAMPLES) {
      const oldest = /** @type {Kept} */ (this._frames.shift());
      this._next = Math.max(0, this._next - 1);
      this._lost += oldest.nSamples;
      this._forget(oldest);
    }
  }

  /**
   * @private
   * @param {Kept} frame
   */
  _forget(frame) {
    this._samples -= frame.nSamples;
    void frame.stored?.then((id) => this._vault.drop([id]));
  }

  /** @private Puts what is not yet in the vault into it, oldest first. */
  _store() {
    let first = this._frames.length;
    while (this._frames[first - 1]?.stored === null) first -= 1;
    for (const frame of this._frames.slice(first)) {
      const { seq, firstSample, nSamples, flags, message } = frame;
      frame.stored = this._vault.keep(this._box, { seq, firstSample, nSamples, flags }, message);
    }
  }

  /** @private As much as the network takes; the rest soon. */
  _send() {
    if (!this._resumed) return;
    clearTimeout(this._pump);
    while (this._next < this._frames.length && this._link.buffered < HIGH_WATER_BYTES) {
      if (!this._link.send(/** @type {Kept} */ (this._frames[this._next]).message)) return;
      this._next += 1;
    }
    if (this._next < this._frames.length) this._pump = setTimeout(() => this._send(), 50);
  }

  /**
   * The server closes normally once it has taken the last frame, which has no samples to
   * acknowledge.
   *
   * @private
   * @param {number} code
   */
  _broken(code) {
    this._resumed = false;
    if (code === CLOSE_NORMAL && this._isOnlyEndLeft) this._finish();
    else this._tell({ link: "offline" });
  }

  /**
   * @private
   * @param {string} reason
   */
  _denied(reason) {
    if (this._isOnlyEndLeft) this._finish();
    else this._tell({ link: "offline", reason });
    return false;
  }

  /** @private */
  get _isOnlyEndLeft() {
    return this._frames.length === 1 && ((this._frames[0]?.flags ?? 0) & FLAG_END) !== 0;
  }

  /** @private All of the track is on the server's disk. */
  _finish() {
    for (const frame of this._frames.splice(0)) this._forget(frame);
    this._next = 0;
    this.stop();
    this._tell({ ended: true });
  }

  /**
   * @private
   * @param {Partial<UplinkState>} fields
   */
  _tell(fields) {
    const seconds = { waiting: this._samples / SAMPLE_RATE, lost: this._lost / SAMPLE_RATE };
    this.state = { ...this.state, ...seconds, ...fields };
    this._changed.emit(this.state);
  }
}
