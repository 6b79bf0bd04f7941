/**
 * The document as the server last packed it, fetched before the socket opens: a ninth of the bytes,
 * unpacked by the browser itself. The socket then brings only what came since.
 */

/** incarnation: the load of the room that it is of. @typedef {{incarnation: string, update: Uint8Array}} Primer */

const TIMEOUT_MS = 10_000;

/**
 * Never fails: without it the socket brings everything.
 *
 * @param {string} session
 * @param {string} known the incarnation that our document follows, "" for none
 * @param {typeof fetch} fetcher
 * @returns {Promise<Primer | null>} null where there is nothing to fetch, or no way to
 */
export async function fetchPrimer(session, known, fetcher) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), TIMEOUT_MS);
  const path = `/api/sessions/${session}/snapshot?unless=${encodeURIComponent(known)}`;
  try {
    const answer = await fetcher(path, { credentials: "same-origin", signal: patience.signal });
    const incarnation = answer.headers.get("Colloquy-Incarnation");
    if (answer.status !== 200 || incarnation === null) return null;
    return { incarnation, update: new Uint8Array(await answer.arrayBuffer()) };
  } catch {
    return null; // cut off or too slow; the ticket and the socket have their own retries
  } finally {
    clearTimeout(timer);
  }
}
