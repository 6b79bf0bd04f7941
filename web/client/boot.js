/**
 * What the page hands to its script: the JSON of `<script type="application/json" id="boot">`.
 */

/**
 * @typedef {object} Boot
 * @property {{id: string, title: string, language: string, state: string, study: string,
 *   kind: string}} session
 * @property {{id: string, name: string, role: string, unit: string | null}} me
 * @property {{annotate: boolean, moderate: boolean, speak: boolean, chat: boolean}} can
 * @property {ReadonlyArray<{id: string, en: string, zh: string, kind: string,
 *   aliases: readonly string[]}>} units
 * @property {string} token the login's CSRF token
 * @property {string} language of the reader
 * @property {"room" | "projector"} view
 * @property {Readonly<Record<string, string>>} messages
 * @property {ReadonlyArray<{code: string, action: string, label: string}>} keys
 * @property {string | null} recording label of the bundled recording
 */

/** What the modules below the page need of it. @typedef {Pick<Boot, "session" | "me" | "token">} Login */

/**
 * @param {Document} page
 * @returns {Boot}
 */
export function readBoot(page) {
  const script = page.getElementById("boot");
  if (script === null) throw new Error("the page has no boot data");
  return JSON.parse(script.textContent ?? "");
}
