/**
 * The board: what is being worded and decided. Drafts are typed together; everything else here is
 * a command that the server decides, shown as sending, recorded or not recorded.
 */

import { render } from "lit-html";
import { isSettled } from "./kinds.js";
import { proposalView } from "./proposal-view.js";
import { showQueues } from "./queues.js";

/** @typedef {import("./document.js").Proposal} Proposal */
/** @typedef {import("./document.js").Annotation} Annotation */
/** @typedef {import("./kinds.js").Stance} Stance */
/** @typedef {import("./proposal-view.js").Card} Card */
/** @typedef {{number: number, stance: Stance, reason: string}} Position */

/**
 * @typedef {object} BoardPorts
 * @property {import("./messages.js").Say} say
 * @property {import("./directory.js").Directory} directory
 * @property {() => import("./rights.js").Rights} rights
 * @property {import("./notes.js").Send} send
 * @property {(area: HTMLTextAreaElement, text: Annotation["wording"]) => () => void} bindText
 * @property {() => string | null} chosenLine
 * @property {(panel: HTMLElement, path: string) => void} load fills a panel with a fragment
 * @property {string} session path of the session's commands
 * @property {(proposal: Proposal) => Promise<{ok: boolean, message: string}>} split
 * @property {() => Promise<void>} refresh asks for own positions, marks and speakers anew
 */

/**
 * What this person alone sees of the board.
 * @typedef {object} Own
 * @property {Readonly<Record<string, Position>>} positions own unit's answers, by proposal
 * @property {Readonly<Record<string, string>>} speakers whose position counts, by unit
 * @property {Readonly<Record<string, ReadonlyArray<{id: string, reason: string}>>>} secret own private
 *   objections, by proposal
 * @property {boolean} confidant whether somebody reads private objections
 */

/**
 * @typedef {object} Place one proposal's place on the board
 * @property {HTMLElement} element
 * @property {HTMLElement} panel what htmx fills
 * @property {Annotation["wording"] | null} bound
 * @property {() => void} unbind
 * @property {Card["open"]} open
 * @property {string} reason
 * @property {Card["sending"]} sending
 * @property {string} problem
 */

export class Board {
  /**
   * @param {HTMLElement} list
   * @param {HTMLElement} empty shown while there is nothing
   * @param {import("./store.js").Store} store
   * @param {BoardPorts} ports
   */
  constructor(list, empty, store, ports) {
    this.list = list;
    this.empty = empty;
    this.store = store;
    this.ports = ports;
    /** @type {Map<string, Place>} */
    this.places = new Map();
    /** @type {Map<string, Position>} */
    this.mine = new Map();
    /** @type {Own} */
    this.own = { positions: {}, speakers: {}, secret: {}, confidant: false };
    const place = document.createElement("div");
    place.className = "queues";
    place.setAttribute("role", "group");
    place.setAttribute("aria-label", ports.say("queues"));
    list.before(place);
    this.queues = showQueues(place, ports.say, () => this.update());
  }

  /** @param {Own} own */
  remember(own) {
    this.own = own;
    this.mine = new Map(Object.entries(own.positions));
    this.update();
  }

  /** Draws every proposal: what is on the table, then what is open, the newest on top. */
  update() {
    const proposals = [...this.store.proposals()].reverse();
    const { table } = this.store.meta();
    /** @param {Proposal} one */
    const rank = (one) => (isSettled(one.state) ? 2 : one.id === table ? 0 : 1);
    const sorted = proposals.sort((a, b) => rank(a) - rank(b));
    this.queues.draw(sorted);
    const known = new Set(sorted.map((proposal) => proposal.id));
    for (const [id, place] of this.places) {
      if (known.has(id)) continue;
      place.unbind();
      place.element.remove();
      this.places.delete(id);
    }
    this.empty.hidden = sorted.length > 0;
    sorted.forEach((proposal, at) => this.draw(proposal, at));
  }

  /**
   * @param {Proposal} proposal
   * @param {number} at
   */
  draw(proposal, at) {
    const place = this.places.get(proposal.id) ?? this.place(proposal);
    place.element.dataset.kind = proposal.kind;
    place.element.dataset.state = proposal.state;
    place.element.hidden = !this.queues.shows(proposal.state);
    // A card that is being worked in stays where it is: moving it would take the focus away.
    if (this.list.children[at] !== place.element && !this.list.contains(document.activeElement)) {
      this.list.insertBefore(place.element, this.list.children[at] ?? null);
    }
    this.redraw(proposal, place);
  }

  /** @param {Proposal} proposal */
  place(proposal) {
    const element = document.createElement("article");
    element.className = "proposal";
    element.id = `proposal-${proposal.id}`;
    const card = document.createElement("div");
    const panel = document.createElement("div");
    panel.className = "promotion";
    panel.hidden = true;
    element.append(card, panel);
    this.list.append(element);
    /** @type {Place} */
    const place = {
      element, panel, bound: null, unbind: () => {}, open: null, reason: "", sending: null, problem: "",
    };
    this.places.set(proposal.id, place);
    return place;
  }

  /**
   * @param {Proposal} proposal
   * @param {Place} place
   */
  redraw(proposal, place) {
    const { say, directory } = this.ports;
    const can = this.ports.rights();
    const draft = this.store.annotation(proposal.draft);
    /** @type {Card} */
    const card = {
      proposal,
      draft: draft?.text ?? "",
      mine: this.mine.get(proposal.id) ?? null,
      sending: place.sending,
      problem: place.problem,
      open: place.open,
      reason: place.reason,
      mayAnswer: can.answer,
      mayModerate: can.moderate && can.word,
      mayWord: can.word,
      isSettled: isSettled(proposal.state),
      onTable: this.store.meta().table === proposal.id,
      speaker: this.own.speakers[directory.me.unit ?? ""] ?? null,
      secret: this.own.secret[proposal.id] ?? [],
    };
    const view = proposalView(card, {
      say,
      directory,
      spokenLine: () => this.lineText(),
      hasConfidant: () => this.own.confidant,
      act: (action, id, value) => void this.act(action, id, value),
    });
    place.element.setAttribute("aria-label", this.label(proposal, card.draft));
    render(view, /** @type {HTMLElement} */ (place.element.firstElementChild));
    this.bind(place, draft?.wording ?? null);
  }

  /**
   * @param {Proposal} proposal
   * @param {string} draft
   */
  label(proposal, draft) {
    return `${this.ports.say(proposal.kind)}: ${proposal.text || draft}`;
  }

  /**
   * Binds the draft box to the shared text, again after the document was replaced.
   * @param {Place} place
   * @param {Annotation["wording"] | null} wording
   */
  bind(place, wording) {
    const area = /** @type {HTMLTextAreaElement | null} */ (place.element.querySelector(".draft-text"));
    const text = area ? wording : null;
    if (area) grow(area);
    if (text === place.bound) return;
    place.unbind();
    place.bound = text;
    place.unbind = area && text ? this.ports.bindText(area, text) : () => {};
    if (area) grow(area);
  }

  lineText() {
    const line = this.ports.chosenLine();
    return line ? (this.store.line(line)?.text ?? "") : "";
  }

  /** @param {string} id */
  again(id) {
    const proposal = this.store.proposals().find((one) => one.id === id);
    const place = this.places.get(id);
    if (proposal && place) this.redraw(proposal, place);
  }

  /**
   * What was pressed on a card.
   * @param {string} action
   * @param {string} id
   * @param {string} [value]
   */
  async act(action, id, value = "") {
    const place = this.places.get(id);
    const proposal = this.store.proposals().find((one) => one.id === id);
    if (!place || !proposal) return;
    const { number } = proposal;
    switch (action) {
      case "unfold":
        return this.unfold(id, place, /** @type {Card["open"]} */ (value));
      case "fold":
        return this.unfold(id, place, place.open);
      case "reason":
        place.reason = value;
        return this.again(id);
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
      case "drop":
      case "keep":
      case "reopen":
      case "undo":
        return void (await this.command(id, action, { reason: place.reason.trim() }));
      case "defer":
        return this.defer(id, place);
      case "reveal":
        return void (await this.command(id, "reveal", {}));
      case "table":
        return void (await this.post(id, `${this.ports.session}/table`, { proposal: id }));
      case "split":
        return this.divide(proposal, place);
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
    if (path) this.ports.load(place.panel, `/proposals/${id}/${path}`);
    else place.panel.replaceChildren();
    this.again(id);
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
      this.mine.set(id, position);
      this.again(id);
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
    const line = this.ports.chosenLine() ?? undefined;
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
    const place = this.places.get(id);
    if (place) place.open = "asked";
    this.again(id);
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
   * A second wording from the same notes; both drafts go on from the same text.
   * @param {Proposal} proposal
   * @param {Place} place
   */
  async divide(proposal, place) {
    place.sending = "sending";
    this.again(proposal.id);
    const { ok, message } = await this.ports.split(proposal);
    place.sending = ok ? "recorded" : "not recorded";
    place.problem = message;
    if (ok) place.open = null;
    this.again(proposal.id);
  }

  /**
   * @param {string} id
   * @param {string} person
   */
  async speak(id, person) {
    const { unit } = this.ports.directory.me;
    const body = { unit, person: person || null };
    if (await this.post(id, `${this.ports.session}/speakers`, body)) await this.ports.refresh();
  }

  /**
   * What is told to the confidant alone, and what its author makes of it later.
   * @param {string} id
   * @param {Record<string, unknown>} body
   */
  async confide(id, body) {
    if (await this.command(id, "positions", body)) await this.ports.refresh();
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
    const place = this.places.get(id);
    if (!place) return false;
    place.sending = "sending";
    place.problem = "";
    this.again(id);
    const { ok, message } = await this.ports.send(path, body);
    place.sending = ok ? "recorded" : "not recorded";
    place.problem = ok ? "" : message;
    if (ok) {
      place.open = null;
      place.reason = "";
    }
    this.again(id);
    return ok;
  }
}

/** What htmx fetches below a card, by the part that is open. @type {Readonly<Record<string, string>>} */
const PANELS = { promote: "promotion", history: "wordings" };

/** @param {HTMLTextAreaElement} area */
function grow(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}
