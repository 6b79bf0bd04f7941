/**
 * Sentences in the reader's language, handed over by the page; see web/client_messages.py.
 */

/** @typedef {(key: string, fields?: Readonly<Record<string, string | number>>) => string} Say */

/**
 * Where `fields.n` is 1 and the key has a sibling ending in `_one`, that sentence is taken.
 * A key without a sentence is a mistake in the code: it throws.
 *
 * @param {Readonly<Record<string, string>>} messages
 * @returns {Say}
 */
export function sayer(messages) {
  return (key, fields = {}) => {
    const one = fields.n === 1 ? messages[`${key}_one`] : undefined;
    const sentence = one ?? messages[key];
    if (sentence === undefined) throw new Error(`no sentence for ${key}`);
    return sentence.replace(/\{(\w+)\}/g, (_, name) => String(fields[name] ?? ""));
  };
}
