// A foreign Yjs peer: y-websocket's own provider under Node, driven by tests/server/routes/test_foreign_peers.py.
// Its one argument is JSON: server, session, client, person, count, and a ticket with an origin or a token.
// Writes as every foreign peer does, waits until there are `count` annotations, prints them all as JSON.

import { WebSocket } from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";

const asked = JSON.parse(process.argv[2]);
const { server, session, client, person, count } = asked;

class OwnOrigin extends WebSocket {
  constructor(url, protocols) {
    super(url, protocols, asked.origin ? { origin: asked.origin } : {}); // a program sends no origin
  }
}

const doc = new Y.Doc();
doc.clientID = client;
const annotations = doc.getMap("annotations");
const provider = new WebsocketProvider(server, session, doc, {
  WebSocketPolyfill: OwnOrigin,
  params: asked.ticket ? { ticket: asked.ticket } : { token: asked.token, client },
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
    note.set("at", 1700000000000);
    note.set("wording", new Y.Text("来自 Yjs 的 👩‍👩‍👧 批注"));
    note.set("thread", new Y.Map());
    const opened = annotations.get("opened");
    const wording = opened.get("wording");
    wording.insert(wording.toString().indexOf("写") + 1, "😀中");
    opened.get("thread").set(`r-${person}`, { author: person, text: "同意 ✅", at: 1 });
  });
});

annotations.observeDeep(() => {
  if (!provider.synced || annotations.size < count) return;
  // after this turn everything was handed to the socket; closing waits for it
  setImmediate(() => {
    if (doc.isDestroyed) return;
    process.stdout.write(JSON.stringify(annotations.toJSON()));
    provider.destroy();
    doc.destroy();
  });
});
