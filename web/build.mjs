/**
 * Bundles the browser's scripts and styles into `web/static/build`, under names that change with
 * their content, and writes `manifest.json`: {"session.js": "session-3F9A2C1B.js", …}. Beside each
 * file lies the same compressed (`.gz`), which is what the server sends.
 *
 * Each page waits for one script. What the live page needs only later (htmx, the microphone) are files
 * of their own, whose names are written into it.
 *
 * Does nothing when nothing changed (`--force` builds all the same). Everything is written to a
 * folder beside, which then takes the place of the old one: no request meets half a build.
 */

import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const SCRIPTS = ["session.js", "review.js", "archive.js", "reader.js", "taxonomy.js", "lobby.js", "steno.js", "prepare.js"];
const STYLES = ["site.css", "live.css"];
const LATER = {
  WORKLET_FILE: "client/capture-worklet.js",
  CAPTURE_FILE: "client/capture.js",
  HTMX_FILE: "client/htmx.js",
};
/** The oldest browsers that experts come with; newer syntax is rewritten for them. */
export const TARGET = ["chrome86", "safari14", "firefox78"];
/** Safari before 14.1 gets rare cases wrong, for which esbuild would refuse all of it. */
export const SUPPORTED = { destructuring: true };

/** What of the libraries is replaced: coloured logging is a tenth of Yjs's weight. */
const INSTEAD = { "lib0/logging": "./client/logging.js" };

const WEB = dirname(fileURLToPath(import.meta.url));
const OUTPUT = join(WEB, "static", "build");
const STAMP = ".inputs";

/**
 * Builds everything into `folder`.
 *
 * @param {string} folder
 * @returns {Promise<Record<string, string>>} the entries' names and the files they became
 */
export async function bundle(folder) {
  /** @type {Record<string, string>} */
  const files = {};
  /** @type {Record<string, string>} */
  const define = {};
  for (const [name, entry] of Object.entries(LATER)) {
    const file = await esbuild(entry, folder, define);
    files[basename(entry)] = file;
    define[name] = JSON.stringify(`./${file}`);
  }
  for (const name of SCRIPTS) files[name] = await esbuild(join("client", name), folder, define);
  for (const name of STYLES) files[name] = await esbuild(join("styles", name), folder, {});
  for (const file of readdirSync(folder)) {
    writeFileSync(join(folder, `${file}.gz`), gzipSync(readFileSync(join(folder, file)), { level: 9 }));
  }
  return files;
}

/**
 * @param {string} entry in the folder of this file
 * @param {string} outdir
 * @param {Record<string, string>} define
 * @returns {Promise<string>} the file that it became
 */
async function esbuild(entry, outdir, define) {
  const { metafile } = await build({
    entryPoints: [join(WEB, entry)],
    outdir,
    define,
    alias: INSTEAD,
    absWorkingDir: WEB,
    external: Object.values(define).map((file) => JSON.parse(file)),
    bundle: true,
    minify: true,
    legalComments: "external", // the libraries' licences lie beside
    format: "esm",
    target: TARGET,
    supported: SUPPORTED,
    entryNames: "[name]-[hash]",
    metafile: true,
    logLevel: "warning",
  });
  const [file] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint) ?? [""];
  return basename(file);
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
