/**
 * Requests to our own server: JSON both ways, the login's token, and three kinds of answer.
 */

/** @typedef {{kind: "ok", body: any}} Answered the server did it */
/**
 * The server said no, and would say it again.
 * @typedef {{kind: "refused", status: number, code: string, message: string,
 *   fields: Record<string, unknown>}} Refused
 */
/**
 * Nobody knows: the network or the server was away. Worth another try.
 * @typedef {{kind: "away", retryAfter: number}} Away
 */
/** @typedef {Answered | Refused | Away} Answer */

const TIMEOUT_MS = 15_000;

/** Statuses that pass by themselves: a restart, a session moving to another owner, too many requests. */
const PASSING = new Set([429, 502, 503, 504]);

/**
 * Sends one request and never throws for what the network or the server did.
 *
 * @param {string} method
 * @param {string} path
 * @param {string} token CSRF token of the login
 * @param {unknown} [body] sent as JSON
 * @param {typeof fetch} [fetcher]
 * @returns {Promise<Answer>}
 */
export async function request(method, path, token, body, fetcher = fetch) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json", "X-Colloquy-Token": token };
  /** @type {RequestInit} */
  const init = { method, headers, credentials: "same-origin" };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), TIMEOUT_MS);
  try {
    return await read(await fetcher(path, { ...init, signal: patience.signal }));
  } catch {
    return { kind: "away", retryAfter: 0 }; // fetch says no more than "it did not work"
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param {Response} response
 * @returns {Promise<Answer>}
 */
async function read(response) {
  if (PASSING.has(response.status)) {
    return { kind: "away", retryAfter: Number(response.headers.get("Retry-After")) * 1000 || 0 };
  }
  const text = await response.text();
  const body = text === "" ? null : parsed(text);
  if (response.ok) return { kind: "ok", body };
  return {
    kind: "refused",
    status: response.status,
    code: body?.code ?? `http.${response.status}`,
    message: body?.message ?? "",
    fields: body?.fields ?? {},
  };
}

/**
 * @param {string} text
 * @returns {any} null for what is not JSON: a proxy's own error page
 */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
