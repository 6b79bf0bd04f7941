/**
 * What is true right now: saved or not, recording or not, whether the ear hears. Words first; the
 * dot and the colour only repeat them.
 */

import { html, nothing, render } from "lit-html";

/** @typedef {{link: "connecting" | "live" | "offline", unsaved: number, saved: boolean,
 *   durable: boolean, reason?: string}} Link */
/** @typedef {import("./wire.js").Health} Health */

/**
 * The sentence about this person's own changes.
 *
 * @param {Link} link
 * @param {Health} health
 * @param {import("./messages.js").Say} say
 * @returns {{text: string, tone: "calm" | "busy" | "warn"}}
 */
export function savedSentence(link, health, say) {
  if (link.link === "offline") {
    if (link.reason) return { text: say("shut_out"), tone: "warn" };
    if (link.unsaved === 0) return { text: say("offline"), tone: "warn" };
    const kept = link.durable ? "offline_kept" : "offline_memory";
    return { text: say(kept, { n: link.unsaved }), tone: "warn" };
  }
  if (health.log === "failing") return { text: say("log_failing"), tone: "warn" };
  if (link.link === "connecting") return { text: say("connecting"), tone: "busy" };
  if (!link.saved || link.unsaved > 0) return { text: say("saving"), tone: "busy" };
  return { text: say("saved"), tone: "calm" };
}

/**
 * The sentence about hearing; null while all is well.
 *
 * @param {Health} health
 * @param {boolean} isModerator who is told how to bring a model
 * @param {import("./messages.js").Say} say
 * @returns {{text: string, advice: string} | null}
 */
export function earSentence(health, isModerator, say) {
  if (health.ear === "ready") return null;
  if (health.ear === "behind" || health.ear === "relieved") {
    const advice = health.ear === "relieved" ? say("ear_relieved") : "";
    return { text: say("ear_behind", { n: Math.ceil(health.lag) }), advice };
  }
  if (health.ear === "loading") return { text: say("ear_loading"), advice: "" };
  return { text: say("ear_off"), advice: isModerator ? say("ear_off_advice") : say("ear_off_meanwhile") };
}

/**
 * The sentence about the disk of the recordings; null while it has room. That it will be full soon is
 * told to who can call the operator; that it is, to everybody.
 *
 * @param {Health} health
 * @param {boolean} isModerator
 * @param {import("./messages.js").Say} say
 * @returns {{text: string, advice: string} | null}
 */
export function diskSentence(health, isModerator, say) {
  if (health.disk === "full") return { text: say("disk_full"), advice: say("disk_full_about") };
  if (health.disk !== "low" || !isModerator) return null;
  const hours = Math.floor(health.minutes / 60);
  const text = hours > 2 ? say("disk_low_hours", { n: hours }) : say("disk_low", { n: health.minutes });
  return { text, advice: say("disk_low_about") };
}

/**
 * The sentence for whose login has ended; null for everybody else.
 *
 * @param {Link} link
 * @param {import("./messages.js").Say} say
 * @returns {{text: string, advice: string} | null}
 */
export function shutSentence({ link, reason, unsaved }, say) {
  if (link !== "offline" || !reason) return null;
  const kept = unsaved ? say("shut_out_kept", { n: unsaved }) : "";
  return { text: say("shut_out"), advice: `${say("shut_out_about")} ${kept}` };
}

/**
 * @param {HTMLElement} place
 * @param {HTMLElement} notice full-width, only while something is off
 * @param {import("./messages.js").Say} say
 * @param {boolean} isModerator
 * @param {(text: string) => void} announce
 */
export function showStatus(place, notice, say, isModerator, announce) {
  /** @type {Link} */
  let link = { link: "connecting", unsaved: 0, saved: true, durable: true };
  /** @type {Health} */
  let health = { log: "ok", ear: "ready", lag: 0, disk: "ok", minutes: 0 };
  let state = { isLive: false, isClosed: false, isOff: false, recording: "" };
  let lastCause = "";
  const draw = () => {
    const saved = savedSentence(link, health, say);
    const disk = diskSentence(health, isModerator, say);
    render(
      html`${stateView(state, say)}
        <span class="saved is-${saved.tone}"><span class="dot" aria-hidden="true"></span>${saved.text}</span>`,
      place,
    );
    const off = state.isOff ? { text: say("off_record"), advice: say("off_record_about") } : null;
    const shut = shutSentence(link, say);
    const told = shut ?? off ?? disk ?? earSentence(health, isModerator, say);
    const warning = saved.tone === "warn" ? `${saved.text} ${shut?.advice ?? ""}` : (told?.text ?? "");
    const cause = saved.tone === "warn" ? link.link + link.reason + health.log : state.isOff ? "off" : disk ? health.disk : health.ear;
    notice.hidden = told === null || (state.isClosed && shut === null);
    notice.classList.toggle("is-off-record", state.isOff);
    notice.classList.toggle("is-urgent", !state.isOff && disk !== null);
    render(told ? html`<b>${told.text}</b> ${told.advice}` : nothing, notice);
    if (warning && cause !== lastCause) announce(warning); // once, not with every second and every edit
    if (!warning && lastCause && saved.tone !== "calm") return; // well again once all is saved
    if (!warning && lastCause) announce(saved.text);
    lastCause = warning && cause;
  };
  draw();
  return {
    /** @param {Link} now */
    setLink(now) {
      link = now;
      draw();
    },
    /** @param {Health} now */
    setHealth(now) {
      health = now;
      draw();
    },
    /** @param {{isLive: boolean, isClosed: boolean, isOff: boolean, recording: string}} now */
    setSession(now) {
      state = now;
      draw();
    },
  };
}

/**
 * @param {{isLive: boolean, isClosed: boolean, isOff: boolean, recording: string}} state
 * @param {import("./messages.js").Say} say
 */
function stateView(state, say) {
  if (state.isClosed) return html`<span class="sitting">${say("session_closed")}</span>`;
  if (!state.isLive) return html`<span class="sitting">${say("session_prepared")}</span>`;
  if (state.isOff) return html`<span class="sitting is-off-record">${say("off_record")}</span>`;
  if (!state.recording) return html`<span class="sitting">${say("session_live")}</span>`;
  return html`<span class="sitting is-recording"
    ><span class="rec" aria-hidden="true"></span>${state.recording}</span
  >`;
}
