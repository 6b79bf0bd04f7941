"""The schema that migrations make is the schema that the program declares, on both engines."""

from pathlib import Path

import pytest
from anyio import create_task_group
from sqlalchemy import insert, inspect, select, text

from schemas.conduct import Progress
from schemas.ids import AccountId, EntryId, EvidenceId, LineId, SessionId, StudyId
from schemas.session import Bilingual, Language, Script
from server.domain.inheriting import Fate, Mark
from server.domain.priorities import PriorityRound, PriorityRoundId
from server.domain.query import parse
from server.domain.quoting import withdrawn_text
from server.domain.requirements import Content, Requirement, RequirementId
from server.domain.reviewing import Extent, Strategy
from server.domain.solutions import Assessment, Solution
from server.services import indexing
from server.store import (
    boxes,
    brought,
    coders,
    conduct,
    differences,
    discretion,
    inheriting,
    jobs,
    migrate,
    priorities,
    requirements,
    reviews,
    search,
    search_due,
    search_rebuild,
    sessions,
    solutions,
    speech,
    tables,
)
from server.store.database import Database
from server.store.differences import Difference
from server.store.jobs import Job, JobId, JobState
from server.store.mirrors import Mirrors
from server.store.search import Scope, Searchable

pytestmark = pytest.mark.anyio


async def test_an_upgraded_database_has_what_the_program_declares(empty: Database) -> None:
    await migrate.upgrade(empty)

    async with empty.writer.connect() as connection:
        assert await connection.run_sync(migrate.differences) == []
        names = await connection.run_sync(lambda bare: inspect(bare).get_table_names())
    assert "search_index" in names
    assert await migrate.current(empty) == migrate.head()


async def test_upgrading_twice_changes_nothing(empty: Database) -> None:
    await migrate.upgrade(empty)
    async with empty.write() as work:
        await work.connection.execute(_account())

    await migrate.upgrade(empty)

    async with empty.read() as work:
        assert (await work.connection.execute(select(tables.account.c.login))).scalars().all() == [
            "chen"
        ]


async def test_an_index_in_one_piece_comes_into_parts(empty: Database) -> None:
    await migrate.upgrade(empty, "v0026")
    study = StudyId("study")
    async with empty.write() as work:
        await work.connection.execute(
            insert(tables.study).values(
                id=study, slug="s", title_en="", title_zh="", city_en="", city_zh="", rule={},
                created_at=0,
            )
        )  # fmt: skip
        if work.dialect == "postgresql":  # as it was until then
            for statement in (
                "DROP TABLE search_index",
                "CREATE TABLE search_index (id bigint PRIMARY KEY, terms tsvector NOT NULL)",
                "CREATE TABLE search_index_0 (id bigint PRIMARY KEY, terms tsvector NOT NULL)",
            ):
                await work.connection.execute(text(statement))
        await search.add(work, [Searchable("entry", "e", study, None, "old data")])
        if work.dialect == "postgresql":
            await work.connection.execute(text("DROP TABLE search_index_0"))

    await migrate.upgrade(empty)

    async with empty.write() as work:
        await search.add(work, [Searchable("entry", "f", study, None, "new data")])
        await search_due.add(work, "line", ["written later"])
        assert await search_due.take(work, 2) == [("line", "written later")]
    async with empty.read() as work:
        scope = Scope(studies=frozenset({study}))
        found = await search.find(work, parse("data"), scope=scope)
    assert [one.text for one in found.items] == ["new data", "old data"]


def test_every_table_goes_into_a_studys_box_or_stays_out_for_a_reason() -> None:
    assert set(tables.metadata.tables) == {*boxes.HANGS_ON, *boxes.LEFT_OUT}
    assert not boxes.HANGS_ON.keys() & boxes.LEFT_OUT.keys()


async def test_two_at_once_upgrade_once(empty: Database) -> None:
    async with create_task_group() as group:
        group.start_soon(migrate.upgrade, empty)
        group.start_soon(migrate.upgrade, empty)

    assert await migrate.current(empty) == migrate.head()


async def test_sqlite_is_migrated_at_start_and_copied_before(tmp_path: Path) -> None:
    opened = Database(f"sqlite+aiosqlite:///{tmp_path / 'colloquy.sqlite3'}")
    assert await migrate.prepare(opened, tmp_path / "backups") is None
    async with opened.write() as work:
        await work.connection.execute(_account())
        await work.connection.execute(text("UPDATE alembic_version SET version_num = 'v0000'"))

    with pytest.raises(Exception, match="v0000"):  # no such revision: the copy is made all the same
        await migrate.prepare(opened, tmp_path / "backups")

    await opened.close()
    [copy] = (tmp_path / "backups").iterdir()
    kept = Database(f"sqlite+aiosqlite:///{copy}")
    async with kept.read() as work:
        assert (await work.connection.execute(select(tables.account.c.login))).scalar() == "chen"
    await kept.close()


async def test_postgresql_is_not_migrated_at_start(empty: Database, tmp_path: Path) -> None:
    if empty.url.get_backend_name() == "sqlite":
        assert await migrate.prepare(empty, tmp_path) is None
        return

    with pytest.raises(migrate.SchemaBehind) as refused:
        await migrate.prepare(empty, tmp_path)

    assert refused.value.fields == {"at": "empty", "needs": migrate.head()}


def _account() -> object:
    return insert(tables.account).values(
        id="a", login="chen", name="Chen", password_hash="", language="zh", created_at=0.0
    )


async def test_evidence_of_before_keeps_its_line_when_passages_come(empty: Database) -> None:
    await migrate.upgrade(empty, "v0007")
    async with empty.write() as work:
        for statement in _EVIDENCE_OF_BEFORE:
            await work.connection.execute(text(statement))

    await migrate.upgrade(empty)

    async with empty.read() as work:
        kept = tables.evidence.c
        found = (await work.connection.execute(select(kept.line_id, kept.passage_id))).all()
        assert [tuple(row) for row in found] == [("l", None)]


async def test_a_step_of_before_has_no_progress_yet(empty: Database) -> None:
    await migrate.upgrade(empty, "v0012")
    async with empty.write() as work:
        for statement in _STEP_OF_BEFORE:
            await work.connection.execute(text(statement))

    await migrate.upgrade(empty)

    async with empty.read() as work:
        [step] = await sessions.steps(work, SessionId("n"))
        led = await conduct.get(work, SessionId("n"))
    assert (step.title.en, step.detail.minutes, step.progress) == ("Warn", 0, Progress())
    assert led == conduct.Conduct()


_STEP_OF_BEFORE = (
    "INSERT INTO study (id, slug, title_en, title_zh, city_en, city_zh, rule, languages, marking,"
    " event_seq, created_at) VALUES ('s', 's', '', '', '', '', '{}', 'both', '', 0, 0)",
    "INSERT INTO stage (id, study_id, number, title_en, title_zh) VALUES ('g', 's', 1, '', '')",
    "INSERT INTO session (id, study_id, stage_id, kind, title_en, title_zh, language, state,"
    " code_sha256, code, recording, place, starts, mirror_seq, created_at) VALUES ('n', 's', 'g',"
    " 'focus_group', '', '', 'en', 'live', '', '', '', '', '', 0, 0)",
    'INSERT INTO step (id, session_id, "order", title_en, title_zh, detail)'
    " VALUES ('t', 'n', 1, 'Warn', '', '{}')",
)


_EVIDENCE_OF_BEFORE = (
    "INSERT INTO study (id, slug, title_en, title_zh, city_en, city_zh, rule, languages, marking,"
    " event_seq, created_at) VALUES ('s', 's', '', '', '', '', '{}', 'both', '', 0, 0)",
    "INSERT INTO stage (id, study_id, number, title_en, title_zh) VALUES ('g', 's', 1, '', '')",
    "INSERT INTO entry (id, study_id, slug, kind, label_en, label_zh, definition_en,"
    ' definition_zh, scope, scope_reason, state, version, "order", stage_id, created_at)'
    " VALUES ('e', 's', 'e', 'problem', '', '', '', '', 'unknown', '', 'active', 1, 1, 'g', 0)",
    "INSERT INTO evidence (id, entry_id, line_id, quote, created_at)"
    " VALUES ('v', 'e', 'l', 'said', 0)",
)


async def test_a_study_of_before_has_no_requirement_and_takes_one(empty: Database) -> None:
    await migrate.upgrade(empty, "v0016")
    async with empty.write() as work:
        for statement in _EVIDENCE_OF_BEFORE:
            await work.connection.execute(text(statement))

    await migrate.upgrade(empty)

    content = Content(Bilingual("Share", ""), entries=(EntryId("e"),))
    one = Requirement(RequirementId("r"), StudyId("s"), 1, 1, content)
    async with empty.write() as work:
        assert await requirements.of_study(work, StudyId("s")) == []
        await requirements.add(work, one, by="Chen", at=1.0)
        assert await requirements.of_study(work, StudyId("s")) == [one]


async def test_a_study_of_before_has_no_job_and_takes_one(empty: Database) -> None:
    await migrate.upgrade(empty, "v0015")
    async with empty.write() as work:
        await work.connection.execute(text(_EVIDENCE_OF_BEFORE[0]))
        await work.connection.execute(_account())

    await migrate.upgrade(empty)

    job = Job(JobId("j"), StudyId("s"), None, AccountId("a"), "export", {"form": "jsonl"}, JobState.WAITING, 1.0)  # fmt: skip
    async with empty.write() as work:
        assert await jobs.unfinished(work) == []
        await jobs.add(work, job)
        assert await jobs.change(work, job.id, [JobState.WAITING], state=JobState.RUNNING.value)
        [kept] = await jobs.of_account(work, StudyId("s"), AccountId("a"))
    assert (kept.state, kept.params, kept.done, kept.files) == (JobState.RUNNING, job.params, 0, ())


async def test_evidence_of_before_has_no_coder_and_takes_one(empty: Database) -> None:
    await migrate.upgrade(empty, "v0023")
    async with empty.write() as work:
        for statement in _EVIDENCE_OF_BEFORE:
            await work.connection.execute(text(statement))

    await migrate.upgrade(empty)

    async with empty.write() as work:
        assert await coders.of_study(work, StudyId("s")) == {}
        await brought.add_evidence(work, [], {EvidenceId("v"): ["Li", "Wang"]})
        assert await coders.of_study(work, StudyId("s")) == {"v": ["Li", "Wang"]}


async def test_a_review_round_of_before_was_of_the_whole_session(empty: Database) -> None:
    await migrate.upgrade(empty, "v0017")
    async with empty.write() as work:
        for statement in (*_STEP_OF_BEFORE[:3], _ROUND_OF_BEFORE):
            await work.connection.execute(text(statement))

    await migrate.upgrade(empty)

    async with empty.read() as work:
        found = await reviews.get(work, reviews.RoundId("r"))
        assert await reviews.remarks(work, found.id) == {}
    assert (found.extent, found.strategy, found.verdicts) == (Extent(), Strategy.ALIKE, {})
    assert found.version == ""


_ROUND_OF_BEFORE = (
    "INSERT INTO review_round (id, study_id, session_id, cut, seq, seed, state, codebook,"
    " created_at, signed_by) VALUES ('r', 's', 'n', 'turn', 0, 1, 'coding', '[]', 0, '')"
)


async def test_a_study_of_before_has_no_assessment_and_takes_one(empty: Database) -> None:
    await migrate.upgrade(empty, "v0018")
    async with empty.write() as work:
        for statement in _EVIDENCE_OF_BEFORE:
            await work.connection.execute(text(statement))

    await migrate.upgrade(empty)

    solution = Solution(EntryId("e"))
    one = solutions.Assessed(solution, 1, Assessment(reason="later"), "Chen", 1.0)
    async with empty.write() as work:
        assert await solutions.of_study(work, StudyId("s")) == {}
        await solutions.add(work, StudyId("s"), one)
        assert await solutions.of_study(work, StudyId("s")) == {solution: one}


async def test_a_session_of_before_has_no_priorities_and_takes_a_step(empty: Database) -> None:
    await migrate.upgrade(empty, "v0020")
    async with empty.write() as work:
        for statement in (*_EVIDENCE_OF_BEFORE, _SESSION_OF_BEFORE):
            await work.connection.execute(text(statement))

    await migrate.upgrade(empty)

    study, session, entry = StudyId("s"), SessionId("a"), EntryId("e")
    step = PriorityRound(PriorityRoundId("p"), study, session, (entry,), 3, 1.0, None, "Chen")
    async with empty.write() as work:
        assert await priorities.newest_round(work, session) is None
        await priorities.open_round(work, step)
        assert await priorities.newest_round(work, session) == step
        assert await priorities.spreads(work, study) == {}


async def test_a_study_of_before_follows_none_and_may_take_entries_over(empty: Database) -> None:
    await migrate.upgrade(empty, "v0024")
    async with empty.write() as work:
        for statement in _EVIDENCE_OF_BEFORE:
            await work.connection.execute(text(statement))

    await migrate.upgrade(empty)

    study, entry, title = StudyId("s"), EntryId("e"), Bilingual("Before", "前期")
    before = inheriting.Before(StudyId("gone"), title, "Chen", 1.0)
    mark = Mark(entry, 1, Fate.IRRELEVANT, "No more", (), "Chen", 2.0)
    async with empty.write() as work:
        assert await inheriting.before_of(work, study) is None
        await inheriting.follow(work, study, before)
        await inheriting.add(work, entry, EntryId("old"), at=1.0)
        await inheriting.write(work, mark)
        assert await inheriting.before_of(work, study) == before
        assert await inheriting.marks(work, study) == {entry: mark}


async def test_a_session_of_before_keeps_to_its_language_when_speech_comes(
    empty: Database,
) -> None:
    await migrate.upgrade(empty, "v0008")
    async with empty.write() as work:
        for statement in (*_EVIDENCE_OF_BEFORE[:2], _SESSION_OF_BEFORE):
            await work.connection.execute(text(statement))

    await migrate.upgrade(empty)

    async with empty.write() as work:
        assert await speech.get(work, SessionId("a")) == speech.Speech(False, Script.HANS)
        await speech.declare(work, SessionId("a"), speech.Speech(True, Script.HANT))
        assert (await speech.get(work, SessionId("a"))).is_either


_SESSION_OF_BEFORE = (
    "INSERT INTO session (id, study_id, stage_id, kind, title_en, title_zh, language, state,"
    " code_sha256, code, recording, place, starts, mirror_seq, created_at)"
    " VALUES ('a', 's', 'g', 'focus_group', '', '', 'zh', 'prepared', '', '', '', '', '', 0, 0)"
)


_UNIT_OF_BEFORE = (
    'INSERT INTO unit (id, study_id, slug, name_en, name_zh, kind, "order")'
    " VALUES ('u', 's', 'water', '', '', 'bureau', 1)"
)


async def test_lines_of_before_stay_when_other_records_are_laid_beside_them(
    empty: Database,
) -> None:
    await migrate.upgrade(empty, "v0014")
    said = (
        "INSERT INTO line (id, session_id, at, speaker, presumed, source, language, text, model,"
        " reason, revision, edits, created_at)"
        " VALUES ('l', 'a', 1, 'Wang', false, 'spoken', 'en', 'water', '', '', 0, '[]', 0)"
    )
    async with empty.write() as work:
        for statement in (*_EVIDENCE_OF_BEFORE[:2], _SESSION_OF_BEFORE, said):
            await work.connection.execute(text(statement))

    await migrate.upgrade(empty)

    other = Difference(
        "d", SessionId("a"), LineId("l"), "Water.", "", None, None, None, None, Language.EN, (),
        "typed", "",
    )  # fmt: skip
    async with empty.write() as work:
        await differences.add(work, other, order=0, at=1.0)
        assert await differences.still_open(work, SessionId("a")) == [other]


_ANSWERED_BEFORE = (
    "INSERT INTO unit (id, study_id, slug, name_en, name_zh, kind, \"order\") VALUES ('u', 's', 'water', 'Water', '水务局', 'bureau', 1)",
    "INSERT INTO questionnaire (id, study_id, stage_id, title_en, title_zh, intro_en, intro_zh, cities, due, state, created_at)"
    " VALUES ('n', 's', 'g', '', '', '', '', '[]', '', 'open', 0)",
    'INSERT INTO question (id, questionnaire_id, "order", kind, text_en, text_zh, units)'
    " VALUES ('q', 'n', 1, 'open', 'Why?', '', '[]')",
    "INSERT INTO response (id, questionnaire_id, unit_id, token_sha256, contact, released_by, reopen_reason)"
    " VALUES ('r', 'n', 'u', '', '', '', '')",
    'INSERT INTO answer (id, response_id, question_id, text, levels, version, "by", at)'
    " VALUES ('w', 'r', 'q', 'Nobody shares', '{}', 1, 'Wang', 0)",
)


async def test_answers_of_before_stay_when_their_questions_are_laid_anew(empty: Database) -> None:
    await migrate.upgrade(empty, "v0019")
    async with empty.write() as work:
        for statement in (*_EVIDENCE_OF_BEFORE[:2], *_ANSWERED_BEFORE):
            await work.connection.execute(text(statement))

    await migrate.upgrade(empty)

    async with empty.write() as work:
        kept = await work.connection.execute(text("SELECT text FROM answer"))
        assert kept.scalars().all() == ["Nobody shares"]
        await work.connection.execute(text("DELETE FROM question"))  # and they belong to them still
        assert (await work.connection.execute(text("SELECT text FROM answer"))).all() == []


async def test_what_was_withdrawn_before_leaves_the_document_and_what_was_struck_stays_out(
    empty: Database,
) -> None:
    await migrate.upgrade(empty, "v0030")
    said = {"at": 1.0, "text": "the pipes", "source": "spoken", "track": "t", "revision": 0}
    gone = {**said, "source": "withdrawn", "text": "Gone.", "track": None}
    told: list[tuple[str, object]] = [
        ("old", said), ("kept", said), ("struck", said), ("struck", None), ("new", gone),
    ]  # fmt: skip
    async with empty.write() as work:
        for statement in (*_EVIDENCE_OF_BEFORE[:2], _SESSION_OF_BEFORE, _UNIT_OF_BEFORE):
            await work.connection.execute(text(statement))
        for line in ("old", "struck", "new", "never shown"):
            row = {"id": line, "session_id": "a", "unit_id": "u", "kind": "withdraw", "at": 1.0}
            row |= {"line_id": line, "before": "", "text": "", "state": "taken"}
            await work.connection.execute(insert(tables.return_item).values(row))
        for line, value in told:
            await work.mirror(SessionId("a"), "lines", line, value)
        await search_rebuild.settle(work)

    await migrate.upgrade(empty)

    assert await indexing.is_outdated(empty)  # its months were UTC's

    ops = await Mirrors(empty).after(SessionId("a"), 0)
    assert [(op.seq, op.key) for op in ops[5:]] == [(6, "old")]
    assert ops[5].value == {
        **said, "source": "withdrawn", "track": None, "language": "zh",
        "text": withdrawn_text(Language.ZH),
    }  # fmt: skip
    assert (await Mirrors(empty).place_of(SessionId("a"))).mirrored == 6


async def test_what_was_struck_before_is_still_to_be_removed_from_document_and_sound(
    empty: Database,
) -> None:
    await migrate.upgrade(empty, "v0028")
    struck = (
        "INSERT INTO redaction (id, session_id, kin, asked_by, asked_at, done_at)"
        " VALUES ('l', 'a', '[]', 'p', 1, NULL), ('m', 'a', '[]', 'p', 1, 2)"
    )
    async with empty.write() as work:
        for statement in (*_EVIDENCE_OF_BEFORE[:2], _SESSION_OF_BEFORE, struck):
            await work.connection.execute(text(statement))

    await migrate.upgrade(empty)

    async with empty.write() as work:
        [waits] = await discretion.queued(work)
        first = await discretion.settle(work, forgotten=[LineId("l")], silenced=[], at=3.0)
        second = await discretion.settle(work, forgotten=[], silenced=[LineId("l")], at=4.0)
        assert (waits.line_id, waits.is_forgotten, waits.is_silenced) == ("l", False, False)
        assert (first, second) == (0, 1)
        assert await discretion.queued(work) == []
