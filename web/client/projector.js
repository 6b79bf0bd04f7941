/**
 * Entry of the projector's page.
 */

import { readBoot } from "./boot.js";
import { showProjector } from "./projector-view.js";
import { Store } from "./store.js";
import { connect } from "./sync.js";

const store = new Store();
const boot = readBoot(document);
showProjector(boot, store, connect(boot, store));
