/**
 * The bar above the live page and the notices below it: the step, what is saved and recorded, who is
 * here.
 */

import { clockSentence, eachSecond, put, quietSentence } from "./clock.js";
import { discretionOf } from "./discretion.js";
import { element } from "./page.js";
import { stepSentence } from "./panels.js";
import { showStatus } from "./status.js";

/**
 * Above the wordings, where an expert on a phone looks: whose turn it is while a round runs.
 * @param {import("./document.js").Round | null | undefined} round
 * @param {import("./room.js").Room} room
 */
function showTurn(round, { directory, say }) {
  const place = element("board-turn");
  const unit = round?.turn ?? "";
  const isMine = unit !== "" && unit === directory.me.unit;
  place.hidden = unit === "";
  place.classList.toggle("is-mine", isMine);
  put(place, unit && (isMine ? say("round_mine") : say("round_turn", { unit: directory.unit(unit) })));
}

/** @param {import("./room.js").Room} room */
export function showBar(room) {
  const { boot, store, connection, say, announce } = room;
  const status = showStatus(element("status"), element("ear-notice"), say, boot.can.moderate, announce);

  /** @param {import("./sync.js").State} state */
  const showLink = (state) => {
    status.setLink(state);
    const keeping = element("keeping");
    keeping.hidden = state.durable;
    if (!state.durable) keeping.textContent = say("keeping_memory");
  };
  const drawMeta = () => {
    const meta = store.meta();
    const step = stepSentence(store.agenda(), meta.step ?? null, boot.language, say);
    element("step-now").textContent = step;
    element("board-step").textContent = step;
    element("board-step").parentElement?.classList.toggle("is-empty", step === "");
    showTurn(meta.round, room);
    const { capture } = meta;
    status.setSession({
      isOff: discretionOf(meta).isOff,
      isLive: room.state === "live",
      isClosed: room.state === "closed",
      recording: capture ? say(capture.kind === "recording" ? "playing" : "recording") : "",
    });
  };
  connection.onState(showLink);
  connection.onHealth((health) => status.setHealth(health));
  store.onChange((change) => {
    if (change.all || change.agenda || change.meta) drawMeta();
  });
  room.onState(drawMeta);
  const time = element("step-time");
  const boardTime = element("board-time");
  const quiet = element("quiet-now");
  const drawTime = () => {
    const now = room.clock.now();
    const { text, isOver } = clockSentence(store, now, say);
    for (const place of [time, boardTime]) {
      put(place, text);
      place.classList.toggle("is-over", isOver);
    }
    const hush = quietSentence(store.meta().quiet, now, say);
    quiet.hidden = hush === "";
    put(quiet, hush && `${hush} ${say("quiet_about")}`);
  };
  eachSecond(drawTime);
  store.onChange((change) => change.meta && drawTime());
  showLink(connection.state());
}
