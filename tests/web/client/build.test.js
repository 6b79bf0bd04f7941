import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { bundle } from "../../../web/build.mjs";

const BAR_KB = 60;
/** @type {string} */
let folder;
/** @type {Record<string, string>} */
let files;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "colloquy-build-"));
  files = await bundle(folder);
});
after(() => rmSync(folder, { recursive: true }));

const source = (name) => readFileSync(join(folder, files[name]), "utf-8");
const kilobytes = (name) => readFileSync(join(folder, `${files[name]}.gz`)).length / 1000;
/** Files that a script waits for: `import … from "./x"`, `import "./x"`, `export … from "./x"`. */
const waitedFor = (text) => text.match(/\b(import|from)\s*"\.\/[^"]+"/g) ?? [];

test("the live page is interactive after one script of at most 60 KB", (t) => {
  const live = kilobytes("session.js");
  const later = kilobytes("htmx.js") + kilobytes("capture.js");
  const all = live + later + kilobytes("capture-worklet.js");
  t.diagnostic(`live bundle ${live.toFixed(1)} KB gz; after the first paint ${later.toFixed(1)} more`);
  t.diagnostic(`in all, with a microphone on, ${all.toFixed(1)} KB gz`);

  assert.deepEqual(waitedFor(source("session.js")), []);
  assert.ok(live <= BAR_KB, `${live} KB`);
});

test("htmx and the microphone are not in the live bundle but named in it", () => {
  const live = source("session.js");

  assert.ok(live.includes(`import("./${files["htmx.js"]}")`));
  assert.ok(live.includes(`import("./${files["capture.js"]}")`));
  assert.ok(source("capture.js").includes(`./${files["capture-worklet.js"]}`));
  assert.ok(!live.includes("hx-trigger"));
  assert.ok(source("htmx.js").includes("hx-trigger") || source("htmx.js").includes("HX-Trigger"));
});

test("every file lies there compressed as well", () => {
  const plain = readdirSync(folder).filter((name) => !name.endsWith(".gz"));

  assert.ok(plain.length >= Object.keys(files).length);
  for (const name of plain) {
    const packed = gunzipSync(readFileSync(join(folder, `${name}.gz`)));
    assert.ok(packed.equals(readFileSync(join(folder, name))), name);
  }
});
