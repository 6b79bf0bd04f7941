/**
 * Part of the live page, for the moderator: while a room speaks, what others said of the same.
 *
 * It asks for each final line once, one line at a time and only the newest: a line that is overtaken
 * while another is looked up goes without. What comes is put in a box whose height is kept free, and
 * takes neither focus nor voice.
 */

import { htmx } from "../fragments.js";
import { element } from "../page.js";
import { playIn } from "../player.js";

const KEPT = 6;

/** @param {import("../room.js").Room} room */
export function start(room) {
  const { store, path } = room;
  const section = element("echo");
  const list = element("echo-list");
  section.hidden = false;
  playIn(section, element("echo-player"));
  let asked = newest(store)?.id ?? "";
  let isBusy = false;

  const follow = async () => {
    const line = newest(store);
    if (isBusy || !line || line.id === asked || room.state !== "live") return;
    asked = line.id;
    isBusy = true;
    try {
      await (await htmx()).ajax("GET", `${pageOf(path)}/echoes/${line.id}`, { target: list, swap: "afterbegin" });
      for (const old of [...list.children].slice(KEPT)) old.remove();
    } finally {
      isBusy = false;
    }
    void follow();
  };
  store.onChange((change) => {
    if (change.all || change.lines) void follow();
  });

  return {
    /** Links what was just said to the entry of the newest echo that has one. */
    link() {
      const button = list.querySelector("button[data-link]");
      if (button instanceof HTMLButtonElement) button.click();
    },
  };
}

/** @param {import("../store.js").Store} store */
const newest = (store) => store.lines()[store.lines().length - 1];

/** Commands go to `/api/sessions/…`, pages to `/sessions/…`. @param {string} path */
const pageOf = (path) => path.replace(/^\/api/, "");
