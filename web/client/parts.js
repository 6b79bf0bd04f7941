/**
 * The parts of the live page that are files of their own: each is fetched by those whose role has a
 * use for it, while the transcript is already there.
 *
 * A part is a module in `parts/` whose `start(room)` finds its place on the page, listens for what
 * it needs and returns what others may ask of it. A new one is a file there and a line here.
 */

/** @typedef {import("./room.js").Room} Room */

const LOAD = {
  /** Own notes and lines, drafts, grouping notes, signing out. */
  desk: () => import("./parts/desk.js"),
  /** The wordings, positions and decisions. */
  board: () => import("./parts/board.js"),
  /** The pane of the room: console, floor, agenda, people. */
  pane: () => import("./parts/pane.js"),
  /** What is being said and not yet a line. */
  hearing: () => import("./parts/hearing.js"),
  /** Where people look. */
  looks: () => import("./parts/looks.js"),
  /** Leading the room: time, silent minutes, rounds, questions, stories. */
  lead: () => import("./parts/lead.js"),
  /** The keys of the page. */
  keys: () => import("./parts/keys.js"),
  /** What others said of the same, for the moderator. */
  echo: () => import("./parts/echo.js"),
};

/** Fetched beside the transcript: what is written and pressed at once. The rest comes after it. */
const AT_ONCE = /** @type {readonly Name[]} */ (["keys", "desk"]);

/** Who needs what. @type {Readonly<Record<Name, (room: Room) => boolean>>} */
const NEEDS = {
  desk: ({ boot }) => boot.me.role !== "observer",
  board: () => true,
  pane: () => true,
  hearing: () => true,
  looks: () => true,
  lead: () => true,
  keys: () => true,
  echo: ({ boot }) => boot.can.moderate,
};

/** @typedef {keyof typeof LOAD} Name */
/**
 * @template {Name} Part
 * @typedef {ReturnType<Awaited<ReturnType<(typeof LOAD)[Part]>>["start"]>} Started
 */

export class Parts {
  /** @param {Room} room */
  constructor(room) {
    this.room = room;
    /** @type {Map<Name, Promise<any>>} */
    this.coming = new Map();
    /** @type {Map<Name, any>} */
    this.started = new Map();
  }

  /**
   * Fetches what this person needs.
   *
   * @param {Promise<unknown>} drawn the transcript stands there, or is not to be waited for
   */
  async begin(drawn) {
    const names = /** @type {Name[]} */ (Object.keys(LOAD)).filter((name) => NEEDS[name](this.room));
    for (const name of names) if (AT_ONCE.includes(name)) void this.of(name);
    await drawn;
    for (const name of names) void this.of(name);
  }

  /**
   * The part, fetched and started once.
   *
   * @template {Name} Part
   * @param {Part} name
   * @returns {Promise<Started<Part>>}
   */
  of(name) {
    let coming = this.coming.get(name);
    if (coming === undefined) this.coming.set(name, (coming = this._start(name)));
    return coming;
  }

  /**
   * The part if it has started, for what is asked while drawing.
   *
   * @template {Name} Part
   * @param {Part} name
   * @returns {Started<Part> | null}
   */
  here(name) {
    return this.started.get(name) ?? null;
  }

  /**
   * @private
   * @param {Name} name
   */
  async _start(name) {
    try {
      const { start } = await LOAD[name]();
      const part = start(this.room);
      this.started.set(name, part);
      return part;
    } catch (error) {
      this.coming.delete(name); // the network was away; who asks next tries again
      throw error;
    }
  }
}
