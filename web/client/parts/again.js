/**
 * A page whose login ended, and whose reader has come in again in another tab: the same person, under
 * a new login whose token this page must first learn.
 */

import { readBoot } from "../boot.js";

/**
 * @param {import("../boot.js").Login} boot takes the new login's token
 * @param {typeof fetch} fetcher
 * @returns {Promise<boolean>} whether it is the same person's page again
 */
export async function comeAgain(boot, fetcher) {
  const answer = await fetcher(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return false; // the network is away, or nobody has signed in: the next look asks again
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!page.getElementById("boot")) return false;
  const { me, token } = readBoot(page);
  if (me.id !== boot.me.id) return false;
  boot.token = token;
  document.body.setAttribute("hx-headers:inherited", JSON.stringify({ "X-Colloquy-Token": token }));
  for (const field of document.querySelectorAll("input[name=token]")) {
    if (field instanceof HTMLInputElement) field.value = token;
  }
  return true;
}
