/**
 * What the whole room sees: the step, the wording under discussion, and speech after a delay, so
 * that a slip of the tongue can still be taken back. No names, no positions by unit.
 */

import { html, nothing, render } from "lit-html";
import { Clock, clockSentence, eachSecond, put, quietSentence } from "./clock.js";
import { Directory } from "./directory.js";
import { discretionOf } from "./discretion.js";
import { GLYPHS, isSettled } from "./kinds.js";
import { sayer } from "./messages.js";
import { element } from "./page.js";
import { onPresence } from "./presence.js";
import { stepSentence } from "./panels.js";
import { showStatus } from "./status.js";

/** @typedef {import("./document.js").Line} Line */
/** @typedef {import("./document.js").Proposal} Proposal */
/** @typedef {import("./messages.js").Say} Say */

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
 * @param {number} delay seconds
 */
export function overdue(lines, delay) {
  const newest = lines[lines.length - 1]?.at ?? 0;
  return lines.filter((line) => newest - line.at >= delay);
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
  let isPaused = false;
  /** @type {Map<string, number>} when each line came here, in milliseconds; long ago if overdue */
  const came = new Map();
  /** @param {Line} line @param {number | null} delay */
  const isDue = (line, delay) => delay !== null && performance.now() - (came.get(line.id) ?? 0) >= delay * 1000;

  const draw = () => {
    const meta = store.meta();
    const { screen, isOff } = discretionOf(meta);
    blank.hidden = !(isPaused || screen.blank);
    element("screen").hidden = !blank.hidden;
    const step = stepSentence(store.agenda(), meta.step ?? null, boot.language, say);
    element("screen-step").textContent = step;
    const proposal = onTheTable(store.proposals(), meta.table);
    const draft = proposal ? (store.annotation(proposal.draft)?.text ?? "") : "";
    render(proposal ? wordingView(proposal, draft, say) : idleView(say), element("screen-wording"));
    const lines = hasSpeech && !isOff ? store.lines().filter((line) => isDue(line, screen.delay)) : [];
    render(lines.slice(-MOST_LINES).map((line) => lineView(line, directory)), element("screen-speech"));
    element("screen").classList.toggle("is-wording-only", lines.length === 0);
    const capture = meta.capture;
    status.setSession({
      isLive: meta.state === "live",
      isClosed: meta.state === "closed",
      isOff,
      recording: capture ? say(capture.kind === "recording" ? "playing" : "recording") : "",
    });
  };

  store.onChange((change) => {
    const { delay } = discretionOf(store.meta()).screen;
    if (came.size === 0) for (const line of overdue(store.lines(), delay ?? 0)) came.set(line.id, -Infinity);
    for (const id of change.lines) if (store.line(id) && !came.has(id)) came.set(id, performance.now());
    if (delay) window.setTimeout(draw, delay * 1000 + 1);
    draw();
  });
  onPresence(connection.awareness, (here) => {
    element("here-count").textContent = say("here", { n: here.length });
  });
  connection.onState((state) => status.setLink(state));
  document.addEventListener("keydown", (event) => {
    if (event.code === "KeyB") {
      isPaused = !isPaused;
    } else if (event.code === "KeyS") hasSpeech = !hasSpeech;
    draw();
  });
  showTimes(boot, store, say, directory);
  blank.textContent = say("projector_blank");
  element("screen-keys").textContent = say("projector_keys");
  draw();
}

/**
 * The step's clock, the silent minute, and whose turn it is.
 * @param {import("./boot.js").Boot} boot
 * @param {import("./store.js").Store} store
 * @param {Say} say
 * @param {Directory} directory
 */
function showTimes(boot, store, say, directory) {
  const clock = new Clock();
  const asked = Date.now();
  void fetch(`/api/sessions/${boot.session.id}/mine`).then(async (answer) => {
    const answered = Date.now();
    if (answer.ok) clock.learn((await answer.json()).now, asked, answered);
  });
  const time = element("step-time");
  const told = element("screen-quiet");
  eachSecond(() => {
    const now = clock.now();
    const { text, isOver } = clockSentence(store, now, say);
    put(time, text);
    time.classList.toggle("is-over", isOver);
    /** @type {{quiet?: import("./document.js").Quiet, round?: import("./document.js").Round}} */
    const { quiet, round } = store.meta();
    const turn = round?.turn ? say("round_turn", { unit: directory.unit(round.turn) }) : "";
    const words = quiet ? `${quiet.about} ${quietSentence(quiet, now, say)}` : turn;
    told.hidden = words === "";
    put(told, words);
  });
}

/**
 * @param {Proposal} proposal
 * @param {string} draft
 * @param {Say} say
 */
function wordingView(proposal, draft, say) {
  const { tally } = proposal;
  const { heard } = tally;
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
