/**
 * The taxonomy explorer and the study's page: the tree, the counts and the sessions fetch themselves
 * anew (see partials/taxonomy.html, study.html) when told `taxonomy-changed`. The live page says so
 * when a study event comes; these pages have no socket, so they ask when they are looked at again, and
 * every few seconds while they are looked at.
 */

import "htmx.org";

import { Tree } from "./tree.js";

const EVERY_MILLISECONDS = 15_000;

const ask = () => {
  if (document.visibilityState === "visible") document.body.dispatchEvent(new Event("taxonomy-changed"));
};

document.addEventListener("visibilitychange", ask);
setInterval(ask, EVERY_MILLISECONDS);

const explorer = document.querySelector("#explorer");
if (explorer instanceof HTMLElement) new Tree(explorer);
