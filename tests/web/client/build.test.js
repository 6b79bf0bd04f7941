import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { bundle } from "../../../web/build.mjs";

const BAR_KB = 45; // for the first file
const INTERACTIVE_KB = 60; // with what is written and pressed at once
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

/** The parts of the live page, by name: `board` is `live-board-3F9A2C.js`. */
const parts = () =>
  new Map(readdirSync(folder).flatMap((name) => {
    const part = /^live-(?!chunk)(\w+)-\w+\.js$/.exec(name)?.[1];
    return part ? [[part, name]] : [];
  }));

test("the live page is interactive after one script of at most 45 KB", (t) => {
  const live = kilobytes("session.js");
  const byRole = [...parts()].map(([part, name]) => {
    const { length } = readFileSync(join(folder, `${name}.gz`));
    return `${part} ${(length / 1000).toFixed(1)}`;
  });
  const later = kilobytes("htmx.js") + kilobytes("capture.js") + kilobytes("capture-worklet.js");
  t.diagnostic(`live bundle ${live.toFixed(1)} KB gz; then by role: ${byRole.join(", ")}`);
  t.diagnostic(`htmx and a microphone ${later.toFixed(1)} KB gz`);

  assert.deepEqual(waitedFor(source("session.js")), []);
  assert.ok(live <= BAR_KB, `${live} KB`);
  const atOnce = ["keys", "desk"].map((part) => `${parts().get(part)}.gz`);
  const sizes = atOnce.map((name) => readFileSync(join(folder, name)).length / 1000);
  assert.ok(sizes.reduce((sum, size) => sum + size, live) <= INTERACTIVE_KB, `${live} and ${sizes} KB`);
});

test("every part of the live page is named in it and takes from it what both need", () => {
  const live = source("session.js");
  const modules = readdirSync("web/client/parts").map((name) => name.replace(/\.js$/, ""));

  assert.deepEqual([...parts().keys()].sort(), modules.sort());
  for (const name of parts().values()) {
    assert.ok(live.includes(`import("./${name}")`), name);
    const text = readFileSync(join(folder, name), "utf-8");
    assert.ok(waitedFor(text).some((one) => one.includes(files["session.js"])), name);
  }
});

test("htmx and the microphone are not in the live bundle but named in it", () => {
  const live = source("session.js");

  assert.ok(live.includes(`import("./${files["htmx.js"]}")`));
  const pane = readFileSync(join(folder, /** @type {string} */ (parts().get("pane"))), "utf-8");
  assert.ok(pane.includes(`import("./${files["capture.js"]}")`));
  assert.ok(!live.includes(files["capture.js"]));
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
