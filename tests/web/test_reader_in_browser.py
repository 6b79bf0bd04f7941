"""The archive and the reader of a closed session in a real browser: hits, evidence, sound in step, replay."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from sqlalchemy import Select, Table, insert, select

from schemas.annotation import Anchor, Annotation, Kind, Voice
from schemas.ids import AnnotationId, LineId, PersonId, SessionId, StudyId, TrackId
from server.services.projection import Projection
from server.services.transcripts import show_line
from server.store import events, lines, search, searchables, tables
from server.store.database import Database, Work
from tests import chromium
from tests.journeys.running import Running, free_port
from tests.transcription.memory import frame, noise
from tests.web import reviewing
from tests.web.test_live_page import PHONE, violations
from transcription.recording import TrackStore

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("reader_in_browser"),
]  # one server for all

SESSION, TRACK = SessionId("5" * 32), TrackId("7" * 32)
SECONDS = 40
SOUNDING = "li.sounding"
TAKEN_BACK = 37
"""The line that its unit withdraws in the last test of all."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A server with a closed session of forty lines, one every ten seconds; a moderator's browser."""

    browser: Browser
    base: str
    state: object

    def page(self, path: str, *, language: str = "en", **options: object) -> Page:
        options.setdefault("viewport", {"width": 1440, "height": 900})
        page = self.browser.new_context(storage_state=self.state, **options).new_page()  # type: ignore[arg-type]
        page.context.add_cookies([{"name": "lang", "value": language, "url": self.base}])
        page.goto(f"{self.base}{path}")
        return page


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    data = tmp_path_factory.mktemp("reader") / "data"
    server = Running(data, free_port()).start()
    server.stop()
    asyncio.run(_closed(data))
    server.start()
    path = chromium.find()
    assert path is not None, "no Chromium: run `make test`, which finds or installs one"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        page = browser.new_context().new_page()
        page.goto(server.ways().moderator)
        yield Reader(browser, server.base, page.context.storage_state())
        browser.close()
    server.stop()


async def _closed(data: Path) -> None:
    """Add a closed session to the demo study, with the sound of its first forty seconds."""
    database = Database(f"sqlite+aiosqlite:///{data}/colloquy.sqlite3")
    async with database.write() as work:
        live = select(tables.session.c.study_id).where(tables.session.c.state == "live")
        study = StudyId((await work.connection.execute(live.distinct())).scalars().one())

        def of(table: Table) -> Select[tuple[str]]:
            return select(table.c.id).where(table.c.study_id == study)

        stage = (await work.connection.execute(of(tables.stage))).scalars().first()
        entry = (
            (
                await work.connection.execute(
                    of(tables.entry).where(tables.entry.c.kind == "problem")
                )
            )
            .scalars()
            .first()
        )
        sitting: dict[str, object] = {"id": SESSION, "study_id": study, "stage_id": stage}
        sitting |= {"kind": "focus_group", "title_en": "Heating", "title_zh": "供热"}
        sitting |= {"language": "en", "state": "closed", "code": "", "code_sha256": "reader"}
        sitting |= {"created_at": 1.0, "opened_at": 1000.0, "closed_at": 1400.0}
        await work.connection.execute(insert(tables.session).values(sitting))
        for number, (en, zh) in enumerate(
            (("Burn", "燃烧"), ("Report", "上报"), ("Review", "复盘")), 1
        ):
            step: dict[str, object] = {"id": f"step-{number}", "session_id": SESSION}
            step |= {"order": number, "title_en": en, "title_zh": zh}
            await work.connection.execute(insert(tables.step).values(step))
        unit = (await work.connection.execute(of(tables.unit))).scalars().first()
        await _agreed(work, study, str(unit))
        track: dict[str, object] = {
            "id": TRACK,
            "session_id": SESSION,
            "kind": "microphone",
            "label": "Room",
        }
        track |= {"language": "en", "offset": 0.0, "created_at": 1.0, "ended": True}
        await work.connection.execute(insert(tables.track).values(track))
        for number in range(40):
            line: dict[str, object] = {"id": f"{number:032x}", "session_id": SESSION}
            line |= {"at": 10.0 * number, "speaker": "Zhao" if number % 2 else "Qian"}
            line |= {"presumed": False, "source": "spoken", "language": "en", "created_at": 1.0}
            line |= {"text": f"The boiler report number{number} came too late."}
            line |= {"step_id": "step-1" if number < 20 else "step-2"}
            line |= {"track_id": TRACK, "start": 1.0 * number, "end": 1.0 * number + 0.9}
            line |= {"unit_id": unit if number == TAKEN_BACK else None}
            await work.connection.execute(insert(tables.line).values(line))
        await events.record(
            work, study, "entry.evidence_added", str(entry), session_id=SESSION, at=1130.0
        )
        found = await searchables.of_lines(work, [LineId(f"{n:032x}") for n in range(40)])
        await search.add(work, found)
        for said in await lines.of_session(work, SESSION):
            await show_line(work, said)
    note = Annotation(
        AnnotationId("reader-note"), PersonId("nobody"), Voice("Qian", None, None), Kind.CAUSE,
        (Anchor(LineId(f"{7:032x}"), 0, 0, None, ""),), "Nobody reads reports", 1075.0,
        opened=False, withdrawn=False,
    )  # fmt: skip
    await Projection(database).follow(SESSION, [note])
    await database.close()
    async with TrackStore(data / "tracks") as store:
        recording = await store.open(TRACK)
        second = noise(1.0)
        for seq in range(SECONDS):
            recording.append(frame(seq, seq * 16_000, second))
        await recording.commit()


async def _agreed(work: Work, study: StudyId, unit: str) -> None:
    """Let a wording be put, answered and changed; a third step begin that nobody speaks in."""
    proposal: dict[str, object] = {"id": "reader-wording", "study_id": study, "kind": "problem"}
    proposal |= {"session_id": SESSION, "state": "agreed", "draft_id": "d", "grounds": []}
    proposal |= {"created_by": "nobody", "affected": [unit], "outcome": {}, "created_at": 1100.0}
    await work.connection.execute(insert(tables.proposal).values(proposal))
    for number, at in ((1, 1100.0), (2, 1250.0)):
        wording = {"proposal_id": "reader-wording", "number": number, "sha256": "", "authors": []}
        wording |= {
            "text": f"Reports come late, version {number}",
            "room_seq": 1,
            "put_by": "nobody",
        }
        await work.connection.execute(insert(tables.wording).values(put_at=at, **wording))
    position = {"proposal_id": "reader-wording", "number": 2, "unit_id": unit, "stance": "agree"}
    position |= {"reason": "", "recorded_by": "nobody", "person_id": None, "at": 1290.0}
    await work.connection.execute(insert(tables.position).values(position))
    happened: list[tuple[str, str, dict[str, object], float]] = [
        ("proposal.wording_put", "reader-wording", {"number": 1}, 1100.0),
        ("proposal.wording_put", "reader-wording", {"number": 2}, 1250.0),
        (
            "proposal.position_taken",
            "reader-wording",
            {"unit": unit, "number": 2, "stance": "agree"},
            1290.0,
        ),
        ("session.step", SESSION, {"step": "step-3"}, 1395.0),
        ("entry.evidence_added", SESSION, {}, 1500.0),
    ]
    for action, subject, body, at in happened:
        await events.record(work, study, action, subject, session_id=SESSION, body=body, at=at)


def test_a_hit_leads_to_its_line_in_sight_and_with_the_focus(reader: Reader) -> None:
    page = reader.page("/archive?q=number31")

    page.locator("#hits .hit-meta a").first.click()
    page.wait_for_url("**/transcript#line-*")

    line = page.locator(f"#line-{31:032x}")
    expect(line).to_be_focused()
    expect(line).to_be_in_viewport()
    expect(line).to_contain_text("number31")


def test_the_sound_marks_the_line_that_is_heard(reader: Reader) -> None:
    page = reader.page(f"/sessions/{SESSION}/transcript")
    page.locator(f"#line-{12:032x} a.play").click()

    expect(page.locator(SOUNDING)).to_contain_text("number1", timeout=20_000)
    started = page.locator("#player audio").evaluate("one => one.currentTime")
    page.locator("#player audio").evaluate("one => { one.currentTime = 30.2; }")

    expect(page.locator(SOUNDING)).to_contain_text("number30", timeout=20_000)
    assert 10.0 <= started < 14.0  # two seconds before the line
    expect(page.locator(SOUNDING)).to_be_in_viewport()


def test_the_replay_shows_each_minute_with_what_came_in_it(reader: Reader) -> None:
    page = reader.page(f"/sessions/{SESSION}/transcript")
    shown = page.locator("#lines > li:not([hidden])")
    note = page.get_by_text("Nobody reads reports")
    happened = page.locator("li.happened:visible")
    slider = page.locator("#replay-minute")
    step = page.locator("#reader-agenda [aria-current=step]")

    slider.fill("1")
    expect(shown).to_have_count(7)  # of the seconds 0 to 60
    expect(note).to_be_hidden()
    expect(step).to_contain_text("Burn")
    slider.fill("2")
    expect(note).to_be_visible()
    expect(happened).to_contain_text(["version 1"])
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(happened).to_have_count(2)  # the evidence as well
    slider.fill("5")
    expect(happened).to_contain_text(
        ["version 1", "Evidence", "version 2", "Agree · Reports come late"]
    )
    expect(step).to_contain_text("Report")
    page.locator("#replay-run").click()
    expect(shown).to_have_count(40, timeout=30_000)
    expect(happened).to_contain_text(
        ["version 1", "Evidence", "version 2", "Agree", "Review", "Evidence"]
    )
    assert slider.get_attribute("max") == "9"
    assert "Zhao" in page.locator("#speakers-title + ul").inner_text()
    page.locator(f"#line-{25:032x} a.play").click()
    expect(page.locator(SOUNDING)).to_contain_text("number2", timeout=20_000)
    expect(step).to_contain_text("Report")


def test_a_review_is_coded_blind_settled_signed_off_and_opened_again(reader: Reader) -> None:
    chair = reader.page(f"/sessions/{SESSION}/reviews")
    first, second = reviewing.begin(chair)

    reviewing.code_by_keys(reader.browser, first)
    reviewing.code_on_a_phone(reader.browser, second)
    reviewing.compare_and_settle(chair)


def test_ticked_hits_become_evidence_by_keyboard_and_are_taken_back(reader: Reader) -> None:
    page = reader.page("/archive?q=boiler")
    page.locator(".coding-bar summary").focus()
    page.keyboard.press("Enter")
    chosen = page.locator("#coding-entry")
    chosen.focus()
    page.keyboard.press("ArrowDown")
    entry = chosen.locator("option:checked").inner_text()
    page.locator("input[name=hit]").first.focus()
    for stroke in ("Space", "ArrowDown", "Space"):
        page.keyboard.press(stroke)

    expect(page.locator("#ticking output")).to_have_text("2 ticked")
    assert violations(page) == []
    page.get_by_role("button", name="Preview").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("2 hits become evidence.")
    expect(page.locator("#hits > li.hit")).to_have_count(2)
    assert violations(page) == []
    page.get_by_role("button", name="Add as evidence").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("2 hits are evidence now.")
    assert violations(page) == []
    page.get_by_role("link", name="To the entry").click()
    expect(page.locator("h1")).to_have_text(entry)
    expect(page.locator(".evidence")).to_contain_text("number39")
    expect(page.locator(".evidence")).to_contain_text("number38")
    page.go_back()
    page.get_by_role("button", name="Take it back").press("Enter")
    expect(page.locator("#entry h1")).to_have_text(entry)
    expect(page.locator("#entry")).not_to_contain_text("number39")
    page.go_back()
    expect(page.get_by_role("status")).to_have_text("This was taken back.")


def test_an_entry_is_heard_divided_merged_and_moved_by_keyboard(reader: Reader) -> None:
    page = reader.page("/archive?q=boiler")
    page.locator(".coding-bar summary").press("Enter")
    chosen = page.locator("#coding-entry")
    chosen.select_option(index=3)
    entry = chosen.locator("option:checked").inner_text()
    for hit in (0, 1):
        page.locator("input[name=hit]").nth(hit).press("Space")
    page.get_by_role("button", name="Preview").press("Enter")
    page.get_by_role("button", name="Add as evidence").press("Enter")
    page.get_by_role("link", name="To the entry").press("Enter")
    expect(page.locator("h1")).to_have_text(entry)
    whole = page.url
    backing = page.locator("[aria-labelledby=evidence-title]")

    play = page.locator(".evidence a.play").first
    play.press("Space")
    expect(play).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#player")).to_contain_text("Zhao")
    play.press("Space")
    expect(play).to_have_attribute("aria-pressed", "false")

    form = unfolded(page, "Divide")
    form.get_by_label("Label in English").fill("Boiler reports come late")
    form.get_by_label("Label in Chinese").fill("锅炉报告迟到")
    form.get_by_role("checkbox").first.press("Space")
    given = form.locator("label.check").first.inner_text().strip()
    form.get_by_label("Reason").fill("Two problems in one")
    form.get_by_label("Reason").press("Enter")
    expect(page.locator("h1")).to_have_text("Boiler reports come late")
    expect(backing).to_contain_text(given)
    part = page.url
    page.goto(whole)
    expect(backing).not_to_contain_text(given)
    expect(backing).to_contain_text("The boiler report number")

    page.goto(part)
    form = unfolded(page, "Merge into another entry")
    form.get_by_label("Entry that says the same").select_option(label=entry)
    form.get_by_label("Reason").fill("It was one after all")
    form.get_by_label("Reason").press("Enter")
    expect(page.get_by_role("button", name="Put in force again")).to_be_visible()
    assert page.url.endswith("?itself")
    assert violations(page) == []
    page.goto(part)
    expect(page.locator("h1")).to_have_text(entry)
    assert page.url == whole
    expect(backing).to_contain_text(given)

    page.goto(f"{part}?itself")
    page.get_by_label("Reason").fill("It was two")
    page.get_by_label("Reason").press("Enter")
    expect(page.locator("h1")).to_have_text("Boiler reports come late")
    expect(backing).to_contain_text(given)
    page.goto(whole)
    expect(backing).not_to_contain_text(given)

    _changed_back_and_forth(page, part)


def _changed_back_and_forth(page: Page, part: str) -> None:
    """Amended and moved, linked and unlinked, retracted and put in force again; all of it told."""
    page.goto(part)
    form = unfolded(page, "Amend or move")
    form.get_by_label("Label in English").fill("Boiler reports come a day late")
    below = form.get_by_label("Stands below")
    moved = below.locator("option:not(:checked):not([value=''])").first.inner_text()
    below.select_option(label=moved)
    form.get_by_role("button", name="Amend").press("Enter")
    expect(page.locator("h1")).to_have_text("Boiler reports come a day late")
    expect(page.get_by_role("navigation", name="Where this entry stands")).to_contain_text(moved)

    form = unfolded(page, "Link")
    form.get_by_label("This entry").select_option("related")
    other = form.get_by_label("The other entry").locator("option").first.inner_text()
    form.get_by_role("button", name="Link", exact=True).press("Enter")
    expect(page.locator("[aria-labelledby=links-title]")).to_contain_text(other)
    unfolded(page, "Link")
    page.get_by_role("button", name="Take the link away").press("Enter")
    expect(page.locator("[aria-labelledby=links-title]")).to_have_count(0)

    form = unfolded(page, "Retract")
    form.get_by_label("Reason").fill("Nobody said so")
    form.get_by_label("Reason").press("Enter")
    expect(page.get_by_role("button", name="Put in force again")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("Reason").fill("Somebody did")
    page.get_by_label("Reason").press("Enter")
    expect(page.locator("#change-title")).to_be_visible()
    assert page.locator(".history li").count() >= 8
    assert violations(page) == []


def unfolded(page: Page, name: str) -> Locator:
    """Unfold one of an entry's forms by keyboard, and return it."""
    fold = page.locator(".entry-forms details").filter(has=page.get_by_text(name, exact=True))
    fold.locator("> summary").press("Enter")
    return fold.locator("form").first


def test_all_hits_of_a_search_are_seen_before_they_become_evidence(reader: Reader) -> None:
    page = reader.page("/archive?q=boiler", language="zh", **PHONE)
    page.locator(".coding-bar summary").click()
    page.locator("#coding-entry").select_option(index=1)
    page.locator("input[name=all]").check()
    assert violations(page) == []

    page.get_by_role("button", name="预览").click()

    expect(page.locator("#hits > li.hit")).to_have_count(40)
    assert violations(page) == []
    page.get_by_role("link", name="返回检索结果").click()
    expect(page.locator("#words")).to_have_value("boiler")
    page.locator(".coding-bar summary").click()
    page.locator("#coding-entry").select_option(index=1)
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_role("status")).to_have_text("没有勾选任何结果。")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_cursor_stands_at_what_is_wrong_with_the_words(reader: Reader, language: str) -> None:
    page = reader.page("/archive?q=%F0%A8%AD%8E 数据（水 OR", language=language)
    words = page.locator("#words")
    selected = "one => one.value.slice(one.selectionStart, one.selectionEnd)"

    expect(words).to_be_focused()
    assert words.evaluate(selected) == ""
    assert words.evaluate("one => one.selectionStart === one.value.length")
    page.keyboard.type(" fire")
    page.keyboard.press("Enter")
    page.wait_for_url("**fire**")
    assert words.evaluate(selected) == "（"
    assert page.locator(".wrong-at mark").inner_text() == "（"
    assert violations(page) == []


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "options", [{}, PHONE, {"color_scheme": "dark"}], ids=["wide", "phone", "dark"]
)
def test_the_reader_is_for_everybody(
    reader: Reader, language: str, options: dict[str, object]
) -> None:
    page = reader.page(f"/sessions/{SESSION}/transcript", language=language, **options)

    expect(page.locator("#lines > li").first).to_be_visible()
    assert violations(page) == []


def test_what_a_unit_withdraws_vanishes_from_the_live_page_before_everybodys_eyes(
    reader: Reader,
) -> None:
    live = reader.page(f"/sessions/{SESSION}")
    said = live.locator(f"#line-{TAKEN_BACK:032x}")
    expect(said).to_contain_text(f"number{TAKEN_BACK}")
    sent = reader.page(f"/sessions/{SESSION}/returns")
    sent.get_by_role("button", name="Send the record").click()
    sent.locator("details summary").first.click()
    unit = reader.browser.new_context().new_page()
    unit.goto(sent.locator("input[id^=link-]").first.input_value())

    unit.locator("summary", has_text="What else").click()
    unit.locator("input[name=withdraw]").check()
    unit.get_by_label("Quote with name").check()
    unit.locator("#name").fill("Zhao")
    unit.get_by_role("button", name="Confirm and send").click()

    expect(unit.get_by_role("status")).to_contain_text("has been received")
    expect(said).to_contain_text("The unit withdrew this")
    assert f"number{TAKEN_BACK}" not in live.content()
    live.reload()
    expect(said).to_contain_text("The unit withdrew this")
    assert f"number{TAKEN_BACK}" not in live.content()
    found = reader.page(f"/archive?q=number{TAKEN_BACK}")
    expect(found.get_by_role("status").first).to_contain_text("Nothing that you may read")
