"""The index: what engines find equals a scan over every text, newest first, within permission."""

import re
import unicodedata
from collections.abc import Sequence

import anyio
import anyio.from_thread
import anyio.lowlevel
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, text

from schemas.ids import AnnotationId, LineId, SessionId, StudyId
from server.domain import facets
from server.domain.facets import Facet
from server.domain.query import parse
from server.store import search, search_due, search_postgresql, tables
from server.store.database import Database, Work
from server.store.limits import TooSlow, time_limit
from server.store.search import Scope, Searchable

pytestmark = pytest.mark.anyio

STUDIES = (StudyId("a" * 32), StudyId("b" * 32))
SESSIONS = (SessionId("1" * 32), SessionId("2" * 32), SessionId("3" * 32))
STUDY_OF = dict(zip(SESSIONS, (STUDIES[0], STUDIES[0], STUDIES[1]), strict=True))
EVERYTHING = Scope(studies=frozenset(STUDIES))
"""Two sessions of the first study, one of the second."""


async def studies_and_sessions(database: Database) -> None:
    async with database.write() as work:
        for study in STUDIES:
            await work.connection.execute(
                insert(tables.study).values(
                    id=study, slug=study, title_en="", title_zh="", city_en="", city_zh="",
                    rule={}, created_at=0,
                )
            )  # fmt: skip
            await work.connection.execute(
                insert(tables.stage).values(
                    id=study, study_id=study, number=1, title_en="", title_zh=""
                )
            )
        for session, study in STUDY_OF.items():
            await work.connection.execute(
                insert(tables.session).values(
                    id=session, study_id=study, stage_id=study, kind="focus_group", title_en="",
                    title_zh="", language="zh", state="live", code="", code_sha256=session,
                    created_at=0,
                )
            )  # fmt: skip


async def index(work: Work, texts: Sequence[str], session: SessionId = SESSIONS[0]) -> None:
    for number, content in enumerate(texts):
        await put(work, LineId(f"{session[:1]}{number}"), content, session)


async def put(work: Work, ref: LineId | AnnotationId, content: str, session: SessionId) -> None:
    await search.put(work, [Searchable("line", ref, STUDY_OF[session], session, content)])


async def found(work: Work, words: str, scope: Scope = EVERYTHING) -> list[str]:
    page = await search.find(work, parse(words), scope=scope, limit=100)
    return [item.text for item in page.items]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("水", ["污水处理", "水。管", "供水管网"]),
        ("水管", ["供水管网"]),
        ('"水 管"', ["水。管"]),
        ("用GIS系", ["使用ＧＩＳ系统"]),
        ("gis", ["a GIS for us", "使用ＧＩＳ系统"]),
        ('"gis for"', ["a GIS for us"]),
        ("fo*", ["a GIS for us"]),
        ('"a gi*"', ["a GIS for us"]),
        ("gis -系统", ["a GIS for us"]),
        ("(管网 OR 污水) 水", ["污水处理", "供水管网"]),
        ("水 NOT (污水 OR 管网)", ["水。管"]),
        ("无", []),
    ],
)
async def test_words_find_texts(database: Database, words: str, expected: list[str]) -> None:
    await studies_and_sessions(database)
    async with database.write() as work:
        await index(work, ["供水管网", "使用ＧＩＳ系统", "水。管", "a GIS for us", "污水处理"])

    async with database.read() as work:
        assert await found(work, words) == expected


async def test_a_correction_is_found_in_its_first_place(database: Database) -> None:
    await studies_and_sessions(database)
    async with database.write() as work:
        await index(work, ["错字 一", "数据 二"])
        await put(work, LineId("10"), "数据 一", SESSIONS[0])

    async with database.read() as work:
        assert await found(work, "数据") == ["数据 二", "数据 一"]
        assert await found(work, "错字") == []


async def test_what_is_removed_is_not_found(database: Database) -> None:
    await studies_and_sessions(database)
    async with database.write() as work:
        await index(work, ["数据 一", "数据 二"])
        await search.remove(work, "line", [LineId("10")])
        await search.remove(work, "line", [LineId("never indexed")])

    async with database.read() as work:
        assert await found(work, "数据") == ["数据 二"]
        assert await found(work, "一") == []


async def test_only_what_a_person_may_see_is_found(database: Database) -> None:
    await studies_and_sessions(database)
    async with database.write() as work:
        for session in SESSIONS:
            await index(work, [f"数据 {session[:1]}"], session)

    async with database.read() as work:
        mine = Scope(sessions=frozenset({SESSIONS[1]}))
        both = Scope(studies=frozenset({STUDIES[1]}), sessions=frozenset({SESSIONS[0]}))
        assert await found(work, "数据", Scope()) == []
        assert await found(work, "数据", mine) == ["数据 2"]
        assert await found(work, "数据 OR 3", mine) == ["数据 2"]
        assert await found(work, "数据", both) == ["数据 3", "数据 1"]
        other = [[facets.token(Facet.SESSION, SESSIONS[0])]]
        narrowed = await search.find(work, parse("数据"), scope=mine, narrowed=other)
        assert list(narrowed.items) == []


async def spread(database: Database, texts: Sequence[str]) -> None:
    """Index texts over five parts of PostgreSQL's index, some on each side of a border."""
    for part in range(5):
        async with database.write() as work:
            if work.dialect == "postgresql":
                last = max(1, part * search_postgresql.PART - 3)
                moved = text("SELECT setval(pg_get_serial_sequence('search_item', 'id'), :last)")
                await work.connection.execute(moved, {"last": last})
            for number in range(part, len(texts), 5):
                await put(work, LineId(f"s{number}"), texts[number], SESSIONS[0])


async def test_pages_follow_one_another_without_gap_or_double(database: Database) -> None:
    await studies_and_sessions(database)
    texts = [f"数据 {number}" for number in range(45)]
    await spread(database, texts)

    pages: list[str] = []
    after: int | None = None
    async with database.read() as work:
        while True:
            page = await search.find(work, parse("数据"), scope=EVERYTHING, after=after, limit=10)
            pages += [item.text for item in page.items]
            after = page.next
            if after is None:
                break

    assert pages == [one for part in range(4, -1, -1) for one in texts[part::5][::-1]]


async def test_a_phrase_is_held_to_permission_and_choices_in_every_part(database: Database) -> None:
    await studies_and_sessions(database)
    await spread(database, [f"供水管网数据 {number}" for number in range(20)])
    others = Scope(sessions=frozenset({SESSIONS[1]}), studies=frozenset({STUDIES[1]}))
    here = (facets.token(Facet.SESSION, SESSIONS[0]),)

    async with database.read() as work:
        assert len(await found(work, "管网数据", EVERYTHING)) == 20
        assert await found(work, "管网数据", others) == []
        every = parse("管网数据")
        assert list(await search.keys(work, every, scope=EVERYTHING, without=here, most=9)) == []


async def test_what_is_written_meanwhile_waits_for_no_new_part(database: Database) -> None:
    await studies_and_sessions(database)
    async with database.write() as first:
        await index(first, ["one"])
        await search.tend(first)
    async with database.write() as work:
        await search.tend(work)
        await put(work, LineId("two"), "数据 two", SESSIONS[0])
    async with database.read() as work:
        assert await found(work, "数据", EVERYTHING) == ["数据 two"]


async def test_nobody_indexes_while_another_changes_what_is_found(postgres_url: str) -> None:
    database = Database(postgres_url)
    await studies_and_sessions(database)
    order: list[str] = []
    async with anyio.create_task_group() as tasks, database.write() as changing:
        await search.remove(changing, "line", ["any"])
        async with database.write() as work:
            await search.remove(work, "line", ["another"])  # need not wait

        async def follow() -> None:
            async with database.write() as work:
                await search_due.alone_and_fast(work)
                order.append("indexed")

        tasks.start_soon(follow)
        await until_one_waits(database)
        order.append("changed")
    assert order == ["changed", "indexed"]
    await database.close()


async def test_whoever_adds_what_was_just_added_brings_it_to_its_own(postgres_url: str) -> None:
    database = Database(postgres_url)
    await studies_and_sessions(database)
    async with anyio.create_task_group() as tasks, database.write() as first:
        await put(first, LineId("x"), "数据 one", SESSIONS[0])

        async def add() -> None:
            async with database.write() as second:
                await put(second, LineId("x"), "水位 two", SESSIONS[0])

        tasks.start_soon(add)
        await until_one_waits(database)
    async with database.read() as work:
        assert await found(work, "水位") == ["水位 two"]
        assert await found(work, "数据") == []
    await database.close()


async def until_one_waits(database: Database) -> None:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with anyio.fail_after(30):
        is_waiting = False
        while not is_waiting:  # each time anew: within one transaction the view stays as it was
            await anyio.lowlevel.checkpoint()
            async with database.read() as work:
                is_waiting = bool((await work.connection.execute(waiting)).scalar_one())


async def test_facets_narrow_and_are_counted(database: Database) -> None:
    await studies_and_sessions(database)
    async with database.write() as work:
        for number, (kind, speaker) in enumerate(
            [("problem", "Li"), ("cause", "Li"), ("cause", "")]
        ):
            tokens = (facets.token(Facet.KIND, kind),)
            ref = f"f{number}"
            await search.put(
                work,
                [Searchable("line", ref, STUDIES[0], SESSIONS[0], "数据", speaker, tokens)],
            )

    async with database.read() as work:
        only = [[facets.token(Facet.KIND, "cause")]]
        causes = await search.find(work, parse("数据"), scope=EVERYTHING, narrowed=only)
        every = await search.find(work, None, scope=EVERYTHING, narrowed=only)
        counted = await search.facts(work, parse("数据"), scope=EVERYTHING, most=2)

    assert [item.ref for item in causes.items] == ["f2", "f1"]
    assert causes.items == every.items
    assert (len(counted.rows), counted.has_more) == (2, True)


async def test_a_changed_facet_moves_an_item(database: Database) -> None:
    await studies_and_sessions(database)
    agreed, open_ = ([[facets.token(Facet.STATE, state)]] for state in ("agreed", "open"))

    def wording(state: str) -> Searchable:
        tokens = (facets.token(Facet.STATE, state),)
        return Searchable("wording", "w.1", STUDIES[0], SESSIONS[0], "数据", "", tokens)

    async with database.write() as work:
        await search.put(work, [wording("open")])
        await search.put(work, [wording("agreed")])

    async with database.read() as work:
        assert len((await search.find(work, None, scope=EVERYTHING, narrowed=agreed)).items) == 1
        assert (await search.find(work, None, scope=EVERYTHING, narrowed=open_)).items == []


async def test_members_find_what_everybody_in_the_study_may_read(database: Database) -> None:
    await studies_and_sessions(database)
    async with database.write() as work:
        await search.put(work, [Searchable("entry", "e1", STUDIES[0], None, "数据 entry")])
        await index(work, ["数据 line"])

    async with database.read() as work:
        member = Scope(members=frozenset({STUDIES[0]}))
        assert await found(work, "数据", member) == ["数据 entry"]
        assert await found(work, "数据", Scope(members=frozenset({STUDIES[1]}))) == []


async def test_what_is_the_teams_own_is_found_by_nobody_else(database: Database) -> None:
    await studies_and_sessions(database)
    unreleased = Searchable("answer", "a1", STUDIES[0], None, "数据 answer", team_only=True)
    async with database.write() as work:
        await search.put(work, [unreleased])

    async with database.read() as work:
        assert await found(work, "数据") == ["数据 answer"]
        assert await found(work, "数据", Scope(members=frozenset({STUDIES[0]}))) == []


async def test_a_query_that_takes_too_long_is_stopped(database: Database) -> None:
    endless = {
        "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
        " SELECT count(*) FROM n",
        "postgresql": "SELECT pg_sleep(60)",
    }
    async with database.read() as work:
        with pytest.raises(TooSlow):
            async with time_limit(work, 0.05):
                await work.connection.execute(text(endless[work.dialect]))

    async with database.read() as work, time_limit(work, 5.0):
        assert (await work.connection.execute(text("SELECT 1"))).scalar_one() == 1


async def test_cleared_is_empty_and_can_be_filled_again(database: Database) -> None:
    await studies_and_sessions(database)
    async with database.write() as work:
        await index(work, ["数据"])
        await search.clear(work)
        assert await found(work, "数据") == []
        await index(work, ["数据"])

    async with database.read() as work:
        assert await found(work, "数据") == ["数据"]


# The property. The scan below knows nothing of tokens: it works on strings and expressions.

CHARACTERS = "水管数据a"
pieces = st.text(alphabet=CHARACTERS + "bＡ ，", min_size=1, max_size=8)
texts = st.lists(st.text(alphabet=CHARACTERS + "bＡ ，。", max_size=14), min_size=1, max_size=8)
prefixes = st.text(alphabet="ab", min_size=1, max_size=3)


def simplified(text: str) -> str:
    """Fold and separate words by single spaces; a CJK run is one word, so is a Latin one."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    spaced = re.sub(r"[^水管数据ab]+", " ", folded)
    apart = re.sub(r"(?<=[水管数据])(?=[ab])|(?<=[ab])(?=[水管数据])", " ", spaced)
    return f" {apart.strip()} "


def scanned(phrase: str, text: str, *, prefix: bool) -> bool:
    """Whether `phrase` stands in `text`: characters anywhere, words as wholes."""
    wanted = simplified(phrase).strip()
    begin = "" if re.match("[水管数据]", wanted) else " "
    end = "" if prefix or re.search("[水管数据]$", wanted) else " "
    return bool(wanted) and begin + wanted + end in simplified(text)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_engines_find_what_a_scan_finds(request: pytest.FixtureRequest, engine: str) -> None:
    url = request.getfixturevalue(f"{engine}_url")

    with anyio.from_thread.start_blocking_portal() as portal:
        database = Database(url)
        portal.call(studies_and_sessions, database)

        async def ask(contents: list[str], words: str) -> list[str]:
            async with database.write() as work:
                await search.clear(work)
                await index(work, contents)
                return await found(work, words)

        @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
        @given(texts, pieces, pieces, prefixes, st.sampled_from(["p", "a", "o", "n", "x"]))
        def equal(contents: list[str], one: str, other: str, prefix: str, how: str) -> None:
            if simplified(one) == "  " or simplified(other) == "  ":
                return
            first, second = f'"{one}"', f'"{other}"'
            a = [scanned(one, text, prefix=False) for text in contents]
            b = [scanned(other, text, prefix=False) for text in contents]
            c = [scanned(prefix, text, prefix=True) for text in contents]
            words, truth = {
                "p": (first, a),
                "a": (f"{first} {second}", [x and y for x, y in zip(a, b, strict=True)]),
                "o": (f"{first} OR {prefix}*", [x or y for x, y in zip(a, c, strict=True)]),
                "n": (f"{first} -{second}", [x and not y for x, y in zip(a, b, strict=True)]),
                "x": (f"{prefix}* NOT ({first} OR {second})",
                      [z and not (x or y) for x, y, z in zip(a, b, c, strict=True)]),
            }[how]  # fmt: skip
            expected = [text for text, is_found in zip(contents, truth, strict=True) if is_found]

            assert portal.call(ask, contents, words) == expected[::-1]

        equal()
        portal.call(database.close)
