/**
 * Holds scripts and styles to the oldest browsers that they must run in.
 *
 * Syntax is esbuild's matter: it rewrites what it can for the targets of build.mjs and reports what
 * it cannot. What it does not know are functions of the browser and values of CSS: those younger
 * than the floor are listed here. A style may use them inside `@supports`, where the old browser has
 * been given something before; a script may ask for them first, `"name" in window`, on the same line.
 */

import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { SUPPORTED, TARGET } from "./build.mjs";

const WEB = dirname(fileURLToPath(import.meta.url));

/** Younger than Chrome 86, Safari 14 or Firefox 78. */
const SCRIPT = [
  /\bstructuredClone\(/,
  /\brandomUUID\b/,
  /\.at\(-?\d/,
  /\bObject\.(hasOwn|groupBy)\b/,
  /\bArray\.fromAsync\b/,
  /\.(findLast|findLastIndex|toSorted|toReversed|toSpliced)\(/,
  /\bAbortSignal\.(timeout|any)\b/,
  /\bPromise\.(withResolvers|try)\b/,
  /\bsetBigU?[iI]nt64\b/,
  /\bIntl\.(ListFormat|Segmenter)\b/,
  /\b(showModal|showPopover|requestSubmit)\(/,
  /\brequestIdleCallback\b/,
  /\bscrollend\b/,
  /\(\?<[=!]/, // look-behind in regular expressions: Safari 16.4
];
const STYLE = [
  /\bcolor-mix\(/,
  /\blight-dark\(/,
  /:has\(/,
  /:(is|where)\(/,
  /@(container|layer|scope|property|starting-style)\b/,
  /\binset(-(block|inline))?\s*:/,
  /\baspect-ratio\s*:/,
  /\d(dvh|svh|lvh|cqw|cqi)\b/,
  /\boverflow(-[xy])?\s*:\s*clip\b/,
  /\b(translate|rotate|scale)\s*:\s*[^;]/,
  /\b(oklch|oklab|lab|lch)\(/,
];

/**
 * @param {string} folder
 * @param {string} ending
 */
function files(folder, ending) {
  const names = readdirSync(join(WEB, folder), { recursive: true, encoding: "utf-8" });
  return names.filter((name) => name.endsWith(ending)).map((name) => join(WEB, folder, name));
}

/**
 * What is too young in `source`, by line. Comments and what stands inside `@supports` are left out.
 *
 * @param {string} source
 * @param {RegExp[]} young
 */
export function found(source, young) {
  const plain = source.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "));
  const findings = [];
  let depth = 0;
  let supported = 0;
  for (const [index, line] of plain.split("\n").entries()) {
    if (/@supports\b/.test(line) && supported === 0) supported = depth + 1;
    const code = line.replace(/^\s*\/\/.*|\s\/\/ .*$/, "");
    const rule = young.find((pattern) => pattern.test(code));
    if (rule && supported === 0 && !/" in \w/.test(code)) {
      findings.push({ line: index + 1, text: code.trim() });
    }
    depth += count(line, "{") - count(line, "}");
    if (depth < supported) supported = 0;
  }
  return findings;
}

/**
 * @param {string} line
 * @param {string} character
 */
function count(line, character) {
  return line.split(character).length - 1;
}

/**
 * What esbuild cannot rewrite for the floor.
 *
 * @param {string} source
 * @param {"js" | "css"} loader
 * @returns {Promise<import("esbuild").Message[]>}
 */
async function complaints(source, loader) {
  const options = { loader, target: TARGET, supported: SUPPORTED, logLevel: "silent" };
  try {
    return (await transform(source, /** @type {import("esbuild").TransformOptions} */ (options))).warnings;
  } catch (failure) {
    return /** @type {import("esbuild").TransformFailure} */ (failure).errors;
  }
}

async function main() {
  let problems = 0;
  const say = (/** @type {string} */ file, /** @type {number} */ line, /** @type {string} */ text) => {
    problems += 1;
    process.stderr.write(`${relative(process.cwd(), file)}:${line}: younger than the browser floor: ${text}\n`);
  };
  for (const [folder, ending, young] of /** @type {const} */ ([
    ["client", ".js", SCRIPT],
    ["styles", ".css", STYLE],
  ])) {
    for (const file of files(folder, ending)) {
      const source = readFileSync(file, "utf-8");
      for (const { line, text } of found(source, young)) say(file, line, text);
      const loader = ending === ".js" ? "js" : "css";
      for (const { text, location } of await complaints(source, loader)) {
        say(file, location?.line ?? 0, text);
      }
    }
  }
  process.exitCode = problems > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
