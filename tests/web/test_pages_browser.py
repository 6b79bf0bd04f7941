"""The pages in a real browser, without a server: axe finds nothing, nothing overflows, scripts work."""

import io
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect, sync_playwright
from pypdf import PdfReader

from schemas.session import Language
from tests import chromium
from tests.web import samples
from web.archive_views import ArchiveView, EchoLinkedView, EchoView
from web.assets import Assets, static_dir
from web.render import Renderer, template_name
from web.report_views import ReportView, Section, Statement, Table
from web.session_views import SessionView, StenoView
from web.taxonomy_views import TaxonomyView
from web.views import Link

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
BASE = "http://localhost:9"
POLICY = "default-src 'none'; script-src 'nonce-n0nce' 'strict-dynamic'; style-src 'self'; img-src 'self' data:; media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"  # fmt: skip
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STAND_STILL = (
    "for (let timer = setInterval(() => {}, 1e9); timer > 0; timer--) clearInterval(timer)"
)
MODES = {
    "light": {"viewport": {"width": 1200, "height": 800}},
    "dark": {"viewport": {"width": 1200, "height": 800}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
Open = Callable[..., Page]

LIVE = (SessionView, StenoView, EchoView, EchoLinkedView)  # or a piece of the live page
"""Pages whose script needs a room: test_live_page and test_steno_page hold them to axe."""


class Site:
    """Answers a page's requests from rendered views, the build, and what a test adds."""

    def __init__(self) -> None:
        self.renderer = Renderer(Assets.load())
        self.answers: dict[str, Callable[[Request], str | bytes]] = {}
        self.asked: list[Request] = []

    def answer(self, route: Route) -> None:
        request = route.request
        path = request.url.removeprefix(BASE).split("#", 1)[0]
        self.asked.append(request)
        static = static_dir() / path.removeprefix("/static/")
        if path.startswith("/static/"):
            route.fulfill(path=static)
        elif path.split("?", 1)[0] in self.answers:
            body = self.answers[path.split("?", 1)[0]](request)
            kind = "text/html; charset=utf-8" if isinstance(body, str) else "audio/wav"
            route.fulfill(body=body, headers={"Content-Type": kind, "Content-Security-Policy": POLICY})  # fmt: skip
        else:
            route.fulfill(status=404, body="")

    def show(self, path: str, view: object, language: Language = Language.EN) -> None:
        chrome = samples.chrome(language, path=path)

        def draw(request: Request) -> str:
            is_part = request.headers.get("hx-request") == "true"
            return (self.renderer.partial if is_part else self.renderer.page)(view, chrome)

        self.answers[path] = draw


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium.find()
    assert path is not None, "no Chromium: run `make test`, which finds or installs one"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Open]:
    faults: list[str] = []
    contexts = []

    def start(path: str, **options: object) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        context.route("**/*", site.answer)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)  # fmt: skip
        page.goto(BASE + path)
        return page

    yield start
    for context in contexts:
        context.close()
    assert faults == []


def views() -> list[object]:
    """Every view outside the live page, which has tests of its own."""
    return [view for view in samples.full(Language.EN) if not isinstance(view, LIVE)]


@pytest.mark.parametrize("number", range(len(views())), ids=lambda n: template_name(views()[n]))
@pytest.mark.parametrize("mode", MODES)
def test_a_page_is_accessible_and_fits(site: Site, open_page: Open, mode: str, number: int) -> None:
    language = Language.ZH if mode == "phone" else Language.EN
    view = [v for v in samples.full(language) if not isinstance(v, LIVE)][number]
    site.show("/page", view, language)

    page = open_page("/page", **MODES[mode])
    page.evaluate(STAND_STILL)  # axe may take longer than a page waits before it asks for news
    page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)

    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_paper_has_the_marking_on_every_page_and_no_navigation(site: Site, open_page: Open) -> None:
    told = " ".join(["The boiler report came too late."] * 12)
    table = Table(
        "T", ("Entry", *(f"Column {at}" for at in range(7))), (("Data", *["0.712 … 0.801"] * 7),)
    )
    statements = tuple(Statement(f"{at}.", told, "") for at in range(30))
    section = Section("s", "1.", "Differences", statements=statements, table=table)
    report = ReportView(
        "Review report", "Study", (), (section,), Link("/", "Back"), marking="内部资料"
    )
    site.show("/page", report)
    marked = [view for view in samples.full(Language.EN) if getattr(view, "marking", "")]
    for number, view in enumerate(marked):
        site.show(f"/marked/{number}", view)

    page = open_page("/page")
    pages = PdfReader(io.BytesIO(page.pdf(format="A4"))).pages
    page.emulate_media(media="print")
    over = page.evaluate("document.querySelector('.wide-table').scrollWidth - innerWidth")

    assert len(pages) > 3
    for one in pages:
        text = "".join(one.extract_text().split())
        assert "内部资料" in text
        assert "Archive" not in text
        assert "boiler" in text  # no page stands empty
    assert over <= 0  # no column is lost at the edge
    for number in range(len(marked)):
        page.goto(f"{BASE}/marked/{number}")
        for hidden in (".site", ".skip", ".no-print", ".player"):
            expect(page.locator(f"{hidden}:visible")).to_have_count(0)
        expect(page.locator(".marking:visible").first).to_be_visible()


def test_no_page_needs_to_be_scrolled_sideways_at_320_pixels(site: Site, open_page: Open) -> None:
    for number, view in enumerate(views()):
        site.show(f"/page/{number}", view)
    page = open_page("/page/0", viewport={"width": 320, "height": 640})

    for number, view in enumerate(views()):
        page.goto(f"{BASE}/page/{number}")
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, template_name(view)


def test_a_code_in_the_address_is_filled_in_taken_away_and_sent(
    site: Site, open_page: Open
) -> None:
    site.show("/join", samples.lobby(Language.EN))

    page = open_page("/join#k7m4-q2xp")
    page.wait_for_load_state()

    sent = [request for request in site.asked if request.method == "POST"]
    assert [request.url for request in sent] == [f"{BASE}/join"]
    assert "code=K7M4-Q2XP" in (sent[0].post_data or "")
    assert "#" not in page.url


def test_a_unit_is_found_by_its_name_in_the_other_language(site: Site, open_page: Open) -> None:
    site.show("/page", samples.join(Language.EN))
    page = open_page("/page")
    field = page.get_by_role("combobox", name="Your unit")

    field.fill("网信")
    expect(page.get_by_role("option")).to_have_count(1)
    field.press("ArrowDown")
    field.press("Enter")

    expect(field).to_have_value("Network Information Office · 市网信办")
    assert page.eval_on_selector("select[name=unit]", "select => select.value") == "1"
    expect(page.get_by_role("listbox")).to_have_count(0)


def test_a_unit_that_does_not_exist_is_refused(site: Site, open_page: Open) -> None:
    site.show("/page", samples.join(Language.EN))
    page = open_page("/page")
    field = page.get_by_role("combobox", name="Your unit")

    field.fill("nothing like it")
    field.blur()

    assert field.evaluate("field => field.validationMessage") == "No unit has this name."
    assert page.eval_on_selector("select[name=unit]", "select => select.value") == ""


def test_forms_work_without_script(site: Site, open_page: Open) -> None:
    site.show("/page", samples.join(Language.EN))

    page = open_page("/page", java_script_enabled=False)
    page.select_option("select[name=unit]", "1")

    expect(page.locator("select[name=unit]")).to_be_visible()


def test_lines_around_a_hit_unfold_and_fold(site: Site, open_page: Open) -> None:
    site.show("/archive", samples.archive(Language.EN))
    site.show("/lines/9/context", samples.context())
    page = open_page("/archive")
    link = page.locator("#hit-9 a.around")

    link.click()
    expect(page.locator("#around-9 li")).to_have_count(3)
    expect(link).to_have_attribute("aria-expanded", "true")
    link.click()

    expect(page.locator("#around-9 li")).to_have_count(0)
    expect(link).to_have_attribute("aria-expanded", "false")
    assert sum("/lines/9/context" in request.url for request in site.asked) == 1


def test_older_hits_join_the_list(site: Site, open_page: Open) -> None:
    first = samples.archive(Language.EN)
    older = tuple(replace(hit, key=hit.key + 100) for hit in first.hits)
    chrome = samples.chrome(Language.EN)

    def draw(request: Request) -> str:
        is_next = "after=6" in request.url
        view: ArchiveView = replace(first, hits=older, next_href="") if is_next else first
        is_part = request.headers.get("hx-request") == "true"
        return (site.renderer.partial if is_part else site.renderer.page)(view, chrome)

    site.answers["/archive"] = draw
    page = open_page("/archive")

    page.get_by_role("link", name="More hits").click()

    expect(page.locator("#hits > li.hit")).to_have_count(8)
    expect(page.locator("#more")).to_have_count(0)
    assert site.asked[-1].headers["x-colloquy-token"] == "t0ken"


def test_a_hit_plays_from_before_its_line_and_pauses_by_keyboard(
    site: Site, open_page: Open
) -> None:
    site.show("/archive", samples.archive(Language.EN))
    for form in ("wav", "opus"):  # what can play Opus asks for the smaller one
        site.answers[f"/tracks/1/audio.{form}"] = lambda request: silence()
    page = open_page("/archive")
    play = page.locator("#hit-9 a.play")

    play.focus()
    play.press("Space")
    expect(play).to_have_attribute("aria-pressed", "true")
    play.press("Space")

    expect(play).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#player [data-now]")).to_have_text("Li Wei, 00:49:52")
    assert page.eval_on_selector("audio", "audio => audio.src").endswith(("/tracks/1/audio.wav#t=2510.4", "/tracks/1/audio.opus#t=2510.4"))  # fmt: skip
    assert page.url == f"{BASE}/archive"


def test_the_tree_is_walked_by_keys_and_stays_as_it_is_when_it_fetches_itself(
    site: Site, open_page: Open
) -> None:
    turn = count()
    tree = samples.taxonomy(Language.EN)
    chrome = samples.chrome(Language.EN)

    def draw(request: Request) -> str:
        view: TaxonomyView = replace(tree, count=8 + next(turn))
        is_part = request.headers.get("hx-request") == "true"
        return (site.renderer.partial if is_part else site.renderer.page)(view, chrome)

    site.answers["/studies/1/taxonomy"] = draw
    page = open_page("/studies/1/taxonomy")
    expect(page.locator(".taxonomy-count")).to_have_text("8 entries")
    page.locator("#explorer").evaluate("one => { one.tabIndex = -1; one.focus(); }")
    page.keyboard.press("Tab")
    assert focused(page) == "entry-1"

    for key, lands in WALK:
        page.keyboard.press(key)
        assert focused(page) == lands, key
    folded = page.get_by_role("treeitem", name="Data is not shared")
    expect(folded).to_have_attribute("aria-expanded", "false")
    expect(page.locator("#entry-3 a")).to_be_hidden()
    assert page.locator("[role=treeitem][tabindex='0']").count() == 1
    axe = (ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
    page.evaluate(axe)
    found = page.evaluate("tags => axe.run('#explorer', {runOnly: tags})", TAGS)
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found["violations"]] == []

    page.evaluate("document.body.dispatchEvent(new Event('taxonomy-changed'))")

    expect(page.locator(".taxonomy-count")).to_have_text("9 entries")
    assert focused(page) == "entry-2"
    expect(folded).to_have_attribute("aria-expanded", "false")
    expect(page.locator("#entry-3 a")).to_be_hidden()
    page.locator("#entry-2 > .node .twist").click()
    expect(page.locator("#entry-3 a")).to_be_visible()


WALK = (
    ("ArrowDown", "entry-2"),
    ("ArrowRight", "entry-3"),
    ("ArrowDown", "entry-4"),
    ("ArrowLeft", "entry-2"),
    ("End", "entry-8"),
    ("ArrowLeft", "entry-7"),
    ("Home", "entry-1"),
    ("m", "entry-7"),
    ("Home", "entry-1"),
    ("ArrowUp", "entry-1"),
    ("ArrowRight", "entry-2"),
    ("ArrowLeft", "entry-2"),
)
"""A key, and the entry that has the focus then; the last one folds it."""


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.closest('li')?.id ?? ''"))


def silence() -> bytes:
    """A WAV file of forty-two minutes would be large: one second, as players accept a late start."""
    samples_bytes = b"\0\0" * 16_000
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(samples_bytes), b"WAVE", b"fmt ", 16, 1, 1, 16_000, 32_000, 2, 16, b"data", len(samples_bytes))  # fmt: skip
    return head + samples_bytes


def test_the_study_page_follows_its_sessions_and_keeps_what_is_typed(
    site: Site, open_page: Open
) -> None:
    study = samples.study(Language.EN)
    first, *others = study.sessions
    site.show("/studies/1", replace(study, sessions=tuple(others)))
    page = open_page("/studies/1")
    page.get_by_role("searchbox").fill("half typed")
    opened = page.locator("details").first
    opened.locator("summary").click()

    told = (replace(study.standing[0], number=13), *study.standing[1:])
    site.show("/studies/1", replace(study, standing=told))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    expect(page.get_by_role("link", name=first.title)).to_be_visible()
    expect(page.locator("#study-standing")).to_contain_text("13")
    expect(page.get_by_role("searchbox")).to_have_value("half typed")
    assert opened.evaluate("one => one.open")
