/**
 * Part of the live page, for the moderator: while a room speaks, what others said of the same.
 *
 * It asks for each final line once, one line at a time and only the newest: a line that is overtaken
 * while another is looked up goes without. What comes is one row at the foot of the column, whose
 * place is kept free from the start: nothing moves, and neither focus nor voice is taken. The rest
 * opens above it when somebody asks.
 */

import { target } from "../anchors.js";
import { add } from "../annotations.js";
import { htmx } from "../fragments.js";
import { element } from "../page.js";
import { playIn } from "../player.js";

const KEPT = 6;
/** Narrower screens show one part at a time and have no room for offers (live-echo.css). */
const WIDE = matchMedia("(min-width: 64em)");
const NOBODY = { name: "", person: null, unit: null };

/** @param {import("../room.js").Room} room */
export function start(room) {
  const { store, path } = room;
  const box = element("echo");
  const list = element("echo-list");
  const panel = element("echo-panel");
  const opener = element("echo-open");
  const brief = element("echo-brief");
  playIn(box, element("echo-player"));
  let asked = newest(store)?.id ?? "";
  let isBusy = false;

  /** @param {boolean} isOpen */
  const open = (isOpen) => {
    panel.hidden = !isOpen;
    opener.setAttribute("aria-expanded", String(isOpen));
  };
  /** @param {string} text */
  const tell = (text) => {
    brief.textContent = text;
    room.announce(text);
  };
  const follow = async () => {
    const line = newest(store);
    if (isBusy || !line || line.id === asked || room.state !== "live" || !WIDE.matches) return;
    asked = line.id;
    isBusy = true;
    try {
      await (await htmx()).ajax("GET", `${pageOf(path)}/echoes/${line.id}`, { target: list, swap: "afterbegin" });
      for (const old of [...list.children].slice(KEPT)) old.remove();
      const first = list.firstElementChild;
      if (first instanceof HTMLElement && first.dataset.line === line.id) {
        brief.textContent = first.dataset.brief ?? "";
        box.hidden = false;
      }
    } finally {
      isBusy = false;
    }
    void follow();
  };
  store.onChange((change) => {
    if (change.all || change.lines) void follow();
  });

  opener.addEventListener("click", () => open(panel.hidden === true));
  element("echo-dismiss").addEventListener("click", () => {
    const hadFocus = box.contains(document.activeElement);
    box.querySelector("audio")?.pause();
    list.replaceChildren();
    open(false);
    box.hidden = true;
    if (hadFocus) element("scroller").focus();
  });
  list.addEventListener("htmx:after:swap", () => {
    const linked = list.firstElementChild?.querySelector(".echo-linked");
    if (linked) tell(linked.textContent?.trim() ?? "");
  });
  list.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button[data-cite]") : null;
    const line = button && store.line(button.closest("li.echo")?.getAttribute("data-line") ?? "");
    if (!(button instanceof HTMLButtonElement) || !line) return;
    const targets = [target(line, null, null)];
    const text = button.dataset.cite ?? "";
    add(room.connection.doc(), { author: room.boot.me.id, voice: NOBODY, kind: "memo", targets, text });
    const said = document.createElement("p");
    said.className = "meta echo-linked";
    said.textContent = room.say("echo_noted");
    button.replaceWith(said);
    tell(said.textContent);
  });

  return {
    /** Links what was just said to what the newest echo backs, or notes the echo on the line. */
    link() {
      const button = list.firstElementChild?.querySelector("button[data-link], button[data-cite]");
      if (!box.hidden && button instanceof HTMLButtonElement) button.click();
    },
  };
}

/** @param {import("../store.js").Store} store */
const newest = (store) => store.lines()[store.lines().length - 1];

/** Commands go to `/api/sessions/…`, pages to `/sessions/…`. @param {string} path */
const pageOf = (path) => path.replace(/^\/api/, "");
