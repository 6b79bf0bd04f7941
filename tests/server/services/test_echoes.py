"""Echo: what other rooms said of the same is offered, and hardly anything else."""

import random
from collections.abc import Sequence
from typing import Protocol

import pytest
from sqlalchemy import insert

from schemas.ids import SessionId
from server.services.echoes import Echoes
from server.store import search, tables, tracks
from server.store.database import Database
from server.store.search import Scope, Searchable
from tests.server.method import SESSION, STAGE, STUDY, small_study
from tests.server.services import echo_development, echo_held_out
from tests.server.services.test_archive import ROOM, say

pytestmark = pytest.mark.anyio

ALL = Scope(studies=frozenset({STUDY}))
ELSEWHERE = SessionId("elsewhere")

Pairs = Sequence[tuple[str, str]]


class Planted(Protocol):
    """What echo_development.py and echo_held_out.py hold; their own words say what each is."""

    PAIRS: Pairs
    NEAR_MISSES: Sequence[str]
    WITHOUT_ECHO: Sequence[str]
    SUBJECTS: Sequence[str]
    OBJECTS: Sequence[str]
    PREDICATES: Sequence[str]
    WORDS_EN: tuple[Sequence[str], Sequence[str], Sequence[str]]


def around(planted: Planted, count: int, *, in_room: bool) -> list[str]:
    """Lines of the same people about the same things; what the room says of them, no other says."""
    half = slice(1, None, 2) if in_room else slice(0, None, 2)
    made = random.Random(99 if in_room else 3)
    lines: set[str] = set()
    while len(lines) < count:
        if len(lines) % 4 == 0 and len(lines) < 0.9 * count:
            who, what, how = planted.WORDS_EN
            lines.add(f"{made.choice(who)} said {made.choice(what)} {made.choice(how[half])}")
        else:
            who, what = planted.SUBJECTS, planted.OBJECTS
            said = made.choice(planted.PREDICATES[half])
            lines.add(f"{made.choice(who)}{made.choice(what)}{said}")
    return sorted(lines)


@pytest.fixture
async def echoes(database: Database) -> Echoes:
    await small_study(database)
    async with database.write() as work:
        await tracks.add(work, ROOM, at=1.0)
        await work.connection.execute(
            insert(tables.session).values(
                id=ELSEWHERE, study_id=STUDY, stage_id=STAGE, kind="focus_group", title_en="Other",
                title_zh="", language="zh", state="closed", code="", code_sha256="e", created_at=0,
            )
        )  # fmt: skip
    return Echoes(database)


async def said_elsewhere(database: Database, *texts: str) -> None:
    async with database.write() as work:
        refs = (f"w{number}.1" for number in range(len(texts)))
        items = [
            Searchable("wording", ref, STUDY, ELSEWHERE, text)
            for ref, text in zip(refs, texts, strict=True)
        ]
        await search.add(work, items)


async def test_the_pairs_that_the_method_was_chosen_on_are_found(
    database: Database, echoes: Echoes, capsys: pytest.CaptureFixture[str]
) -> None:
    precision, recall = await measured(database, echoes, echo_development, capsys)

    assert precision >= 0.9
    assert recall >= 0.85


async def test_held_out_pairs_are_found_as_well_as_is_printed(
    database: Database, echoes: Echoes, capsys: pytest.CaptureFixture[str]
) -> None:
    precision, recall = await measured(database, echoes, echo_held_out, capsys)

    assert precision >= 0.95
    assert recall >= 0.8


async def measured(
    database: Database, echoes: Echoes, planted: Planted, capsys: pytest.CaptureFixture[str]
) -> tuple[float, float]:
    """Return precision and recall. Every offer counts as wrong that is not the line's own pair."""
    noise = around(planted, 600, in_room=False)
    others = [other for _, other in planted.PAIRS]
    await said_elsewhere(database, *noise[:300], *others, *planted.NEAR_MISSES, *noise[300:])
    spoken = [one for one, _ in planted.PAIRS]
    lines = await say(database, *spoken, *planted.WITHOUT_ECHO, *around(planted, 40, in_room=True))
    offered = [await echoes.of_line(SESSION, line, scope=ALL) for line in lines]
    pairs = [(at, hit.text) for at, hits in enumerate(offered) for hit in hits]
    right = [one for one in pairs if one[0] < len(others) and one[1] == others[one[0]]]
    precision, recall = len(right) / max(1, len(pairs)), len(right) / len(others)
    with capsys.disabled():
        print(
            f"\necho: {len(lines)} lines, {len(pairs)} offered, precision {precision:.2f},"
            f" recall {recall:.2f} of {len(others)} planted"
        )
    return precision, recall


async def test_the_room_itself_is_no_echo(database: Database, echoes: Echoes) -> None:
    _, again = await say(database, echo_development.PAIRS[0][0], echo_development.PAIRS[0][1])

    assert await echoes.of_line(SESSION, again, scope=ALL) == ()


async def test_who_may_not_search_elsewhere_hears_no_echo(
    database: Database, echoes: Echoes
) -> None:
    await said_elsewhere(database, echo_development.PAIRS[0][1])
    (line,) = await say(database, echo_development.PAIRS[0][0])
    here = Scope(sessions=frozenset({SESSION}))

    assert [hit.text for hit in await echoes.of_line(SESSION, line, scope=ALL)] == [
        echo_development.PAIRS[0][1]
    ]
    assert await echoes.of_line(SESSION, line, scope=here) == ()


async def test_what_is_withdrawn_echoes_no_more(database: Database, echoes: Echoes) -> None:
    await said_elsewhere(database, echo_development.PAIRS[0][1])
    (line,) = await say(database, echo_development.PAIRS[0][0])
    async with database.write() as work:
        await search.remove(work, "wording", ["w0.1"])

    assert await echoes.of_line(SESSION, line, scope=ALL) == ()
