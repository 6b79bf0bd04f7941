"""The demo study: complete, in both languages, in our own words, made once on both databases."""

import hashlib
import re
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from schemas.session import Role, SessionState
from schemas.taxonomy import EntryKind, LinkKind
from server.demo import content
from server.domain import taxonomy
from server.services.accounts import Accounts
from server.services.demo import DemoWays, ensure_demo
from server.services.joining import Joining
from server.services.player import speaker_of
from server.services.taxonomy import Taxonomy
from server.services.transcripts import write_typed
from server.store import conduct, entries, inheriting, people, sessions, studies, tables
from server.store.database import Database
from transcription.bundled import recordings

pytestmark = pytest.mark.anyio

PARAPHRASES = frozenset(
    [
        "03ef2448a41a23a6",
        "03fa7b7c5fbc9a05",
        "0c72be99102562e8",
        "13e1d8dff6dfbc4d",
        "14b06427cb2cc501",
        "1a1b743469064860",
        "1aa8462600a7dd6f",
        "235d0d3256988eb5",
        "26dedc36b017b490",
        "2a74bec37bf70ace",
        "2aa38a7e3788fe6c",
        "2c78cb5b24539691",
        "2d1eb80a45c6528f",
        "2f1919c8cde9c267",
        "33b926f8849df8d8",
        "34d64c598e250998",
        "3fc457e7ef9f9046",
        "4317eb5e7734e28c",
        "453a3ca82c2c130a",
        "4b025039792eeae3",
        "4ce7d4d6e89f0531",
        "51f6c5e1a9f71bf5",
        "5414a847885f7360",
        "55deda7fbb8278aa",
        "6149549c6947cdba",
        "6529714e5330bf0b",
        "70e55807c9baf618",
        "734c30cdc4e32d36",
        "76ad363f83e5360b",
        "7fd6d23e80f172be",
        "803bf4f7ac474904",
        "84268c0144a73f16",
        "870f77dd48beda1e",
        "87b481d2cd7458ad",
        "89c5ab66d2b74789",
        "8f3e180d01d88e20",
        "8f3fdba92b48b44a",
        "9982db8bfaa4dc52",
        "9abadd9932fdb47b",
        "9ca3817f3818b806",
        "9ee81561b3c56d7a",
        "a1a6ec9dcb1b9d73",
        "a36bbf381a1b807f",
        "a3fcfdd8da481b8e",
        "ab7a0057ea699ac4",
        "abbc900f058d33ad",
        "b19b9506cd242550",
        "b894b1814b180d95",
        "b91667ce9d1572ad",
        "b9be558ae9afa636",
        "bb27ec2978c59495",
        "bddcc4f345db53cb",
        "bf9942a4d6846941",
        "c252363c3fb2eb44",
        "c4824c33dba7e267",
        "c4decbd02c7e37d0",
        "c6e70678582e7c10",
        "c89ffdafd7586e8f",
        "c9cd5a1245cc27a0",
        "cabf4fed3f6d4e73",
        "cbd15c90eba5b85b",
        "ce535dc304d98e79",
        "cf4f66361317b5aa",
        "d07fe225a109c0f9",
        "d1b68b951da354a4",
        "d3fad49217f9e764",
        "d7543ab0dc970363",
        "daa7de6386b75b60",
        "dfb5ecbd3139ea97",
        "ea67dcb4cb082775",
        "eb3dfee68ed6739f",
        "ecef905fac009ed1",
        "ee14d6ed719ecc03",
        "eea3b0e43ef9aad2",
        "f1ecec3e40f3b1c7",
        "f2faaf20184986d7",
        "f5bb81da29ac7a85",
        "fa4237ea932a63f0",
        "fa48c09b581e6192",
    ]
)
"""SHA-256 (16 digits) of the English paraphrases that the taxonomy was retold from, as folded words."""

HAN = re.compile(r"[\u4e00-\u9fff]")


def words_of_taxonomy() -> Iterator[tuple[str, str]]:
    for category in content.taxonomy().categories:
        for one in (category, *category.problems):
            yield from zip(one.en, one.zh, strict=True)
        for problem in category.problems:
            yield from (*problem.causes, *problem.consequences)


async def made(database: Database) -> DemoWays:
    return await ensure_demo(database, Accounts(database), Joining(database, b"k" * 32))


def test_the_facts_are_all_there() -> None:
    study, problems = content.study(), content.taxonomy()

    sizes = [len(theme.units) for theme in study.themes]
    assert (len(study.stages), sizes) == (5, [10, 11, 10, 12, 10])
    assert len(content.sources()) == 46
    assert len(problems.categories) == 7
    assert sum(len(one.problems) for one in problems.categories) == 37


def test_both_languages_are_complete() -> None:
    study = content.study()
    units = [unit for theme in study.themes for unit in theme.units]

    named = [*units, *study.themes, *study.stages, study.title, study.city]
    steps = [step for one in content.sessions() for step in (*one.steps, one.title)]
    for one in (*named, *steps):
        assert one.en, one
        assert not HAN.search(one.en), one
        assert HAN.search(one.zh), one
    for unit in units:
        assert any(HAN.search(alias) for alias in unit.aliases), unit
        assert any(not HAN.search(alias) for alias in unit.aliases), unit
    for en, zh in words_of_taxonomy():
        assert en, zh
        assert HAN.search(zh), en


def test_each_step_is_told_in_the_language_of_its_session() -> None:
    for session in (*content.sessions(), content.before()):
        for step in session.steps:
            told = (step.system, step.data_in, step.data_out)
            assert all(told), step
            assert all(bool(HAN.search(text)) is (session.language == "zh") for text in told), step
            assert 5 <= step.minutes <= 30, step
        passed_on = [step.hand_over for step in session.steps if step.hand_over]
        assert len(passed_on) >= 3
    for solution in content.before().solutions:
        if (one := solution.assessment) is not None:
            assert not HAN.search(f"{one.reason}{one.depends_on}{one.regulation}")


def test_no_unit_is_known_by_the_name_of_another() -> None:
    names = [
        name
        for theme in content.study().themes
        for unit in theme.units
        for name in (unit.en, unit.zh, *unit.aliases)
    ]

    assert len(names) == len(set(names))


def test_the_problems_are_told_in_our_own_words() -> None:
    for en, _ in words_of_taxonomy():
        folded = " ".join(re.findall(r"\w+", en.casefold()))
        digest = hashlib.sha256(folded.encode()).hexdigest()[:16]
        assert digest not in PARAPHRASES, en


def test_every_speaker_of_a_recording_has_a_seat() -> None:
    bundled = recordings()

    for session in content.sessions():
        cues = {cue.speaker for cue in bundled[session.recording].cues}
        assert {person.cue for person in session.people} == cues


@pytest.mark.parametrize(
    ("wording", "slug"),
    [
        ("Data is not shared between departments", "data/data-sharing"),
        ("The platform cannot process high definition video", "data/uncoordinated-upgrades"),
        ("各部门数据不共享", "data/data-sharing"),
        ("视频只保存三十天，存储不够", "data/backup-storing"),
        ("农村网络很差", "infrastructures/poor-network"),
        ("We close the road too late when it rains", None),
        ("请不要忘了老人", None),
    ],
)
async def test_what_is_said_in_the_recordings_finds_its_entry(
    sqlite_url: str, wording: str, slug: str | None
) -> None:
    database = Database(sqlite_url)
    ways = await made(database)
    async with database.read() as work:
        found = taxonomy.similar(wording, await entries.of_study(work, ways.study_id))
        asked = select(tables.entry.c.slug).where(
            tables.entry.c.id == (found[0].entry.id if found else "")
        )
        best = (await work.connection.execute(asked)).scalar_one_or_none()
    await database.close()

    assert best == slug


async def test_the_demo_is_made_once_and_found_again(database: Database) -> None:
    first = await made(database)
    again = await made(database)

    assert again.study_id == first.study_id
    assert again.sessions == first.sessions
    assert again.moderator != first.moderator
    async with database.read() as work:
        themes = await studies.themes(work, first.study_id)
        assert sum(len(theme.units) for theme in themes) == 53
        assert len(await studies.units(work, first.study_id)) == 54  # one stands in no theme
        for (
            table,
            expected,
        ) in (  # with the study before: two stages, a theme, four units, a session
            (tables.study, 2),
            (tables.stage, 5 + 2),
            (tables.theme, 5 + 1),
            (tables.unit, 54 + 4),
            (tables.source, 46),
            (tables.session, 3 + 1),
            (tables.account, 1),
            (tables.colleague, 21),
        ):
            counted = await work.connection.execute(select(func.count()).select_from(table))
            assert counted.scalar_one() == expected, table.name


async def test_both_sessions_can_be_played_at_once(database: Database) -> None:
    ways = await made(database)

    assert [one.language.value for one in ways.sessions] == ["en", "zh"]
    async with database.read() as work:
        units = await studies.units(work, ways.study_id)
        for way in ways.sessions:
            sitting = await sessions.sitting(work, way.session_id)
            steps = await sessions.steps(work, way.session_id)
            guests = await people.invited(work, way.session_id)
            assert sitting.session.state is SessionState.LIVE
            assert sitting.recording in recordings()
            assert (sitting.session.step_id, way.code) == (steps[0].id, sitting.code)
            assert 5 <= len(steps) <= 6
            assert all(step.detail.system and step.detail.minutes for step in steps)
            assert len(guests) == len(way.seats)
            assert [one.role for one in guests].count(Role.MODERATOR) == 1
            known = {unit.id for unit in units}
            assert all(one.unit_id in known for one in guests if one.role is Role.EXPERT)


async def test_the_version_of_a_stage_is_called_as_the_stage_in_both_languages(
    sqlite_url: str,
) -> None:
    database = Database(sqlite_url)
    ways = await made(database)

    found = await Taxonomy(database).compare(ways.study_id)

    assert content.study().stages[2].name in [one.name for one in found.moments]
    await database.close()


async def test_a_demo_session_that_stood_open_in_silence_begins_anew(database: Database) -> None:
    silent, spoken = (await made(database)).sessions
    async with database.write() as work:
        for one in (silent, spoken):
            await conduct.change(work, one.session_id, step_since=1.0)
        session = (await sessions.sitting(work, spoken.session_id)).session
        chair = next(
            one for one in await people.invited(work, session.id) if one.role is Role.MODERATOR
        )
        await write_typed(work, session, chair, "Good morning", "a-key", at=2.0)

    await made(database)

    async with database.read() as work:
        since = [
            (await conduct.get(work, one.session_id)).step_since or 0.0 for one in (silent, spoken)
        ]
    assert since[0] > 1_000_000
    assert since[1] == 1.0


async def test_the_player_finds_who_speaks_each_cue(database: Database) -> None:
    ways = await made(database)
    told = {one.recording: one.people for one in content.sessions()}

    async with database.read() as work:
        units = {unit.id: unit for unit in await studies.units(work, ways.study_id)}
        for way in ways.sessions:
            recording = (await sessions.sitting(work, way.session_id)).recording
            guests = await people.invited(work, way.session_id)
            seats = [(one, units[one.unit_id] if one.unit_id else None) for one in guests]
            names = {one.id: one.name for one in guests}
            cues = {one.cue: one.name for one in told[recording]}
            for cue in recordings()[recording].cues:
                person_id = speaker_of(cue, seats)
                assert person_id is not None, cue
                assert names[person_id] == cues[cue.speaker]


async def test_the_taxonomy_is_a_tree_with_links(database: Database) -> None:
    ways = await made(database)

    tree = await Taxonomy(database).tree(ways.study_id)
    async with database.read() as work:
        found = await entries.of_study(work, ways.study_id)
        links = (await work.connection.execute(select(tables.entry_link))).all()
        counted = select(func.count(tables.study_event.c.seq))
        counted = counted.where(tables.study_event.c.study_id == ways.study_id)
        events = (await work.connection.execute(counted)).scalar_one()
        heirs = await inheriting.origins(work, ways.study_id)

    kinds = [one.kind for one in found if one.id not in heirs]
    assert [branch.entry.kind for branch in tree.branches] == [EntryKind.CATEGORY] * 8
    assert kinds.count(EntryKind.CATEGORY) == 7
    solved = [link for link in links if link.kind == LinkKind.SOLVED_BY]
    assert (kinds.count(EntryKind.PROBLEM), len(links) - len(solved)) == (37, 8)
    assert (kinds.count(EntryKind.SOLUTION), len(solved)) == (3, 4)
    assert kinds.count(EntryKind.CAUSE) + kinds.count(EntryKind.CONSEQUENCE) == 27
    marked = 4
    assert (tree.count, events) == (len(found), len(found) + 2 + marked)
