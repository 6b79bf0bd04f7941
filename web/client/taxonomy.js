/**
 * The taxonomy explorer: its tree fetches itself anew (see partials/taxonomy.html) when told
 * `taxonomy-changed`. The live page says so when a study event comes; this page has no socket, so
 * it asks when it is looked at again, and every few seconds while it is looked at.
 */

import "htmx.org";

const EVERY_MILLISECONDS = 15_000;

const ask = () => {
  if (document.visibilityState === "visible") document.body.dispatchEvent(new Event("taxonomy-changed"));
};

document.addEventListener("visibilitychange", ask);
setInterval(ask, EVERY_MILLISECONDS);
