/**
 * Bundles the browser's scripts and styles into `web/static/build`, under names that change with
 * their content, and writes `manifest.json`: {"session.js": "session-3F9A2C1B.js", …}.
 *
 * Does nothing when nothing changed (`--force` builds all the same). Everything is written to a
 * folder beside, which then takes the place of the old one: no request meets half a build.
 */

import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const SCRIPTS = ["session.js", "archive.js", "taxonomy.js", "lobby.js"];
const STYLES = ["site.css", "live.css"];
const WORKLET = "capture-worklet.js";
/** The oldest browsers that experts come with; newer syntax is rewritten for them. */
export const TARGET = ["chrome86", "safari14", "firefox78"];
/** Safari before 14.1 gets rare cases wrong, for which esbuild would refuse all of it. */
export const SUPPORTED = { destructuring: true };

const WEB = dirname(fileURLToPath(import.meta.url));
const OUTPUT = join(WEB, "static", "build");
const STAMP = ".inputs";

/** @param {string} folder */
async function bundle(folder) {
  const worklet = await esbuild([join(WEB, "client", WORKLET)], folder, {});
  const define = { WORKLET_FILE: JSON.stringify(`./${worklet[WORKLET]}`) };
  const scripts = await esbuild(SCRIPTS.map((name) => join(WEB, "client", name)), folder, define);
  const styles = await esbuild(STYLES.map((name) => join(WEB, "styles", name)), folder, {});
  return { ...scripts, ...styles, ...worklet };
}

/**
 * @param {string[]} entryPoints
 * @param {string} outdir
 * @param {Record<string, string>} define
 * @returns {Promise<Record<string, string>>} the entries' names and the files they became
 */
async function esbuild(entryPoints, outdir, define) {
  const { metafile } = await build({
    entryPoints,
    outdir,
    define,
    bundle: true,
    minify: true,
    format: "esm",
    target: TARGET,
    supported: SUPPORTED,
    entryNames: "[name]-[hash]",
    metafile: true,
    logLevel: "warning",
  });
  const entries = Object.entries(metafile.outputs).filter(([, { entryPoint }]) => entryPoint);
  return Object.fromEntries(
    entries.map(([file, { entryPoint }]) => [basename(String(entryPoint)), basename(file)]),
  );
}

/** One hash over everything that the build is made of. */
function inputs() {
  const root = dirname(WEB);
  const sources = ["client", "styles"].flatMap((folder) =>
    readdirSync(join(WEB, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const files = [...sources.sort(), join(root, "package-lock.json"), fileURLToPath(import.meta.url)];
  const hash = createHash("sha256");
  for (const file of files) hash.update(relative(root, file)).update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

async function main() {
  const stamp = inputs();
  const built = join(OUTPUT, STAMP);
  const isBuilt = existsSync(built) && readFileSync(built, "utf-8") === stamp;
  if (isBuilt && !process.argv.includes("--force")) return;
  const beside = `${OUTPUT}.new`;
  rmSync(beside, { recursive: true, force: true });
  try {
    const manifest = await bundle(beside);
    writeFileSync(join(beside, "manifest.json"), JSON.stringify(manifest, null, 2));
    writeFileSync(join(beside, STAMP), stamp);
    rmSync(OUTPUT, { recursive: true, force: true });
    renameSync(beside, OUTPUT);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
