"""Projects of other tools: shown, brought in whole by one unit of work, taken back; equal after a round trip."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from schemas.errors import ColloquyError, Conflict, Invalid, NotFound
from schemas.ids import AccountId, EntryId, PassageId, StudyId
from schemas.session import Language
from schemas.taxonomy import EntryKind
from server.domain import project_plan
from server.domain.formats import refi_reader
from server.domain.formats.forms import FORMS, Form, Options
from server.domain.formats.refi_offsets import Dialect, Unit
from server.domain.formats.refi_reader import Project
from server.domain.project_plan import Becomes
from server.services.coding import Coding
from server.services.curation import Curation
from server.services.gathering import gather
from server.services.jobs import Going, Jobs, Stopped
from server.services.passages import Passages
from server.services.projects import Projects, import_from
from server.store import (
    annotations,
    coders,
    entries,
    jobs,
    lines,
    memberships,
    passages,
    projects,
    search,
    sessions,
    studies,
    tables,
)
from server.store.accounts import Account
from server.store.database import Database
from server.store.jobs import JobId
from server.store.memberships import Share
from server.store.projects import Choices, ImportId, ImportState
from server.store.search import Scope
from server.store.updates import open_update_log
from tests.server.closed_session import SHARING, closed_session
from tests.server.method import STUDY, small_study
from tests.server.refi import REPORT, foreign

pytestmark = pytest.mark.anyio
ME = Account(AccountId("me"), "me", "Chen", Language.EN)
OTHER = StudyId("other")


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> "House":
    await small_study(database)
    async with database.write() as work:
        for one in ("me", "you"):
            account = {"id": one, "login": one, "name": "Chen", "password_hash": ""}
            account |= {"language": "en", "created_at": 1.0}
            await work.connection.execute(insert(tables.account).values(account))
        study = {"id": OTHER, "slug": "o", "title_en": "Other", "title_zh": "", "city_en": "City"}
        study |= {"city_zh": "市", "rule": {}, "created_at": 1.0}
        stage = {"id": "first", "study_id": OTHER, "number": 1, "title_en": "One", "title_zh": ""}
        unit = {"id": "o-water", "study_id": OTHER, "slug": "w", "name_en": "Water", "name_zh": ""}
        await work.connection.execute(insert(tables.study).values(study))
        await work.connection.execute(insert(tables.stage).values(stage))
        await work.connection.execute(
            insert(tables.unit).values(unit | {"kind": "bureau", "order": 0})
        )
        for study_id in (STUDY, OTHER):
            await memberships.add(work, study_id, ME.id, Share.OWNER)
    return House(database, tmp_path)


class House:
    """The service with its folder, and what a person does with it."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.jobs = Jobs(database)
        self.service = Projects(
            database, self.jobs, Curation(database), folder / "imports", lambda: 5_000.0
        )

    async def take(self, content: bytes, name: str = "Flood.qdpx") -> ImportId:
        """Send a file to the other study."""
        source = self.folder / "sent"
        source.write_bytes(content)
        return await self.service.take(ME, OTHER, source, name)

    async def bring(self, content: bytes, choices: Choices | None = None) -> ImportId:
        """Send a file and bring it in as the job does."""
        one = await self.take(content)
        if choices is not None:
            await self.service.choose(ME, one, choices)
        job_id = await self.service.ask(ME, one)
        await self.run(job_id)
        return one

    async def run(self, job_id: JobId, going: Going | None = None) -> None:
        """Run a job here and now, as the engine would."""
        async with self.database.read() as work:
            job = await jobs.get(work, job_id)
        assert job is not None
        await self.service.run(job, going or Going())

    async def rows(self) -> Mapping[str, int]:
        """How many rows each table has that an import could write."""
        names = (
            "entry", "entry_version", "entry_link", "evidence", "evidence_coder", "source",
            "passage", "passage_note", "session", "line", "line_version", "annotation", "person",
            "doc_update", "doc_client", "search_item",
        )  # fmt: skip
        found = {}
        async with self.database.read() as work:
            for name in names:
                table = tables.metadata.tables[name]
                found[name] = len((await work.connection.execute(select(table))).all())
        return found


async def exported(database: Database, study_id: StudyId) -> bytes:
    corpus = await gather(database, study_id, now=6_000.0)
    out = io.BytesIO()
    FORMS[Form.QDPX].write(corpus, Options(Language.EN), out)
    return out.getvalue()


def told(content: bytes) -> Mapping[str, Any]:
    """What a project says, without the ids that each study has of its own."""
    found = refi_reader.read(content)
    names = {one.guid: one.name for one in found.codes}
    return {
        "codes": [
            (one.name, names.get(one.parent, ""), one.description, one.is_codable)
            for one in found.codes
        ],
        "texts": sorted((one.name, one.text) for one in found.sources),
        "codings": sorted(_codings(found, names)),
        "memos": sorted(_memos(found)),
        "links": sorted((names[one.origin], one.name, names[one.target]) for one in found.links),
    }


def _codings(found: Project, names: Mapping[str, str]) -> Sequence[tuple[object, ...]]:
    return [
        (source.name, one.span.start, one.span.end, one.span.name, names[code], found.users[user])
        for source in found.sources
        for one in source.selections
        for code, user in one.codings
    ]


def _memos(found: Project) -> Sequence[tuple[object, ...]]:
    return [
        (source.name, one.span.start, note.name, note.text, found.users[note.user])
        for source in found.sources
        for one in source.selections
        for note in (found.notes[ref] for ref in one.notes)
    ]


async def test_a_study_is_equal_after_a_round_trip(house: House) -> None:
    await closed_session(house.database)
    async with house.database.write() as work:
        source = {"id": "src", "study_id": STUDY, "stage_id": "stage", "slug": "src", "topic": ""}
        source |= {"title": "Plan 2020", "issuer": "", "level": "", "targets": "", "url": ""}
        await work.connection.execute(insert(tables.source).values(source))
        said = ["Data 🌊 are kept apart.", "Nobody shares 数据."]
        await passages.add(
            work,
            [
                passages.Passage(
                    PassageId(f"p{number}"), STUDY, studies.SourceId("src"), None, None, number,
                    "Goals", text,
                )
                for number, text in enumerate(said, 1)
            ],
            at=1.0,
        )  # fmt: skip
    await Passages(house.database).code(ME, [PassageId("p2")], SHARING)
    before = await exported(house.database, STUDY)

    await house.bring(before)

    again = await exported(house.database, OTHER)
    assert told(again) == told(before)
    assert told(before)["memos"]
    async with house.database.read() as work:
        [sitting] = await sessions.of_study(work, OTHER)
        spoken = await lines.of_session(work, sitting.session.id)
    assert [(one.speaker, one.unit_id, one.source.value) for one in spoken] == [
        ("Wang", "o-water", "imported")
    ] * 2


async def test_a_foreign_project_becomes_sources_sessions_and_evidence(house: House) -> None:
    one = await house.bring(foreign())

    async with house.database.read() as work:
        by_label = {
            one.label.en or one.label.zh: one for one in await entries.of_study(work, OTHER)
        }
        backed = await entries.evidence_of_study(work, OTHER)
        known = await coders.of_study(work, OTHER)
        [sitting] = await sessions.of_study(work, OTHER)
        spoken = await lines.of_session(work, sitting.session.id)
        [source] = await studies.sources(work, OTHER)
        found = await passages.of_source(work, source.id)
        noted = await passages.notes(work, [each.id for each in found])
        made = await projects.get(work, one)
    assert by_label["Data"].kind is EntryKind.CATEGORY
    late = by_label["Late"]
    assert (late.kind, late.parent_id) == (EntryKind.PROBLEM, by_label["Data"].id)
    assert (
        by_label["水位"].parent_id == by_label["Flood"].id
    )  # used, and at the top: below the project
    quotes = {(each.quote, known.get(each.id, [None])[0]) for each in backed[late.id]}
    assert quotes == {("come 🌊 late", "Wang"), ("Readings come late", "Li")}
    assert [each.quote for each in backed[by_label["水位"].id]] == ["水位"]
    assert [(each.speaker, each.text) for each in spoken][:2] == [
        ("Ann", "Readings come 🌊 late."),
        ("Ben", "Since when?"),
    ]
    assert sitting.session.state.value == "closed"
    assert [each.text for each in found] == [row for row in REPORT.split("\n") if row]
    assert [note.text for each in noted.values() for note in each] == ["Li: who says so?"]
    assert made.state is ImportState.IN
    assert made.counts["codings"] == 3
    assert not list((house.folder / "imports").rglob("*.*"))


async def test_what_was_brought_in_is_found_and_notes_are_in_the_document(house: House) -> None:
    await house.bring(foreign())

    async with house.database.read() as work:
        [sitting] = await sessions.of_study(work, OTHER)
        noted = await annotations.of_session(work, sitting.session.id)
        scope = Scope(studies=frozenset({OTHER}))
        hits = {each.text for each in await search.by_refs(work, [("line", (await lines.of_session(work, sitting.session.id))[0].id)], scope=scope)}  # fmt: skip
    assert hits == {"Readings come 🌊 late."}
    [note] = noted.values()
    assert (note.text, note.anchors[0].quote) == ("ask again", "Since when?")
    async with open_update_log(house.database.url.render_as_string(hide_password=False)) as log:
        stored = await log.load(sitting.session.id)
    assert len(stored.updates) == 1
    assert set(stored.clients.values()) == {note.author}


async def test_another_way_of_counting_may_be_chosen_and_covers_other_words(house: House) -> None:
    one = await house.take(foreign())
    shown = await house.service.shown(ME, one)
    assert shown.one.dialect == Dialect(Unit.UTF16)
    assert "come 🌊 late" in [each.words for each in shown.samples]

    await house.service.choose(ME, one, Choices(Dialect()))

    again = await house.service.shown(ME, one)
    assert again.one.dialect == Dialect()
    assert "come 🌊 late" not in [each.words for each in again.samples]


async def test_a_text_may_be_left_or_become_something_else(house: House) -> None:
    guid = refi_reader.read(foreign()).sources[0].guid
    await house.bring(foreign(), Choices(becomes={guid: Becomes.DOCUMENT}))
    async with house.database.read() as work:
        assert not await sessions.of_study(work, OTHER)
        assert len(await studies.sources(work, OTHER)) == 2


async def test_the_same_file_again_adds_no_code_twice(house: House) -> None:
    await house.bring(foreign())
    async with house.database.read() as work:
        before = len(await entries.of_study(work, OTHER))
    await house.bring(foreign())
    async with house.database.read() as work:
        assert len(await entries.of_study(work, OTHER)) == before


async def test_taken_back_nothing_is_left(house: House) -> None:
    before = await house.rows()
    one = await house.bring(foreign())
    assert (await house.rows()) != before

    await house.service.take_back(ME, one)

    assert await house.rows() == before
    with pytest.raises(Conflict):
        await house.service.take_back(ME, one)


async def test_what_somebody_built_on_is_not_taken_back(house: House) -> None:
    one = await house.bring(foreign())
    async with house.database.read() as work:
        [source] = await studies.sources(work, OTHER)
        [first, *_] = await passages.of_source(work, source.id)
        known = {each.label.en: each.id for each in await entries.of_study(work, OTHER)}
    seq = await Passages(house.database).code(ME, [first.id], EntryId(known["Late"]))

    with pytest.raises(Conflict) as refused:
        await house.service.take_back(ME, one)

    assert (refused.value.code, refused.value.fields["titles"]) == ("project.used", "Report")
    await Coding(house.database).take_back(OTHER, seq, by="Chen")
    await house.service.take_back(ME, one)
    async with house.database.read() as work:
        assert not await studies.sources(work, OTHER)


async def test_stopped_in_the_middle_nothing_is_stored_and_it_may_be_asked_for_again(
    house: House,
) -> None:
    before = await house.rows()
    one = await house.take(foreign())
    job_id = await house.service.ask(ME, one)

    class Cut(Going):
        def report(self, done: int, total: int) -> None:
            if done == total - 1:
                raise Stopped

    with pytest.raises(Stopped):
        await house.run(job_id, Cut())

    assert await house.rows() == before
    await house.jobs.cancel(ME.id, job_id)
    assert (await house.service.shown(ME, one)).is_open
    await house.run(await house.service.ask(ME, one))
    after = await house.rows()
    await house.run(job_id)  # and once more: what is in stays as it is
    assert await house.rows() == after


async def test_a_code_that_cannot_be_an_entry_refuses_all(house: House) -> None:
    before = await house.rows()
    one = await house.take(foreign(late="x" * 500))
    with pytest.raises(Conflict) as refused:
        await house.run(await house.service.ask(ME, one))

    assert refused.value.code == "project.codes"
    assert await house.rows() == before


async def test_only_who_brought_it_in_sees_it_and_discards_it(house: House) -> None:
    one = await house.take(foreign())
    you = Account(AccountId("you"), "you", "You", Language.EN)

    for attempt in (
        house.service.shown(you, one),
        house.service.choose(you, one, Choices()),
        house.service.ask(you, one),
        house.service.discard(you, one),
        house.service.take_back(you, one),
        house.service.listed(you, OTHER),
    ):
        with pytest.raises(NotFound):
            await attempt

    await house.service.discard(ME, one)
    assert not list((house.folder / "imports").rglob("*.*"))
    with pytest.raises(ColloquyError):
        await house.service.ask(ME, one)


async def test_what_cannot_be_read_leaves_nothing(house: House) -> None:
    for content in (b"PK\x05\x06" + bytes(18), b"", b"not a project", foreign()[:-40]):
        with pytest.raises(Invalid):
            await house.take(content)
    assert not (house.folder / "imports").exists()
    assert not (await house.service.listed(ME, OTHER))[1]


async def test_too_much_for_one_unit_of_work_is_shown_and_brought_in_by_parts(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project_plan, "MOST_PIECES", 4)
    one = await house.take(foreign())
    shown = await house.service.shown(ME, one)
    assert shown.plan is not None
    assert not shown.plan.is_small
    with pytest.raises(Invalid) as refused:
        await house.run(await house.service.ask(ME, one))
    assert refused.value.code == "project.pieces"

    first, second = (text.guid for text in shown.plan.texts)
    await house.bring(foreign(), Choices(becomes={first: Becomes.NOTHING}))
    await house.bring(foreign(), Choices(becomes={second: Becomes.NOTHING}))

    async with house.database.read() as work:
        assert len(await studies.sources(work, OTHER)) == 1
        assert len(await sessions.of_study(work, OTHER)) == 1
        assert len(await entries.of_study(work, OTHER)) == 4


async def test_the_command_line_brings_in_the_same(house: House, tmp_path: Path) -> None:
    file = tmp_path / "flood.qdpx"
    file.write_bytes(foreign())

    counts = await import_from(house.database, ME, "o", file)

    assert counts["codings"] == 3
    assert file.exists()
    async with house.database.read() as work:
        [one] = await projects.of_account(work, OTHER, ME.id)
    await house.service.take_back(ME, one.id)
