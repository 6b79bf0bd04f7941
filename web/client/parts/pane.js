/**
 * Part of the live page: the pane of the room, with console, floor, agenda and people.
 */

import { render } from "lit-html";
import { showConsole } from "../console.js";
import { discretionOf } from "../discretion.js";
import { showFloor } from "../floor.js";
import { microphone } from "../microphone.js";
import { element, lately } from "../page.js";
import { showAgenda, showFresh, showPeople } from "../panels.js";
import { onPresence } from "../presence.js";
import { shareOf, shareView } from "../unassigned.js";

/** The share of nobody's speech is counted over all lines: not at every note. */
const SHARE_MS = 1000;

/** @param {import("../room.js").Room} room */
export function start(room) {
  const { boot, store, say, directory, can, path, command } = room;
  const drawConsole = makeConsole(room);
  const drawAgenda = showAgenda(element("agenda"), {
    say,
    directory,
    mayStep: () => can().moderate && room.state !== "closed",
    go: (step) => void command(`${path}/step`, { step }),
  });
  const drawFloor = showFloor(element("floor"), {
    say,
    directory,
    rights: can,
    give: async (person) => (await command(`${path}/floor`, { person })).ok,
  });
  const places = { count: element("here-count"), discs: element("discs"), list: element("people") };
  const seat = boot.can.moderate ? (/** @type {string} */ person) => void command(`${path}/seats`, { person }) : null;
  followPeople(room, showPeople(places, say, directory, seat));
  showFresh(element("fresh"), element("now-tree"), say);

  const drawShare = lately(() => render(shareView(shareOf(store.lines()), say), element("share")), SHARE_MS);
  const draw = () => {
    const meta = store.meta();
    drawAgenda(store.agenda(), meta.step ?? null);
    drawFloor(meta.floor ?? null);
    drawConsole();
  };
  store.onChange((change) => {
    if (change.all || change.agenda || change.meta) draw();
    if (boot.can.moderate && (change.all || change.lines.size > 0)) drawShare();
  });
  room.onState(draw);
  room.onNames(draw);
  draw();
}

/**
 * In a crowd only some are named to everybody; the server says how many are here.
 *
 * @param {import("../room.js").Room} room
 * @param {ReturnType<typeof showPeople>} draw
 */
function followPeople({ connection }, draw) {
  let people = 0;
  /** @type {readonly import("../presence.js").Present[]} */
  let named = [];
  onPresence(connection.awareness, (here) => draw((named = here), people));
  connection.onCrowd((crowd) => draw(named, (people = crowd.people)));
}

/** @param {import("../room.js").Room} room */
function makeConsole(room) {
  const { boot, store, say, can, send, vault } = room;
  const mic = microphone(boot, vault, say, boot.can.moderate);
  const discretion = () => discretionOf(store.meta());
  const draw = showConsole(element("console"), {
    say,
    rights: can,
    state: () => room.state,
    recording: boot.recording,
    send,
    session: boot.session.id,
    microphone: mic,
    discretion,
  });
  return () => {
    mic.hold(discretion().isOff);
    draw();
  };
}
