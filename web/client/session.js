/**
 * Entry of the live page for people: the transcript first, the other parts beside it as they come.
 */

import { showBar } from "./bar.js";
import { readBoot } from "./boot.js";
import { htmx, htmxAfterPaint } from "./fragments.js";
import { afterPaint } from "./page.js";
import { appear, onPresence } from "./presence.js";
import { Room } from "./room.js";
import { Store } from "./store.js";
import { connect } from "./sync.js";
import { Vault } from "./vault.js";

/** Longer the other parts do not wait for a room that does not answer. */
const DRAWING_MS = 2000;
/** Kinds of events after which fragments of the page ask the server again. */
const FETCHED = ["taxonomy", "solutions", "priorities"];

const boot = readBoot(document);
const store = new Store();
const vault = new Vault(globalThis.indexedDB);
const connection = connect(boot, store, { vault });
appear(connection.awareness, boot.me);
const room = new Room(boot, store, connection, vault);
showBar(room);
room.openPane(opensWithBoard() ? "board" : "talk");
onPresence(connection.awareness, (here) => room.learn(here));
followLink();
connection.onEvent(happened);
void room.refreshOwn();
const drawn = firstDrawing();
void room.parts.begin(drawn);
void drawn.then(htmxAfterPaint);

/** The transcript as first painted, or a while without it: what is on the page works all the same. */
function firstDrawing() {
  return new Promise((resolve) => {
    const patience = setTimeout(resolve, DRAWING_MS);
    const stop = connection.onState(({ link }) => {
      if (link !== "live") return;
      stop();
      clearTimeout(patience);
      afterPaint(() => resolve(undefined));
    });
  });
}

/** On a phone an expert begins with the step, the wording and the note box. */
function opensWithBoard() {
  return boot.me.role === "expert" && matchMedia("(max-width: 63.99em)").matches;
}

/** Back on the line, what is one's own is asked for again. */
function followLink() {
  let wasLive = connection.state().link === "live";
  connection.onState(({ link }) => {
    const isBack = link === "live" && !wasLive;
    wasLive = link === "live";
    if (!isBack) return;
    void room.refreshOwn();
    void drawn.then(htmxAfterPaint);
  });
}

/** @param {any} event of schemas/events.py */
function happened(event) {
  if (event.kind === "seated") return seated(event.person_id);
  if (!FETCHED.includes(event.kind)) return;
  void htmx().then(() => document.body.dispatchEvent(new Event(`${event.kind}-changed`)));
}

/**
 * A seat gives other rights, which the server knows: who got it loads the page again.
 * @param {string} person
 */
function seated(person) {
  if (person === boot.me.id) return location.reload();
  void room.refreshOwn();
}
