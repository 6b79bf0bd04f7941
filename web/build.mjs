/**
 * Bundles the browser's scripts and styles into `web/static/build`, under names that change with
 * their content, and writes `manifest.json`: {"session.js": "session-3F9A2C1B.js", …}. Beside each
 * file lies the same compressed (`.gz`), which is what the server sends.
 *
 * Each page waits for one script. What the live page needs only later (htmx, the microphone, its parts
 * by role) are files of their own, whose names are written into it.
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

const SCRIPTS = ["projector.js", "review.js", "settling.js", "archive.js", "reader.js", "taxonomy.js", "exports.js", "lobby.js", "steno.js", "prepare.js", "sound-check.js", "passages.js", "reply.js", "requirement.js"];
/** The live page for people: one file to begin with; `client/parts/` come by themselves, as needed. */
const LIVE = "session.js";
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
  files[LIVE] = await live(folder, define);
  for (const name of SCRIPTS) files[name] = await esbuild(join("client", name), folder, define);
  for (const name of STYLES) files[name] = await esbuild(join("styles", name), folder, {});
  for (const file of readdirSync(folder)) {
    writeFileSync(join(folder, `${file}.gz`), gzipSync(readFileSync(join(folder, file)), { level: 9 }));
  }
  return files;
}

/**
 * The live page and its parts, which take from its first file all that is in it. Every part is made to
 * import the entry, so that what entry and parts share is one file and not one for each combination;
 * the entry itself then holds nothing but the import of that file, which is given instead.
 *
 * @param {string} outdir
 * @param {Record<string, string>} define
 * @returns {Promise<string>}
 */
async function live(outdir, define) {
  const outputs = await run({ ...scripts(outdir, define), entryPoints: [join(WEB, "client", LIVE)],
    splitting: true, chunkNames: "live-[name]-[hash]", plugins: [SHARING] });
  const [entry, { imports }] = entryOf(outputs, LIVE);
  const waited = imports.filter(({ kind }) => kind === "import-statement");
  if (waited.length !== 1 || !waited[0]) throw new Error(`the live page waits for ${waited.length} files`);
  rmSync(join(outdir, basename(entry)));
  return basename(waited[0].path);
}

/** @type {import("esbuild").Plugin} */
const SHARING = {
  name: "sharing",
  setup(build) {
    build.onLoad({ filter: /client[\\/]parts[\\/][^\\/]+\.js$/ }, ({ path }) => ({
      contents: `import "../${LIVE}";\n${readFileSync(path, "utf-8")}`,
    }));
  },
};

/**
 * @param {string} entry in the folder of this file
 * @param {string} outdir
 * @param {Record<string, string>} define
 * @returns {Promise<string>} the file that it became
 */
async function esbuild(entry, outdir, define) {
  const outputs = await run({ ...scripts(outdir, define), entryPoints: [join(WEB, entry)] });
  return basename(entryOf(outputs, basename(entry))[0]);
}

/**
 * @param {string} outdir
 * @param {Record<string, string>} define
 * @returns {import("esbuild").BuildOptions}
 */
const scripts = (outdir, define) => ({
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

/** @param {import("esbuild").BuildOptions} options */
async function run(options) {
  const { metafile } = await build(options);
  return /** @type {import("esbuild").Metafile} */ (metafile).outputs;
}

/**
 * @param {import("esbuild").Metafile["outputs"]} outputs
 * @param {string} name of the entry; what is imported later counts as an entry as well
 */
function entryOf(outputs, name) {
  const found = Object.entries(outputs).find(([, { entryPoint }]) => basename(entryPoint ?? "") === name);
  if (found === undefined) throw new Error(`${name} was not built`);
  return found;
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
