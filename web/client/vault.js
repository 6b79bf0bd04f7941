/**
 * What must outlive a reload of the tab, kept in IndexedDB and encrypted with a key that only the
 * login has: a copy of the browser's files, or the next person at the same machine, reads nothing.
 *
 * AES-GCM; the name of the box is authenticated with each item. Boxes hold items in the order of
 * `keep`. Whoever keeps something here also holds it in memory: where the browser has no IndexedDB
 * (private windows), no Web Crypto (plain HTTP), no room left or no answer, `durable` turns false,
 * nothing is kept, and everything else goes on. What was kept before can still be removed: an old
 * draft that stayed would be taken for the newest one after a reload.
 */

/** What is readable without the key: never text. @typedef {Record<string, unknown>} Tag */
/** @typedef {{id: number, tag: any, bytes: Uint8Array<ArrayBuffer>}} Item */
/** @typedef {{id: number, box: string, tag: Tag, iv: Uint8Array<ArrayBuffer>, sealed: ArrayBuffer}} Row */

const NAME = "colloquy";
const ITEMS = "items";
/** Some browsers never answer that they open it (Safari 14.1, at its first page); nobody waits for that. */
const OPEN_MS = 3_000;

export class Vault {
  /**
   * @param {IDBFactory | undefined} indexedDB
   * @param {Crypto} [webcrypto]
   */
  constructor(indexedDB, webcrypto = globalThis.crypto) {
    /** Whether what is kept survives a reload. */
    this.durable = indexedDB !== undefined && webcrypto.subtle !== undefined;
    /** Whether the browser lets us at what lies there. */
    this._isThere = this.durable;
    /** Whether what is to be kept still waits for the key. */
    this.isLocked = this.durable;
    this._crypto = webcrypto;
    this._indexedDB = indexedDB;
    /** @type {Promise<IDBDatabase> | null} */
    this._database = null;
    /** @type {(key: CryptoKey | null) => void} */
    this._unlocked = () => {};
    /** Null if the login gave none that works. @type {Promise<CryptoKey | null>} */
    this._key = new Promise((resolve) => (this._unlocked = resolve));
    /** Writes wait for each other, so that ids follow the order of calls. @type {Promise<unknown>} */
    this._last = Promise.resolve();
  }

  /**
   * Gives the key of the login; what was asked before waits for it.
   *
   * @param {string} key 32 bytes, base64 (also its URL alphabet)
   */
  async unlock(key) {
    if (!this.durable) return;
    try {
      await this._unlock(key);
    } catch {
      this.durable = false; // not a key: the same as none
      this._unlocked(null);
    }
    this.isLocked = false;
  }

  /**
   * @private
   * @param {string} key
   */
  async _unlock(key) {
    const raw = Uint8Array.from(atob(key.replace(/-/g, "+").replace(/_/g, "/")), (character) =>
      character.charCodeAt(0),
    );
    const use = /** @type {KeyUsage[]} */ (["encrypt", "decrypt"]);
    const imported = await this._crypto.subtle.importKey("raw", raw, "AES-GCM", false, use);
    this._unlocked(imported);
    this._key = Promise.resolve(imported);
  }

  /**
   * Returns the item's id once it is stored, or null if it could not be.
   *
   * @param {string} box
   * @param {Tag} tag
   * @param {Uint8Array<ArrayBuffer>} bytes
   * @returns {Promise<number | null>}
   */
  keep(box, tag, bytes) {
    const kept = this._last.then(() => this._keep(box, tag, bytes));
    this._last = kept;
    return kept;
  }

  /**
   * Everything in `box` that the key opens, in order. What it does not open was kept by another
   * login and can never be read again: it is removed and counted.
   *
   * @param {string} box
   * @returns {Promise<{items: Item[], unreadable: number}>}
   */
  async read(box) {
    if (!this.durable) return { items: [], unreadable: 0 };
    const rows = await this._rows(box);
    const key = await this._key;
    if (key === null) return { items: [], unreadable: 0 };
    const items = [];
    const unreadable = [];
    for (const { id, tag, iv, sealed } of rows) {
      try {
        const plain = await this._crypto.subtle.decrypt(sealing(iv, box), key, sealed);
        items.push({ id, tag, bytes: new Uint8Array(plain) });
      } catch {
        unreadable.push(id); // OperationError: the only thing that decrypt says
      }
    }
    await this.drop(unreadable);
    return { items, unreadable: unreadable.length };
  }

  /**
   * The tags of `box` in order; needs no key.
   *
   * @param {string} box
   * @returns {Promise<any[]>}
   */
  async tags(box) {
    return (await this._rows(box)).map((row) => row.tag);
  }

  /**
   * Names of the boxes that hold something and begin with `prefix`.
   *
   * @param {string} prefix
   * @returns {Promise<string[]>}
   */
  async boxes(prefix) {
    const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
    /** @type {string[]} */
    const names = [];
    await this._try("readonly", (items) => {
      const request = items.index("box").openKeyCursor(range, "nextunique");
      request.onsuccess = () => {
        if (request.result === null) return;
        names.push(String(request.result.key));
        request.result.continue();
      };
      return request;
    });
    return names;
  }

  /** @param {ReadonlyArray<number | null>} ids */
  async drop(ids) {
    const kept = /** @type {number[]} */ (ids.filter((id) => id !== null));
    if (kept.length === 0) return;
    await this._try("readwrite", (items) => {
      for (const id of kept) items.delete(id);
      return items.count();
    });
  }

  /**
   * @private
   * @param {string} box
   * @param {Tag} tag
   * @param {Uint8Array<ArrayBuffer>} bytes
   */
  async _keep(box, tag, bytes) {
    const key = this.durable ? await this._key : null;
    if (!this.durable || key === null) return null;
    const iv = this._crypto.getRandomValues(new Uint8Array(12));
    const sealed = await this._crypto.subtle.encrypt(sealing(iv, box), key, bytes);
    return await this._try("readwrite", (items) => items.add({ box, tag, iv, sealed }));
  }

  /**
   * @private
   * @param {string} box
   * @returns {Promise<Row[]>}
   */
  async _rows(box) {
    return (await this._try("readonly", (items) => items.index("box").getAll(box))) ?? [];
  }

  /**
   * Runs one transaction; null, and no longer durable, if the browser will not have it. The first time
   * it fails it is tried on a new connection: phones close ours while they sleep.
   *
   * @private
   * @param {IDBTransactionMode} mode
   * @param {(items: IDBObjectStore) => IDBRequest} ask
   * @returns {Promise<any>}
   */
  async _try(mode, ask) {
    for (let tries = 2; this._isThere && tries > 0; tries -= 1) {
      const database = await this._opened();
      if (database === null) break;
      try {
        const transaction = database.transaction(ITEMS, mode);
        const request = ask(transaction.objectStore(ITEMS));
        await finished(transaction);
        return request.result;
      } catch {
        database.close(); // quota, a connection that is gone, or storage cleared under us
        this._database = null;
      }
    }
    this.durable = false;
    return null;
  }

  /** @private @returns {Promise<IDBDatabase | null>} null: a private window, or no answer */
  async _opened() {
    try {
      this._database ??= open(/** @type {IDBFactory} */ (this._indexedDB));
      return await this._database;
    } catch {
      this._isThere = false;
      return null;
    }
  }
}

/**
 * @param {Uint8Array<ArrayBuffer>} iv
 * @param {string} box
 * @returns {AesGcmParams}
 */
function sealing(iv, box) {
  return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(box) };
}

/**
 * @param {IDBFactory} indexedDB
 * @returns {Promise<IDBDatabase>}
 */
function open(indexedDB) {
  return new Promise((resolve, reject) => {
    setTimeout(reject, OPEN_MS);
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      const items = request.result.createObjectStore(ITEMS, { keyPath: "id", autoIncrement: true });
      items.createIndex("box", "box");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * @param {IDBTransaction} transaction
 * @returns {Promise<void>}
 */
function finished(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
    transaction.onerror = () => reject(transaction.error);
  });
}
