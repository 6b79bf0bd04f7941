/**
 * What is pressed on a card of the board: parts unfolded, and commands that the server decides.
 */

/** @typedef {import("./board.js").Place} Place */
/** @typedef {import("./board.js").Position} Position */
/** @typedef {import("./document.js").Proposal} Proposal */
/** @typedef {import("./kinds.js").Stance} Stance */
/** @typedef {import("./proposal-view.js").Card} Card */

/** Commands beside the part of a card that is open: what is typed there stays. */
const BESIDE = /\/(wordings|claim|reveal|table|affected|speakers)$/;

/** What htmx fetches below a card, by the part that is open. @type {Readonly<Record<string, string>>} */
const PANELS = { promote: "promotion", history: "wordings" };

export class BoardActs {
  /** @param {import("./board.js").Board} board */
  constructor(board) {
    this.board = board;
  }

  /**
   * What was pressed on a card.
   * @param {string} action
   * @param {string} id
   * @param {string} [value]
   */
  async act(action, id, value = "") {
    const place = this.board.places.get(id);
    const proposal = this.board.store.proposal(id);
    if (!place || !proposal) return;
    const { number } = proposal;
    switch (action) {
      case "unfold":
        return this.unfold(id, place, /** @type {Card["open"]} */ (value));
      case "fold":
        return this.unfold(id, place, place.open);
      case "reason":
        place.reason = value;
        return this.board.again(id);
      case "position":
        return this.answer(id, { number, stance: /** @type {Stance} */ (value), reason: "" });
      case "object":
        return this.answer(id, { number, stance: "object", reason: place.reason.trim() });
      case "spoken":
        return this.spoken(proposal, place, /** @type {Stance} */ (value));
      case "asked":
        return this.ask(proposal, value);
      case "put":
        return void (await this.command(id, "wordings", { base: number }));
      case "reopen":
        if (!this.board.store.annotation(proposal.draft)) return this.reword(id, place, () => this.resume(proposal, place));
        return void (await this.command(id, action, { reason: place.reason.trim() }));
      case "drop":
      case "keep":
      case "undo":
        return void (await this.command(id, action, { reason: place.reason.trim() }));
      case "defer":
        return this.defer(id, place);
      case "claim":
        return void (await this.command(id, "claim", { take: value === "take" }));
      case "reveal":
        return void (await this.command(id, "reveal", {}));
      case "table":
        return void (await this.post(id, `${this.board.ports.session}/table`, { proposal: id }));
      case "split":
        return this.reword(id, place, () => this.board.ports.split(proposal));
      case "speaker":
        return this.speak(id, value);
      case "private":
        return this.confide(id, { number, stance: "object", reason: place.reason.trim(), private: true });
      case "open-private":
        return this.confide(id, { open: value });
      case "withdraw-private":
        return this.confide(id, { withdraw: value });
    }
  }

  /**
   * Opens a part of the card, or closes it if it was open; the focus goes to its first field.
   * @param {string} id
   * @param {Place} place
   * @param {Card["open"]} part
   */
  unfold(id, place, part) {
    place.open = place.open === part ? null : part;
    place.reason = "";
    const path = PANELS[place.open ?? ""];
    place.panel.hidden = path === undefined;
    if (path) this.board.ports.load(place.panel, `/proposals/${id}/${path}`);
    else place.panel.replaceChildren();
    this.board.again(id);
    /** @type {HTMLElement | null} */
    const field = place.element.querySelector(".deferral select, .reason textarea, .spoken select");
    field?.focus();
  }

  /**
   * @param {string} id
   * @param {Position} position
   */
  async answer(id, position) {
    if (await this.command(id, "positions", position)) {
      this.board.mine.set(id, position);
      this.board.again(id);
    }
  }

  /**
   * @param {Proposal} proposal
   * @param {Place} place
   * @param {Stance} stance
   */
  async spoken(proposal, place, stance) {
    const unit = place.element.querySelector("select")?.value ?? "";
    const reason = place.element.querySelector("input")?.value.trim() ?? "";
    const line = this.board.ports.chosenLine() ?? undefined;
    const body = { number: proposal.number, stance, reason, unit, line };
    await this.command(proposal.id, "positions", body);
  }

  /**
   * Asks a unit, or no longer; the chooser stays open for the next one.
   * @param {Proposal} proposal
   * @param {string} unit
   */
  async ask({ id, affected }, unit) {
    const without = affected.filter((each) => each !== unit);
    const now = without.length < affected.length ? without : [...affected, unit];
    await this.command(id, "affected", { affected: now });
    const place = this.board.places.get(id);
    if (place) place.open = "asked";
    this.board.again(id);
  }

  /**
   * @param {string} id
   * @param {Place} place
   */
  async defer(id, place) {
    const unit = place.element.querySelector("select")?.value || null;
    await this.command(id, "defer", { unit, question: place.reason.trim() });
  }

  /**
   * What begins with a new draft: a second wording from the same notes, or one taken up again.
   * @param {string} id
   * @param {Place} place
   * @param {() => Promise<{ok: boolean, message: string}>} write
   */
  async reword(id, place, write) {
    place.sending = "sending";
    this.board.again(id);
    const { ok, message } = await write();
    place.sending = ok ? "recorded" : "not recorded";
    place.problem = message;
    if (ok) place.open = null;
    this.board.again(id);
  }

  /**
   * Takes up what comes from an earlier session, on the chosen line or the newest.
   * @param {Proposal} proposal
   * @param {Place} place
   */
  async resume(proposal, place) {
    const { ports, store } = this.board;
    const line = ports.chosenLine() ?? store.lines().slice(-1)[0]?.id;
    if (!line) return { ok: false, message: ports.say("resume_needs_line") };
    return ports.resume(proposal, place.reason.trim(), line);
  }

  /**
   * @param {string} id
   * @param {string} person
   */
  async speak(id, person) {
    const { unit } = this.board.ports.directory.me;
    const body = { unit, person: person || null };
    if (await this.post(id, `${this.board.ports.session}/speakers`, body)) await this.board.ports.refresh();
  }

  /**
   * What is told to the confidant alone, and what its author makes of it later.
   * @param {string} id
   * @param {Record<string, unknown>} body
   */
  async confide(id, body) {
    if (await this.command(id, "positions", body)) await this.board.ports.refresh();
  }

  /**
   * @param {string} id
   * @param {string} what
   * @param {Record<string, unknown>} body
   */
  async command(id, what, body) {
    return this.post(id, `/api/proposals/${id}/${what}`, body);
  }

  /**
   * @param {string} id the card that says how it went
   * @param {string} path
   * @param {Record<string, unknown>} body
   */
  async post(id, path, body) {
    const place = this.board.places.get(id);
    if (!place) return false;
    const { open, reason } = place;
    place.sending = "sending";
    place.problem = "";
    this.board.again(id);
    const { ok, message } = await this.board.ports.send(path, body);
    place.sending = ok ? "recorded" : "not recorded";
    place.problem = ok ? "" : message;
    const isAsSent = place.open === open && place.reason === reason; // else somebody has gone on meanwhile
    if (ok && isAsSent && !BESIDE.test(path)) {
      place.open = null;
      place.reason = "";
    }
    this.board.again(id);
    return ok;
  }
}
