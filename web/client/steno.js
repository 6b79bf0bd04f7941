/**
 * Entry of the stenographer's page.
 */

import { announcer } from "./announcer.js";
import { readBoot } from "./boot.js";
import { commands } from "./commands.js";
import { fetchInto } from "./fragments.js";
import { sayer } from "./messages.js";
import { element } from "./page.js";
import { appear, onPresence } from "./presence.js";
import { showStatus } from "./status.js";
import { StenoDesk } from "./steno-desk.js";
import { showDifferences } from "./steno-differences.js";
import { showEverywhere } from "./steno-everywhere.js";
import { showRehearings } from "./steno-rehear.js";
import { showScript } from "./steno-script.js";
import { Store } from "./store.js";
import { connect } from "./sync.js";
import { showUploads } from "./upload.js";
import { Vault } from "./vault.js";

const boot = readBoot(document);
const store = new Store();
const say = sayer(boot.messages);
const connection = connect(boot, store, { vault: new Vault(globalThis.indexedDB) });
const { announce } = announcer(element("log"), say);
const commander = commands(boot);
const status = showStatus(element("status"), element("ear-notice"), say, boot.can.moderate, announce);

/**
 * @param {string} path
 * @param {Record<string, unknown>} body
 */
async function send(path, body) {
  const outcome = await commander.send(path, body);
  const message = outcome.code === "network" ? say("away") : outcome.message;
  element("told").textContent = message;
  return { ...outcome, message };
}

const desk = new StenoDesk({ boot, store, say, send, announce });
desk.onEverywhere = showEverywhere(element("everywhere"), { boot, say, send, announce });
const differences = showDifferences(element("differences"), {
  boot,
  say,
  send,
  announce,
  play: (id, line) => desk.player.toggle(id, { ...line, end: null }),
});
desk.onDifferences = differences.open;
showScript(element("script"), { boot, say, announce }, () => void differences.look());
showRehearings(element("rehearings"), { boot, say, send }, () => void differences.look());

showUploads(element("uploads"), { boot, say, send });
appear(connection.awareness, boot.me);
onPresence(connection.awareness, (here) => {
  element("here-count").textContent = say("here", { n: here.length });
});
connection.onState((state) => {
  status.setLink(state);
  if (state.link === "live") void desk.learn();
});
connection.onHealth((health) => status.setHealth(health));
store.onChange((change) => {
  const { state, capture, off } = store.meta();
  const kind = capture?.kind === "recording" ? "playing" : "recording";
  const recording = capture ? say(kind) : "";
  status.setSession({
    isLive: state === "live",
    isClosed: state === "closed",
    isOff: Boolean(off),
    recording,
  });
  desk.changed(change);
});
element("help").addEventListener("toggle", () => {
  const table = element("keys-table");
  if (table.childElementCount === 0) void fetchInto(table, "/help/keys");
});
