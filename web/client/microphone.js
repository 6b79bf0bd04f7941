/**
 * The microphone as the console shows it: what it is doing, and why it will not. What captures is a
 * file of its own, which the page fetches after its first paint.
 */

import { afterPaint } from "./page.js";

/** @typedef {import("./console.js").Microphone} Microphone */
/** @typedef {import("./capture.js").Capture} Capture */

const REASONS = /** @type {Readonly<Record<string, string>>} */ ({
  "capture.insecure": "mic_insecure",
  "capture.unsupported": "mic_unsupported",
  "capture.denied": "mic_denied",
  "capture.no_device": "mic_no_device",
  "capture.busy": "mic_busy",
});

/**
 * @param {import("./boot.js").Boot} boot
 * @param {import("./vault.js").Vault} vault
 * @param {import("./messages.js").Say} say
 * @param {boolean} isRoom one microphone for the whole table: the floor says who speaks
 * @returns {Microphone}
 */
export function microphone(boot, vault, say, isRoom) {
  /** @type {Capture | null} */
  let running = null;
  /** @type {ReturnType<Microphone["state"]>} */
  let state = "off";
  let isHeld = false;
  let changed = () => {};
  let heard = (/** @type {number} */ _level) => {};
  /** @type {import("./capture.js").CaptureState["warning"]} */
  let warning = "";
  /** @returns {Promise<typeof import("./capture.js")>} */
  const capturing = () => import(CAPTURE_FILE);
  afterPaint(async () => {
    const { recover } = await capturing();
    await recover(boot, vault); // what an earlier tab recorded and could not send
  });

  /** @param {ReturnType<Microphone["state"]>} now */
  const become = (now) => {
    if (now === state) return;
    state = now;
    changed();
  };
  /** @param {import("./capture.js").CaptureState} now */
  const follow = (now) => {
    heard(now.level);
    if (now.warning !== warning) {
      warning = now.warning;
      changed();
    }
    if (now.ended || now.problem) {
      running = null;
      become("off");
    } else if (now.held) become("held");
    else become(now.link === "live" ? "live" : "offline");
  };
  return {
    isPossible: isSecureContext,
    state: () => state,
    warning: () => warning,
    async start(isEither) {
      become("starting");
      const { capture, CaptureError } = await capturing().catch((error) => {
        become("off");
        throw error;
      });
      try {
        running = await capture(boot, vault, { language: boot.session.language, either: isEither, room: isRoom });
      } catch (error) {
        become("off");
        if (!(error instanceof CaptureError)) throw error;
        const reason = REASONS[error.code];
        throw new Error(error.sentence || (reason ? say(reason) : error.code), { cause: error });
      }
      running.onState(follow);
      running.hold(isHeld);
      follow(running.state());
    },
    stop() {
      running?.stop();
    },
    hold(held) {
      isHeld = held;
      running?.hold(held);
    },
    onState: (fn) => (changed = fn),
    onLevel: (fn) => (heard = fn),
  };
}
