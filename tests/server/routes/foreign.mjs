// A foreign Yjs peer: y-websocket's own provider under Node, driven by tests/server/routes/test_live.py.
// Arguments: server address, session, ticket (or bearer: and a token), client id, person, origin, ids to wait for (comma).
// Adds an annotation, waits until it holds all ids, prints its annotations as JSON.

import { WebSocket } from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";

const [server, session, ticket, client, person, origin, awaited] = process.argv.slice(2);

const token = ticket.startsWith("bearer:") ? ticket.slice("bearer:".length) : null;

class OwnOrigin extends WebSocket {
  constructor(url, protocols) {
    super(url, protocols, token === null ? { origin } : {}); // a program sends no origin
  }
}

const doc = new Y.Doc();
doc.clientID = Number(client);
const annotations = doc.getMap("annotations");
const provider = new WebsocketProvider(server, session, doc, {
  WebSocketPolyfill: OwnOrigin,
  params: token === null ? { ticket } : { token, client },
  disableBc: true,
});

provider.once("sync", () => {
  doc.transact(() => {
    const note = new Y.Map();
    annotations.set(`n-${person}`, note);
    note.set("author", person);
    note.set("voice", { name: person, person, unit: null });
    note.set("kind", "cause");
    note.set("targets", [{ line: "l1", revision: 0, start: 0, end: null, quote: "线 😀" }]);
    note.set("at", Date.now());
    note.set("wording", new Y.Text("来自 Yjs 的 👩‍👩‍👧 批注"));
    note.set("thread", new Y.Map());
  });
  const opened = annotations.get("opened");
  opened.get("wording").insert(3, "😀中");
  opened.get("thread").set(`r-${person}`, { author: person, text: "同意 ✅", at: 1 });
});

const wanted = awaited.split(",");
annotations.observeDeep(() => {
  if (!provider.synced || !wanted.every((id) => annotations.has(id))) return;
  // after this turn everything was handed to the socket; closing waits for it
  setImmediate(() => {
    if (doc.isDestroyed) return;
    process.stdout.write(JSON.stringify(annotations.toJSON()));
    provider.destroy();
    doc.destroy();
  });
});
