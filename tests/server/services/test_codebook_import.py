"""Bringing a codebook in: what a study exports goes into an empty one, whole or not at all."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from schemas.errors import Conflict
from schemas.ids import AccountId, EntryId
from schemas.session import Bilingual, Language
from schemas.taxonomy import Entry
from server.domain.formats import codebook_reader
from server.domain.formats.codebook_reader import COLUMNS
from server.domain.formats.forms import FORMS, Form, Options
from server.domain.sheets import Sheet
from server.services.codebook_import import CodebookImport
from server.services.curation import Amendment, Curation, Curator
from server.services.exports import Exports, Tracks, Wish
from server.services.jobs import Going, Jobs
from server.store import entries, events, tables, versions
from server.store.database import Database
from tests.server.closed_session import DATA, SHARING, closed_session
from tests.server.method import STUDY, key, small_study

pytestmark = pytest.mark.anyio
CURATOR = Curator(AccountId("chen"), "Chen")


@pytest.fixture
async def closed(database: Database) -> Database:
    """A study whose entries have both languages, definitions, reasons, and what looks like a formula."""
    await small_study(database)
    await closed_session(database)
    async with database.write() as work:
        entry = tables.entry
        odd = {"label_en": "=1+1", "definition_en": '\'-late,\n"now"', "definition_zh": "晚"}
        odd |= {"scope_reason": "Section 4; page 2"}
        await work.connection.execute(update(entry).where(entry.c.id == SHARING).values(odd))
        only = {"label_en": "", "definition_zh": "封路\n很晚"}
        await work.connection.execute(
            update(entry).where(entry.c.label_en == "Roads close late").values(only)
        )
    return database


async def exported(database: Database, tmp_path: Path, form: Form) -> bytes:
    exports = Exports(
        database,
        Jobs(database),
        tmp_path,
        now=lambda: 1_764_000_000.0,
        tracks=Tracks(tmp_path / "tracks"),
    )
    corpus, _ = await exports.corpus(STUDY, Wish(form, Language.EN), Going())
    out = io.BytesIO()
    FORMS[form].write(corpus, Options(Language.EN, "https://colloquy.example.org"), out)
    return out.getvalue()


async def emptied(database: Database) -> None:
    """Take the taxonomy away, so that the study is one that has none."""
    async with database.write() as work:
        for table in (tables.evidence, tables.entry_unit, tables.entry_link, tables.entry_version):
            await work.connection.execute(delete(table))
        await work.connection.execute(update(tables.proposal).values(entry_id=None))
        await work.connection.execute(update(tables.entry).values(parent_id=None))
        await work.connection.execute(delete(tables.entry))


async def taken_in(database: Database, sheet: Sheet) -> int:
    service = CodebookImport(database, Curation(database))
    plan = await service.check(STUDY, sheet)
    assert [row.problem for row in plan.rows if row.problem] == []
    return await service.store(CURATOR, STUDY, sheet, seal=plan.seal)


async def known(database: Database) -> Sequence[Entry]:
    async with database.read() as work:
        return await entries.of_study(work, STUDY)


def told(content: bytes) -> Sequence[tuple[str, ...]]:
    """The codebook with places instead of ids, which are each study's own."""
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    places = {row["id"]: str(at) for at, row in enumerate(rows)} | {"": ""}
    return [
        (places[row["id"]], places[row["parent"]], *(row[name] for name in COLUMNS[2:]))
        for row in rows
    ]


@pytest.mark.parametrize("form", [Form.CSV, Form.XLSX, Form.QDC])
async def test_an_exported_codebook_in_an_empty_study_is_the_same_codebook(
    closed: Database, tmp_path: Path, form: Form
) -> None:
    before = await exported(closed, tmp_path, Form.CSV)
    file = await exported(closed, tmp_path, form)
    await emptied(closed)

    count = await taken_in(closed, codebook_reader.read(file))

    assert count == 4
    assert told(await exported(closed, tmp_path, Form.CSV)) == told(before)
    assert await taken_in(closed, codebook_reader.read(file)) == 0
    assert len(await known(closed)) == 4


@pytest.mark.parametrize("form", [Form.CSV, Form.XLSX, Form.QDC])
async def test_a_study_that_reads_its_own_codebook_changes_nothing(
    closed: Database, tmp_path: Path, form: Form
) -> None:
    before = await known(closed)

    assert await taken_in(closed, codebook_reader.read(await exported(closed, tmp_path, form))) == 0
    assert await known(closed) == before


async def test_what_changes_is_a_new_version_with_its_event(closed: Database) -> None:
    sheet = codebook_reader.parse(
        f"id,parent,label_en,kind\nn2,n1,Sensors fail,cause\nn1,{DATA},Sensors,problem\n{DATA},,Figures,\n"
    )

    assert await taken_in(closed, sheet) == 3

    found = {one.label.en: one for one in await known(closed)}
    assert (found["Figures"].id, found["Figures"].version) == (DATA, 2)
    assert found["Sensors fail"].parent_id == found["Sensors"].id
    assert found["Sensors"].parent_id == DATA
    async with closed.read() as work:
        assert len(await versions.of_entry(work, DATA)) == 2
        made = await events.of_subjects(work, STUDY, (found["Sensors"].id, DATA))
    assert {one.action for one in made} == {"entry.imported", "entry.amended"}


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("x,nowhere,problem,A", "codebook.parent"),
        ("x,,problem,A", "entry.parent"),
        ("x,y,category,A\ny,x,category,B", "codebook.parent"),
        ("x,,category,A\nx,,category,B", "codebook.twice"),
        ("x,,thing,A", "codebook.kind"),
        (f"x,,category,{'A' * 401}", "entry.label"),
        ("x,,category,", "entry.label"),
        (f"{DATA},{DATA},category,A", "entry.parent"),
    ],
)
async def test_one_bad_row_is_named_and_nothing_is_stored(
    closed: Database, rows: str, problem: str
) -> None:
    sheet = codebook_reader.parse(f"id,parent,kind,label_en\ngood,,category,Good\n{rows}\n")
    service, before = CodebookImport(closed, Curation(closed)), await known(closed)

    plan = await service.check(STUDY, sheet)
    with pytest.raises(Conflict) as refused:
        await service.store(CURATOR, STUDY, sheet, seal=plan.seal)

    assert {row.problem for row in plan.rows if row.number > 2} == {problem}
    assert refused.value.code == "import.bad_rows"
    assert await known(closed) == before


async def test_what_was_not_shown_is_not_stored(closed: Database) -> None:
    sheet = codebook_reader.parse(f"id,label_en\n{DATA},Figures\n")
    curation = Curation(closed)
    service = CodebookImport(closed, curation)
    plan = await service.check(STUDY, sheet)
    one = next(one for one in await known(closed) if one.id == DATA)
    amendment = Amendment(
        Bilingual("Numbers", ""), one.definition, one.kind, None, one.scope, "here"
    )
    await curation.amend(CURATOR, key(1), DATA, amendment, base=1)

    with pytest.raises(Conflict) as refused:
        await service.store(CURATOR, STUDY, sheet, seal=plan.seal)

    assert refused.value.code == "codebook.stale"
    assert (await known(closed))[0].label.en == "Numbers"


async def test_a_retracted_entry_is_not_woken_by_a_file(closed: Database) -> None:
    await Curation(closed).retract(CURATOR, key(2), SHARING, base=1, reason="no")
    sheet = codebook_reader.parse(f"id,label_en\n{SHARING},Shared\n")

    plan = await CodebookImport(closed, Curation(closed)).check(STUDY, sheet)

    assert [row.problem for row in plan.rows] == ["codebook.state"]
    assert plan.rows[0].entry is None
    assert EntryId(SHARING) in {one.id for one in await known(closed)}
