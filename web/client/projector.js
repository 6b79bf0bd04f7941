/**
 * What the whole room sees: the step, the wording under discussion, and speech after a delay, so
 * that a slip of the tongue can still be taken back. No names, no positions by unit.
 */

import { html, nothing, render } from "lit-html";
import { Directory } from "./directory.js";
import { GLYPHS, isSettled } from "./kinds.js";
import { sayer } from "./messages.js";
import { element } from "./page.js";
import { onPresence } from "./presence.js";
import { stepSentence } from "./panels.js";
import { showStatus } from "./status.js";

/** @typedef {import("./document.js").Line} Line */
/** @typedef {import("./document.js").Proposal} Proposal */
/** @typedef {import("./messages.js").Say} Say */

/** How long speech waits before the room sees it. */
const DELAY_SECONDS = 20;
/** So many lines fit on a screen that is read from the back of a room. */
const MOST_LINES = 4;

/**
 * The proposal on the table: the one a moderator put there, else the newest that is not settled.
 * @param {readonly Proposal[]} proposals in order of time
 * @param {string | null} [table]
 */
export function onTheTable(proposals, table = null) {
  const put = proposals.find((proposal) => proposal.id === table && !isSettled(proposal.state));
  return put ?? proposals.filter((proposal) => !isSettled(proposal.state)).pop() ?? null;
}

/**
 * Lines found when the screen is switched on whose delay is over by the record's own clock.
 * @param {readonly Line[]} lines in order
 */
export function overdue(lines) {
  const newest = lines[lines.length - 1]?.at ?? 0;
  return lines.filter((line) => newest - line.at >= DELAY_SECONDS);
}

/**
 * @param {import("./boot.js").Boot} boot
 * @param {import("./store.js").Store} store
 * @param {import("./sync.js").Connection} connection
 */
export function showProjector(boot, store, connection) {
  const say = sayer(boot.messages);
  const directory = new Directory(boot.units, boot.language, boot.me);
  const blank = element("screen-blank");
  const status = showStatus(element("status"), document.createElement("p"), say, false, () => {});
  let hasSpeech = true;
  /** @type {Set<string>} lines whose delay is over */
  const due = new Set();

  const draw = () => {
    const meta = store.meta();
    const step = stepSentence(store.agenda(), meta.step ?? null, boot.language, say);
    element("screen-step").textContent = step;
    const proposal = onTheTable(store.proposals(), meta.table);
    const draft = proposal ? (store.annotation(proposal.draft)?.text ?? "") : "";
    render(proposal ? wordingView(proposal, draft, say) : idleView(say), element("screen-wording"));
    const lines = hasSpeech ? store.lines().filter((line) => due.has(line.id)) : [];
    render(lines.slice(-MOST_LINES).map((line) => lineView(line, directory)), element("screen-speech"));
    element("screen").classList.toggle("is-wording-only", lines.length === 0);
    const capture = meta.capture;
    status.setSession({
      isLive: meta.state === "live",
      isClosed: meta.state === "closed",
      recording: capture ? say(capture.kind === "recording" ? "playing" : "recording") : "",
    });
  };

  store.onChange((change) => {
    if (due.size === 0) for (const line of overdue(store.lines())) due.add(line.id);
    const fresh = [...change.lines].filter((id) => store.line(id) && !due.has(id));
    if (fresh.length) {
      window.setTimeout(() => {
        for (const id of fresh) due.add(id);
        draw();
      }, DELAY_SECONDS * 1000);
    }
    draw();
  });
  onPresence(connection.awareness, (here) => {
    element("here-count").textContent = say("here", { n: here.length });
  });
  connection.onState((state) => status.setLink(state));
  document.addEventListener("keydown", (event) => {
    if (event.code === "KeyB") {
      blank.hidden = !blank.hidden;
      element("screen").hidden = !blank.hidden;
    } else if (event.code === "KeyS") hasSpeech = !hasSpeech;
    draw();
  });
  blank.textContent = say("projector_blank");
  element("screen-keys").textContent = say("projector_keys");
  draw();
}

/**
 * @param {Proposal} proposal
 * @param {string} draft
 * @param {Say} say
 */
function wordingView(proposal, draft, say) {
  const { tally } = proposal;
  const heard = tally.agree + tally.live_with + tally.object + tally.abstain;
  return html`<div class="screen-card" data-kind=${proposal.kind}>
    <p class="screen-kind">
      <span class="note-kind"><span aria-hidden="true">${GLYPHS[proposal.kind]}</span> ${say(proposal.kind)}</span>
      <span>${proposal.number > 0 ? say("wording_n", { n: proposal.number }) : say("projector_draft")}</span>
    </p>
    <p class="screen-text">${proposal.number > 0 ? proposal.text : draft}</p>
    ${proposal.number > 0
      ? html`<p class="screen-heard">${say("projector_heard", { n: heard, all: heard + tally.waiting })}</p>`
      : nothing}
  </div>`;
}

/** @param {Say} say */
const idleView = (say) => html`<p class="screen-idle">${say("projector_nothing")}</p>`;

/**
 * @param {Line} line
 * @param {Directory} directory
 */
const lineView = (line, directory) => html`<div class="screen-line">
  <p class="screen-unit">${directory.unit(line.unit)}</p>
  <p class="screen-said" lang=${line.language}>${line.text}</p>
</div>`;
