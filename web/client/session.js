/**
 * Entry of the live page: reads what the page hands over and wires the parts to one document.
 */

import { readBoot } from "./boot.js";
import { showProjector } from "./projector.js";
import { showRoom } from "./room.js";
import { connect } from "./sync.js";
import { Store } from "./store.js";
import { appear } from "./presence.js";
import { Vault } from "./vault.js";

const boot = readBoot(document);
const store = new Store();
const vault = new Vault(globalThis.indexedDB);
const connection = connect(boot, store, { vault });
if (boot.view === "projector") showProjector(boot, store, connection);
else {
  appear(connection.awareness, boot.me);
  showRoom(boot, store, connection, vault);
}
