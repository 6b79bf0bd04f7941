"""A filled session and the people of the bench: one who reads, one who writes."""

import subprocess
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.journeys.running import Running

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
BUNDLE = """
import { build } from "esbuild";
const { outputFiles } = await build({
  entryPoints: [process.argv[1]], bundle: true, format: "iife", write: false,
});
process.stdout.write(outputFiles[0].text);
"""
TYPE_LINES = """async (count) => {
  const boot = JSON.parse(document.getElementById("boot").textContent);
  const say = async (n) => {
    const answer = await fetch(`/api/sessions/${boot.session.id}/lines`, {
      method: "POST",
      headers: {"Content-Type": "application/json", "X-Colloquy-Token": boot.token},
      body: JSON.stringify({
        key: `bench-${Date.now()}-${n}-0000000000`,
        text: `${n}: 我们看不到对方的排水计划 We learn of the drainage plan when the road is closed, and ` +
          "then the residents have called us already; this happened three times last summer.",
      }),
    });
    if (!answer.ok) throw new Error(await answer.text());
  };
  for (let n = 0; n < count; n += 4) {
    await Promise.all([0, 1, 2, 3].filter((k) => n + k < count).map((k) => say(n + k)));
  }
}"""


class Room:
    """One open session of a running server, and its moderator's login."""

    def __init__(self, browser: Browser, server: Running) -> None:
        self.browser = browser
        self.base = server.base
        page = browser.new_context().new_page()
        page.goto(server.ways().moderator)
        page.locator("a[href^='/sessions/']").first.click()
        page.locator("#status .saved.is-calm").wait_for()
        self.address = page.url
        self.storage: Any = page.context.storage_state()
        self.writer = page
        page.evaluate(self._bundle())

    def fill(self, lines: int, annotations: int) -> None:
        """Type the lines and write the annotations, through the server as people do."""
        self.writer.evaluate(TYPE_LINES, lines)
        there = self.writer.evaluate("count => writer.fill(count)", annotations)
        assert there >= lines, f"{there} of {lines} lines"

    def reader(self) -> tuple[BrowserContext, Page]:
        """Give a fresh browser of the moderator, with an empty cache."""
        context = self.browser.new_context(
            storage_state=self.storage, viewport={"width": 1440, "height": 900}
        )
        context.add_init_script((HERE / "probe.js").read_text(encoding="utf-8"))
        return context, context.new_page()

    def _bundle(self) -> str:
        node, writer = str(ROOT / ".venv/bin/node"), str(HERE / "writer.js")
        command = [node, "--input-type=module", "-e", BUNDLE, writer]
        return subprocess.check_output(command, cwd=ROOT, text=True)
