/**
 * Part of the live page: its keys, and the table that explains them.
 */

import { discretionOf } from "../discretion.js";
import { fetchInto } from "../fragments.js";
import { areOn, listen, setOn } from "../keys.js";
import { KINDS } from "../kinds.js";
import { element } from "../page.js";
import { player } from "../playback.js";

/** @param {import("../room.js").Room} room */
export function start(room) {
  const { keys } = room.boot;
  listen(element("scroller"), "list", keys, listActions(room));
  listen(element("proposals"), "board", keys, {
    agree: (event) => pressStance(event, "agree"),
    object: (event) => pressStance(event, "object"),
  });
  listen(document.body, "page", keys, {
    help: () => showKeys(room),
    record: () => toggleRecord(room),
    blank: () => toggleScreen(room),
  });
  const onOff = element("keys-on", HTMLInputElement);
  onOff.checked = areOn();
  onOff.addEventListener("change", () => setOn(onOff.checked));
  element("help").addEventListener("toggle", () => {
    const table = element("keys-table");
    if (table.childElementCount === 0) void fetchInto(table, "/help/keys");
  });
}

/**
 * @param {import("../room.js").Room} room
 * @returns {Record<string, () => void>}
 */
function listActions(room) {
  const { transcript } = room.talk;
  const play = player();
  /** @param {(desk: import("../desk.js").Desk, line: string | null) => unknown} act */
  const atDesk = (act) => () => void room.parts.of("desk").then((desk) => act(desk, transcript.current));
  /** @type {Record<string, () => void>} */
  const actions = {
    next: () => transcript.move(1),
    previous: () => transcript.move(-1),
    first: () => transcript.move(-Infinity),
    last: () => transcript.toEnd(),
    play: () => {
      const line = transcript.current ? room.store.line(transcript.current) : null;
      if (line && !play(line)) room.announce(room.say("line_no_audio"));
    },
    search: () => window.open("/archive", "_blank", "noopener"),
    echo: () => void room.parts.of("echo").then((echo) => echo.link()),
    confirm: atDesk((desk, line) => line && desk.confirm(line)),
    strike: atDesk((desk, line) => line && desk.strike(line)),
    say: atDesk((desk) => room.can().chat && desk.composer.openLine()),
  };
  for (const kind of KINDS) actions[kind] = atDesk((desk, line) => desk.write(line, kind));
  return actions;
}

/** One key takes the room off the record, and back. @param {import("../room.js").Room} room */
function toggleRecord({ store, can, command, path }) {
  const { isOff } = discretionOf(store.meta());
  if (can().keepOff) void command(`${path}/record`, { off: !isOff });
}

/** @param {import("../room.js").Room} room */
function toggleScreen({ store, can, command, path }) {
  const { screen } = discretionOf(store.meta());
  if (can().moderate) void command(`${path}/screen`, { ...screen, blank: !screen.blank });
}

/** @param {import("../room.js").Room} room */
function showKeys(room) {
  room.openPane("room");
  const help = element("help", HTMLDetailsElement);
  help.open = true;
  help.querySelector("summary")?.focus();
}

/**
 * Presses a position on the card that has the focus, if it offers one.
 * @param {KeyboardEvent} event
 * @param {string} stance
 */
function pressStance(event, stance) {
  const card = /** @type {Element} */ (event.target).closest(".proposal");
  const button = card?.querySelector(`.position [data-stance="${stance}"]`);
  if (button instanceof HTMLButtonElement) button.click();
}
