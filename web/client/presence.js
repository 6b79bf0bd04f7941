/**
 * Who is here: the awareness of the session, as people rather than tabs.
 *
 * Our own state is a wish; name, unit and role that others see are put there by the server.
 */

import { removeAwarenessStates } from "y-protocols/awareness";

/** @typedef {import("y-protocols/awareness").Awareness} Awareness */
/**
 * One person, however many tabs. line: where they look, if they choose to show it. composing: they
 * are writing a note there.
 * @typedef {{id: string, name: string, role: string, unit: string | null, line: string | null,
 *   composing: boolean}} Present
 */

/**
 * Says that `me` is here.
 *
 * @param {Awareness} awareness
 * @param {{id: string, name: string, role: string, unit: string | null}} me
 */
export function appear(awareness, { id, name, role, unit }) {
  awareness.setLocalState({ user: { id, name, role, unit }, line: null, composing: false });
}

/**
 * Everybody here, by name; me included.
 *
 * @param {Awareness} awareness
 * @returns {Present[]}
 */
export function present(awareness) {
  /** @type {Map<string, Present>} */
  const people = new Map();
  for (const state of awareness.getStates().values()) {
    const { user } = state;
    if (typeof user?.id !== "string") continue;
    const before = people.get(user.id);
    people.set(user.id, {
      id: user.id,
      name: String(user.name ?? ""),
      role: String(user.role ?? ""),
      unit: user.unit ?? null,
      line: state.line ?? before?.line ?? null,
      composing: state.composing === true || before?.composing === true,
    });
  }
  return Array.from(people.values()).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Calls `fn` now and whenever somebody came, went or changed.
 *
 * @param {Awareness} awareness
 * @param {(people: Present[]) => void} fn
 * @returns {() => void} stops
 */
export function onPresence(awareness, fn) {
  const tell = () => fn(present(awareness));
  awareness.on("change", tell);
  tell();
  return () => awareness.off("change", tell);
}

/**
 * Goes on under another client id, as the document did.
 *
 * @param {Awareness} awareness
 * @param {number} client
 */
export function rename(awareness, client) {
  if (client === awareness.clientID) return;
  const state = awareness.getLocalState();
  removeAwarenessStates(awareness, [awareness.clientID], "renamed");
  awareness.meta.delete(awareness.clientID);
  awareness.clientID = client;
  if (state !== null) awareness.setLocalState(state);
}

/**
 * Forgets everybody else: the connection broke, nobody knows who is there.
 *
 * @param {Awareness} awareness
 */
export function forget(awareness) {
  const others = Array.from(awareness.getStates().keys()).filter((id) => id !== awareness.clientID);
  removeAwarenessStates(awareness, others, "disconnected");
  for (const id of others) awareness.meta.delete(id); // the same clock may return
}
