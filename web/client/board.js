/**
 * The board: what is being worded and decided. Drafts are typed together; everything else here is
 * a command that the server decides, shown as sending, recorded or not recorded.
 */

import { render } from "lit-html";
import { BoardActs } from "./board-acts.js";
import { nextEnd, standing } from "./claim-view.js";
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
 * @property {() => number} now UTC seconds by the server
 * @property {import("./notes.js").Send} send
 * @property {(area: HTMLTextAreaElement, text: Annotation["wording"]) => () => void} bindText
 * @property {() => string | null} chosenLine
 * @property {(panel: HTMLElement, path: string) => void} load fills a panel with a fragment
 * @property {string} session path of the session's commands
 * @property {(proposal: Proposal) => Promise<{ok: boolean, message: string}>} split
 * @property {(proposal: Proposal, reason: string, line: string) => Promise<{ok: boolean, message: string}>} resume
 * @property {() => Promise<void>} refresh asks for own positions, marks and speakers anew
 */

/** @typedef {Pick<import("./room.js").Own, "positions" | "speakers" | "secret" | "confidant">} Own */

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
    this.acts = new BoardActs(this);
    /** @type {string | null} a proposal whose draft gets the focus when it comes */
    this.awaited = null;
    /** @type {number | undefined} until when a claim runs out */
    this.ending = undefined;
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

  /**
   * Draws what the change touches: a note that comes in costs nothing here, unless it is a draft.
   * @param {import("./changes.js").Change} change
   */
  changed(change) {
    if (change.all || change.board || change.meta) return this.update();
    if (change.notes.size === 0) return;
    for (const proposal of this.store.proposals()) if (change.notes.has(proposal.draft)) this.again(proposal.id);
  }

  /** The chosen line is evidence where a spoken position is being written down. */
  lineChosen() {
    for (const [id, { open }] of this.places) if (open === "spoken") this.again(id);
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
    clearTimeout(this.ending);
    const end = nextEnd(sorted.map((one) => one.claim), this.ports.now());
    if (end !== null) this.ending = window.setTimeout(() => this.update(), end);
  }

  /** @param {Proposal} proposal */
  held(proposal) {
    const claim = standing(proposal.claim, this.ports.now());
    return { claim, isMine: claim?.person === this.ports.directory.me.id };
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
    if (this.awaited === proposal.id) this.focus(proposal.id);
  }

  /**
   * Puts the focus into a draft wording, at once or when it comes, unless it has gone elsewhere.
   * @param {string} id of the proposal
   */
  focus(id) {
    const area = this.places.get(id)?.element.querySelector("textarea");
    this.awaited = area ? null : id;
    if (document.activeElement === document.body) area?.focus();
  }

  /** @param {Proposal} proposal */
  place(proposal) {
    const element = document.createElement("article");
    element.className = "proposal";
    element.id = `proposal-${proposal.id}`;
    element.tabIndex = -1;
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
      held: this.held(proposal),
      speaker: this.own.speakers[directory.me.unit ?? ""] ?? null,
      secret: this.own.secret[proposal.id] ?? [],
    };
    const view = proposalView(card, {
      say,
      directory,
      spokenLine: () => this.lineText(),
      hasConfidant: () => this.own.confidant,
      act: (action, id, value) => void this.acts.act(action, id, value),
    });
    const { element } = place;
    const hadFocus = element.contains(document.activeElement);
    element.setAttribute("aria-label", this.label(proposal, card.draft));
    render(view, /** @type {HTMLElement} */ (element.firstElementChild));
    this.bind(place, draft?.wording ?? null);
    const now = document.activeElement;
    if (hadFocus && (!element.contains(now) || now?.matches(":disabled"))) element.focus(); // what had it has gone
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
    const proposal = this.store.proposal(id);
    const place = this.places.get(id);
    if (proposal && place) this.redraw(proposal, place);
  }
}

/** @param {HTMLTextAreaElement} area */
function grow(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}
