"""What is measured of the page, each in a fresh browser."""

import math
import statistics
from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import Page, Response

from tests.bench.page.room import Room

ROOT = Path(__file__).parents[3]
INCOMING = 40
SYNC = 0
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERYTHING_VISIBLE = """
addEventListener("DOMContentLoaded", () => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("* { content-visibility: visible !important }");
  document.adoptedStyleSheets = [sheet];
});
"""
# The line in the middle of the page is read: where its top is, frame by frame, from now on.
READ_A_LINE = """() => {
  const frame = document.getElementById("scroller").getBoundingClientRect();
  const line = document.elementFromPoint(frame.left + 200, frame.top + frame.height / 2).closest("li.line");
  line.focus({ preventScroll: true });
  const top = line.getBoundingClientRect().top;
  window.drift = 0;
  const look = () => {
    window.drift = Math.max(window.drift, Math.abs(line.getBoundingClientRect().top - top));
    window.looking = requestAnimationFrame(look);
  };
  look();
  return Number(line.querySelector(".line-text").textContent.split(":")[0]);
}"""
LOADED = """() => Object.fromEntries(
  performance.getEntriesByType("resource").map((one) => [one.name, one.responseEnd]),
)"""
WRITE = """() => {
  cancelAnimationFrame(window.looking);
  const box = document.getElementById("note-text");
  const line = document.querySelector("#lines .is-current");
  const top = line.getBoundingClientRect().top;
  window.stolen = 0;
  window.drift = 0;
  const look = () => {
    const isOurs = document.activeElement === box && box.selectionStart === 5 && box.value === "a half word";
    if (!isOurs) window.stolen += 1;
    window.drift = Math.max(window.drift, Math.abs(line.getBoundingClientRect().top - top));
    window.looking = requestAnimationFrame(look);
  };
  box.setSelectionRange(5, 5);
  look();
}"""


def control(room: Room) -> float:
    """Seconds until the sign-in page has loaded, in a browser of its own."""
    context = room.browser.new_context()
    page = context.new_page()
    page.goto(f"{room.base}/login", wait_until="load")
    seconds = float(page.evaluate("performance.now()")) / 1000
    context.close()
    return seconds


def load(room: Room, *, slow: bool = False) -> dict[str, float]:
    """Open the page; slow: every line laid out, on a CPU of a quarter of the speed."""
    context, page = room.reader()
    if slow:
        context.add_init_script(EVERYTHING_VISIBLE)
        session = context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    scripts: list[Response] = []
    foreign: list[str] = []
    page.on("request", lambda r: None if _is_ours(r.url, room) else foreign.append(r.url))
    page.on("response", lambda r: scripts.append(r) if _is_script(r) else None)
    page.goto(room.address)
    _until(page, "probe.interactive > 0")
    _until(page, "typeof htmx === 'object'")
    seconds = float(page.evaluate("probe.interactive")) / 1000
    loaded = page.evaluate(LOADED)
    figures = {
        "interactive": seconds,
        "blocking_ms": float(page.evaluate("probe.longTasks")),
        "bundle": _kilobytes(r for r in scripts if loaded.get(r.url, math.inf) <= seconds * 1000),
        "bundle_all": _kilobytes(scripts),
        "foreign": len(foreign),
        "blocked": len(page.evaluate("probe.blocked")),
    }
    context.close()
    return figures


def incoming(room: Room) -> dict[str, float]:
    """Let annotations come in while a line is read, then while a note is being written."""
    context, page = room.reader()
    page.goto(room.address)
    _until(page, "probe.interactive > 0")
    lines = int(room.writer.evaluate("document.querySelectorAll('#lines .line').length"))
    _until(page, f"document.querySelectorAll('#lines .line').length >= {lines}")
    page.evaluate("document.getElementById('scroller').scrollTop -= 4000")
    page.wait_for_timeout(300)
    read = page.evaluate(READ_A_LINE)
    page.evaluate("probe.messages.length = 0")
    for n in range(INCOMING):
        _come_in(room, page, read + (n % 9) - 6)
    drift = float(page.evaluate("window.drift"))
    page.keyboard.press("Digit1")
    page.keyboard.type("a half word")
    page.evaluate(WRITE)
    for n in range(INCOMING):
        _come_in(room, page, read + (n % 9) - 6)
    sync = [m for m in page.evaluate("probe.messages") if m["kind"] == SYNC]
    figures = {
        "drawn": statistics.median(m["script"] for m in sync),
        "drawn_p95": statistics.quantiles((m["script"] for m in sync), n=20)[-1],
        "drawn_with_layout": statistics.median(m["all"] for m in sync),
        "drift": max(drift, float(page.evaluate("window.drift"))),
        "stolen": float(page.evaluate("window.stolen")),
    }
    page.locator("#note-text").fill("")
    context.close()
    return figures


def axe(room: Room) -> float:
    """How many rules of axe-core the filled page breaks."""
    context, page = room.reader()
    page.goto(room.address)
    _until(page, "probe.interactive > 0")
    page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    for violation in found["violations"]:
        print("axe:", violation["id"], [node["target"] for node in violation["nodes"]][:3])
    context.close()
    return len(found["violations"])


def _come_in(room: Room, page: Page, line: int) -> None:
    """Write one annotation elsewhere and wait until it stands in the page."""
    count = page.locator("#lines .note").count()
    room.writer.evaluate("at => writer.note(at)", line)
    _until(page, f"document.querySelectorAll('#lines .note').length > {count}")


def _is_ours(url: str, room: Room) -> bool:
    return not url.startswith(("http:", "https:", "ws:", "wss:")) or url.startswith(
        (room.base + "/", room.base.replace("http", "ws", 1) + "/")
    )


def _is_script(response: Response) -> bool:
    return response.request.resource_type == "script"


def _kilobytes(scripts: Iterable[Response]) -> float:
    """Kilobytes of scripts on the wire."""
    return sum(float(script.headers["content-length"]) for script in scripts) / 1000


def _until(page: Page, condition: str) -> None:
    """Wait until `condition` holds, without `eval`, which the page's policy rightly forbids."""
    page.evaluate(
        "() => new Promise((resolve) => { const look = () => "
        f"({condition}) ? resolve() : setTimeout(look, 20); look(); }})"
    )
