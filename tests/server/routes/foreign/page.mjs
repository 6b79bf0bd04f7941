// The page's own sync and store under Node, beside foreign peers; driven by tests/server/routes/test_foreign_peers.py.
// Its one argument is JSON: origin, cookie, login (as the page is handed it), count.
// Writes as every foreign peer does, waits until there are `count` annotations and its own are saved, prints them all.

import "fake-indexeddb/auto";
import { WebSocket } from "ws";
import { add, reply } from "../../../../web/client/annotations.js";
import { Store } from "../../../../web/client/store.js";
import { connect } from "../../../../web/client/sync.js";
import { Vault } from "../../../../web/client/vault.js";
import { until } from "../../../web/client/support.js";

const { origin, cookie, login, count } = JSON.parse(process.argv[2]);
const { id: me } = login.me;

class OwnOrigin extends WebSocket {
  constructor(url) {
    super(url, { origin });
  }
}

const headers = { Cookie: cookie, Origin: origin };
const environment = {
  origin,
  fetch: (path, init = {}) => fetch(origin + path, { ...init, headers: { ...init.headers, ...headers } }),
  WebSocket: OwnOrigin,
  random: () => 0,
  onReturn: () => () => {},
};
const store = new Store();
const connection = connect(login, store, { vault: new Vault(indexedDB), environment });
await until(connection.onState, ({ link }) => link === "live", connection.state());

const { wording } = store.annotation("opened");
wording.insert(wording.toString().indexOf("写") + 1, "页🙂面");
reply(connection.doc(), "opened", { author: me, text: "页面同意 ✅" });
add(connection.doc(), {
  id: `n-${me}`,
  author: me,
  voice: { name: me, person: me, unit: null },
  kind: "cause",
  targets: [{ line: "l1", revision: 0, start: 0, end: null, quote: "线 😀" }],
  text: "来自页面的 🀄 批注",
});

const annotations = () => connection.doc().getMap("annotations");
await until(
  (fn) => store.onChange(() => fn(annotations().size)),
  (size) => size >= count,
  annotations().size,
);
await until(connection.onState, ({ saved }) => saved, connection.state());
process.stdout.write(JSON.stringify(annotations().toJSON()));
connection.stop();
