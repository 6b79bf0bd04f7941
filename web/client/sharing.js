/**
 * Our own state among those of the people here, and theirs as the server tells them.
 *
 * The awareness outlives documents and connections. It is told only while the room is live, under
 * the client id of the document in place; when the connection breaks, nobody knows who is there.
 */

import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from "y-protocols/awareness";
import { Doc } from "yjs";
import { forget, rename } from "./presence.js";

const REMOTE = Symbol("from the server");

export class Sharing {
  /**
   * @param {number} client id of our document
   * @param {(state: Uint8Array) => void} send
   */
  constructor(client, send) {
    this.awareness = new Awareness(new Doc()); // of its own: it outlives our documents
    this._send = send;
    this._isLive = false;
    rename(this.awareness, client);
    this.awareness.on("update", this._changed.bind(this));
  }

  /** The room is live, with the document of this client. @param {number} client */
  begin(client) {
    rename(this.awareness, client);
    this._isLive = true;
    this._tell();
  }

  /** The connection broke. */
  broken() {
    this._isLive = false;
    forget(this.awareness);
  }

  /** @param {Uint8Array} states as the server sent them */
  receive(states) {
    applyAwarenessUpdate(this.awareness, states, REMOTE);
  }

  /** Says that we leave, and listens no more. */
  stop() {
    this.awareness.setLocalState(null);
    this.awareness.destroy();
  }

  /**
   * @private
   * @param {{added: number[], updated: number[], removed: number[]}} change
   * @param {unknown} origin
   */
  _changed({ added, updated, removed }, origin) {
    const isOurs = [...added, ...updated, ...removed].includes(this.awareness.clientID);
    if (origin !== REMOTE && isOurs && this._isLive) this._tell();
  }

  /** @private */
  _tell() {
    const { awareness } = this;
    if (!awareness.meta.has(awareness.clientID)) return;
    this._send(encodeAwarenessUpdate(awareness, [awareness.clientID]));
  }
}
