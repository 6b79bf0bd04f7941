/**
 * The board: what is being worded and decided. Drafts are typed together; everything else here is
 * a command that the server decides, shown as sending, recorded or not recorded.
 */

import { render } from "lit-html";
import { isSettled } from "./kinds.js";
import { proposalView } from "./proposal-view.js";

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
 * @property {(panel: HTMLElement, proposal: string) => void} loadPromotion
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
  }

  /** @param {Readonly<Record<string, Position>>} positions own answers, by proposal */
  remember(positions) {
    this.mine = new Map(Object.entries(positions));
    this.update();
  }

  /** Draws every proposal: what is still open first, the newest on top. */
  update() {
    const proposals = [...this.store.proposals()].reverse();
    const sorted = [
      ...proposals.filter((proposal) => !isSettled(proposal.state)),
      ...proposals.filter((proposal) => isSettled(proposal.state)),
    ];
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
    };
    const view = proposalView(card, {
      say,
      directory,
      spokenLine: () => this.lineText(),
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
        return void (await this.command(id, "drop", { reason: place.reason.trim() }));
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
    place.panel.hidden = place.open !== "promote";
    if (place.open === "promote") this.ports.loadPromotion(place.panel, id);
    else place.panel.replaceChildren();
    this.again(id);
    /** @type {HTMLElement | null} */
    const field = place.element.querySelector(".reason textarea, .spoken select");
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
   * @param {string} what
   * @param {Record<string, unknown>} body
   */
  async command(id, what, body) {
    const place = this.places.get(id);
    if (!place) return false;
    place.sending = "sending";
    place.problem = "";
    this.again(id);
    const { ok, message } = await this.ports.send(`/api/proposals/${id}/${what}`, body);
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

/** @param {HTMLTextAreaElement} area */
function grow(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}
