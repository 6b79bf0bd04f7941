/**
 * Somebody else in the session, with the page's own modules: fills it, and sends one annotation when
 * asked. Evaluated in a live page of its own.
 */

import { add } from "../../../web/client/annotations.js";
import { KINDS } from "../../../web/client/kinds.js";
import { Store } from "../../../web/client/store.js";
import { connect } from "../../../web/client/sync.js";
import { Vault } from "../../../web/client/vault.js";

/** As many at once as the gate takes without slowing down (realtime/connection.py: 50 a second). */
const BATCH = 100;

const boot = JSON.parse(document.getElementById("boot").textContent);
const store = new Store();
const connection = connect(boot, store, { vault: new Vault(undefined) });
let written = 0;

const isLevel = (state) => state.link === "live" && state.unsaved === 0;

function level() {
  if (isLevel(connection.state())) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = connection.onState((state) => isLevel(state) && (stop(), resolve()));
  });
}

/** @param {number} at which line; negative ones count from the end */
function note(at) {
  const lines = store.lines();
  const line = lines[at < 0 ? lines.length + at : at];
  const target = { line: line.id, revision: line.revision, start: 0, end: null, quote: line.text };
  written += 1;
  return add(connection.doc(), {
    author: boot.me.id,
    voice: { name: boot.me.name, person: boot.me.id, unit: boot.me.unit },
    kind: KINDS[written % KINDS.length],
    targets: [target],
    text: `Note ${written}: 各部门看不到彼此的数据 nobody sees the other's data`,
  });
}

globalThis.writer = {
  note,
  level,
  /** Annotations on every second line, evenly. @param {number} count */
  async fill(count) {
    await level();
    const lines = store.lines().length;
    for (let n = 0; n < count; n += 1) {
      note(Math.floor((n * lines) / count));
      if (n % BATCH === BATCH - 1) await level();
    }
    await level();
    return store.lines().length;
  },
};
