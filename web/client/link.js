/**
 * One connection that lasts: a ticket, a websocket with it, and both again whenever it breaks, after
 * growing, jittered delays. Knows nothing of what is said on it.
 *
 * Silence: a browser cannot ping, and a cut cable does not close a socket. After `silence` ms without
 * a message `onSilence` asks for one; if none comes in as long again, the socket is given up.
 * Deadlines count from the question, so that a tab whose timers were put to sleep asks first. A reader
 * who comes back asks at once and waits less: a phone that slept has seldom kept its connection.
 */

import { delay, pause } from "./backoff.js";

/** @typedef {import("./http.js").Answer} Answer */
/** @typedef {import("./http.js").Refused} Refused */

/**
 * @typedef {object} Speaker what the link is used for
 * @property {() => Promise<Answer>} ticket fetches one
 * @property {(body: any) => Promise<string>} address of the socket, from the ticket's answer
 * @property {() => void} onOpen
 * @property {(data: ArrayBuffer | string) => void} onMessage
 * @property {(code: number) => void} onClose of a socket that had been opened, or -1 if it broke here
 * @property {(answer: Refused) => boolean} onDenied no ticket; whether to try again all the same
 * @property {() => void} [onSilence] sends something that must be answered
 */

const OPEN_MS = 10_000;
const SILENCE_MS = 15_000;
const BACK_MS = 5_000;

export class Link {
  /**
   * @param {Speaker} speaker
   * @param {import("./environment.js").Environment} environment
   */
  constructor(speaker, environment) {
    this._speaker = speaker;
    this._environment = environment;
    /** @type {WebSocket | null} */
    this._socket = null;
    this._failures = 0;
    this._atOnce = false;
    this._over = (/** @type {number} */ _code) => {};
    this._ask = () => {};
    this._stopped = false;
    this._running = false;
    this._wake = new AbortController();
    this._offReturn = environment.onReturn(() => this.retry());
  }

  /** Connects, and stays connected until `stop`. */
  start() {
    if (this._running || this._stopped) return;
    this._running = true;
    void this._run();
  }

  /**
   * @param {Uint8Array<ArrayBuffer>} message
   * @returns {boolean} whether there was a socket to give it to
   */
  send(message) {
    if (this._socket?.readyState !== 1) return false;
    this._socket.send(message);
    return true;
  }

  /** Bytes given to `send` and not yet on the network. */
  get buffered() {
    return this._socket?.bufferedAmount ?? 0;
  }

  /** The other side speaks: the next break is a first one. */
  settled() {
    this._failures = 0;
  }

  /** Breaks off and connects anew with a new ticket: at once, if this connection had settled. */
  again() {
    this._atOnce = this._failures === 0;
    this._over(-1);
  }

  /** Breaks off, and connects anew after the usual delay. */
  breakOff() {
    this._over(-1);
  }

  /** Does not wait any longer. */
  retry() {
    this._atOnce = this._socket === null;
    this._wake.abort();
    this._ask();
    this.start();
  }

  stop() {
    this._stopped = true;
    this._offReturn();
    this._wake.abort();
    this._over(-1);
  }

  /** @private */
  async _run() {
    while (!this._stopped) {
      const answer = await this._speaker.ticket();
      if (this._stopped) break;
      if (answer.kind === "refused" && !this._speaker.onDenied(answer)) break;
      if (answer.kind === "ok") {
        const address = await this._speaker.address(answer.body);
        if (!this._stopped) await this._connect(address);
      }
      await this._waitAfter(answer);
    }
    this._running = false;
  }

  /**
   * @private
   * @param {Answer} answer
   */
  async _waitAfter(answer) {
    if (this._atOnce || this._stopped) {
      this._atOnce = false;
      return;
    }
    this._failures += 1;
    this._wake = new AbortController();
    const least = answer.kind === "away" ? answer.retryAfter : 0;
    await pause(Math.max(least, delay(this._failures, this._environment.random)), this._wake.signal);
  }

  /**
   * One socket, from opening to closing.
   *
   * @private
   * @param {string} address
   * @returns {Promise<void>}
   */
  _connect(address) {
    return new Promise((resolve) => {
      const socket = new this._environment.WebSocket(address);
      socket.binaryType = "arraybuffer";
      this._socket = socket;
      let opened = false;
      const over = (/** @type {number} */ code) => {
        stopWatch();
        socket.onopen = socket.onmessage = socket.onclose = null;
        socket.close();
        this._socket = null;
        this._over = () => {};
        if (opened) this._speaker.onClose(code);
        resolve();
      };
      this._over = over;
      let stopWatch = watch(OPEN_MS, () => over(-1));
      socket.onopen = () => {
        opened = true;
        stopWatch();
        stopWatch = this._listen(socket, () => over(-1));
        this._speaker.onOpen();
      };
      socket.onclose = (event) => over(event.code);
    });
  }

  /**
   * Passes messages on and watches for silence.
   *
   * @private
   * @param {WebSocket} socket
   * @param {() => void} giveUp
   * @returns {() => void} stops watching
   */
  _listen(socket, giveUp) {
    let heard = Date.now();
    let asked = 0;
    let patience = SILENCE_MS;
    socket.onmessage = (event) => {
      heard = Date.now();
      asked = 0;
      this._speaker.onMessage(event.data);
    };
    const { onSilence } = this._speaker;
    if (onSilence === undefined) return () => {};
    const ask = (/** @type {number} */ wait) => {
      asked = Date.now();
      patience = wait;
      onSilence();
    };
    const timer = setInterval(() => {
      const now = Date.now();
      if (asked > 0 && now - asked >= patience) return giveUp();
      if (asked === 0 && now - heard >= SILENCE_MS) ask(SILENCE_MS);
    }, SILENCE_MS / 3);
    this._ask = () => Date.now() - heard >= BACK_MS && ask(BACK_MS);
    return () => {
      clearInterval(timer);
      this._ask = () => {};
    };
  }
}

/**
 * @param {number} ms
 * @param {() => void} late
 * @returns {() => void} stops waiting
 */
function watch(ms, late) {
  const timer = setTimeout(late, ms);
  return () => clearTimeout(timer);
}
