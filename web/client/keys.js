/**
 * Keys by the physical key, from the one table that the server generates (web/keys.py), so that an
 * open input method or another layout does not matter. Single keys act only while the transcript
 * (or the board) has the focus, never in a field, and can be switched off.
 */

/** @typedef {{code: string, action: string, label: string, place?: string}} Key */

const SWITCH = "colloquy.keys"; // in localStorage: "off" where a person has switched them off

/**
 * The code of an event as the table writes it: `Alt+Digit1`, `Shift+Slash`, `KeyJ`.
 *
 * @param {{code: string, altKey: boolean, ctrlKey: boolean, metaKey: boolean, shiftKey: boolean}} event
 */
export function codeOf(event) {
  if (event.metaKey) return `Meta+${event.code}`;
  const held = [event.ctrlKey && "Ctrl", event.altKey && "Alt", event.shiftKey && "Shift"];
  const code = event.code.replace(/^Numpad(\d)$/, "Digit$1");
  return [...held.filter(Boolean), code].join("+");
}

/**
 * What `event` asks for at `place`, or null. While an input method composes nothing is asked.
 *
 * @param {readonly Key[]} keys
 * @param {string} place
 * @param {KeyboardEvent} event
 */
export function actionOf(keys, place, event) {
  if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return null;
  const code = codeOf(event);
  const key = keys.find((one) => one.code === code && (one.place ?? "list") === place);
  return key?.action ?? null;
}

/** @param {EventTarget | null} target */
export function isField(target) {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}

/**
 * @param {HTMLElement} element
 * @param {string} place
 * @param {readonly Key[]} keys
 * @param {Readonly<Record<string, (event: KeyboardEvent) => void>>} actions
 * @returns {() => void} stops
 */
export function listen(element, place, keys, actions) {
  /** @param {KeyboardEvent} event */
  const pressed = (event) => {
    if (isField(event.target)) return;
    const action = actionOf(keys, place, event);
    const act = action ? actions[action] : undefined;
    if (!act || (isSingle(event) && !areOn())) return;
    event.preventDefault();
    act(event);
  };
  element.addEventListener("keydown", pressed);
  return () => element.removeEventListener("keydown", pressed);
}

/** @param {KeyboardEvent} event */
export const isSingle = (event) => !event.altKey && !event.ctrlKey && /^(Key|Digit|Numpad|Slash)/.test(event.code);

/** Whether single keys act, as this person chose on this machine. */
export function areOn() {
  return readSwitch() !== "off";
}

/** @param {boolean} on */
export function setOn(on) {
  try {
    localStorage.setItem(SWITCH, on ? "on" : "off");
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // storage is closed in private windows
    chosen = on ? "on" : "off";
  }
}

let chosen = /** @type {string | null} */ (null);

function readSwitch() {
  try {
    return localStorage.getItem(SWITCH) ?? chosen;
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return chosen;
  }
}
