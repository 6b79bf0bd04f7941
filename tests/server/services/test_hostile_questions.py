"""Whatever is asked of the archive: it is a question to the letter, an error with a place, or too slow."""

import time
from collections.abc import AsyncIterator, Mapping

import pytest
from sqlalchemy import text

from schemas.archive import ArchiveQuery
from schemas.errors import Invalid
from server.domain.query import MAX_CHARACTERS, MAX_TERMS, matches, parse
from server.domain.tokens import atoms
from server.services.archive import Archive
from server.store import search
from server.store.database import Database
from server.store.limits import TooSlow, time_limit
from server.store.search import Scope, Searchable
from tests.server.method import SESSION, STUDY, small_study

pytestmark = pytest.mark.anyio

ALL = Scope(studies=frozenset({STUDY}))
SAID = (
    "The data is open.",
    "供水管网的数据 sharing 还没有统一标准",
    "words NEAR scope ' OR 1=1 -- drop table",
    'a "quoted" column:value ^caret {brace} \\ backslash',
    "data & traffic | rain ! <-> :* 水",
)
HOSTILE = (
    "(" * 16 + "data" + ")" * 16,
    "(" * 200 + "data" + ")" * 200,
    ")" * 399,
    "data " * 2_000,
    "数" * 10_240,
    "数" * MAX_CHARACTERS,
    '"' + "数据 a " * 60 + '"',
    "*",
    "**",
    "d*",
    "d* *a",
    "数*",
    "* OR *",
    " OR ".join(f"{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz"),
    " ".join("的" for _ in range(MAX_TERMS)),
    "NOT data",
    "NOT NOT data",
    "-data -水",
    "NOT (NOT (NOT data))",
    "data AND",
    "OR OR OR",
    "\ud800",
    "data \udfff水",
    "\0",
    "data\0 OR 1",
    "\x1b[2J\u202edata\u2066",
    "words:data",
    'words : "data"',
    "scope:*",
    "characters : 水",
    "NEAR(data open, 2)",
    "^data",
    "{words} : data",
    "data + open",
    "search_index MATCH 'x'",
    "'); DROP TABLE line; --",
    "data' OR '1'='1",
    "data:*",
    "data & !open",
    "data | open",
    "data <-> open",
    "!data",
    "'data':A",
    "~hstudy",
    "=水",
    "@0 | #0",
    "\\",
    "data\\",
    "%_%",
    "$1 :match %s",
    "😀",
    "e\u0301" * 150,
    "ﷺ" * 20,
    "ﬁ" * 300,
)


@pytest.fixture
async def asked(database: Database) -> AsyncIterator[Archive]:
    await small_study(database)
    items = [
        Searchable("wording", f"w{number}.1", STUDY, SESSION, said)
        for number, said in enumerate(SAID)
    ]
    async with database.write() as work:
        await search.add(work, items)
    yield Archive(database)
    async with database.read() as work:
        assert await search.count(work, None, scope=ALL, most=100) == len(SAID)


async def test_a_hostile_question_is_answered_to_the_letter_or_refused_at_a_place(
    asked: Archive,
) -> None:
    places: list[tuple[str, object, int]] = []
    for words in HOSTILE:
        began = time.process_time()
        try:
            found = await asked.search(ArchiveQuery(words, order="relevance"), scope=ALL)
        except Invalid as refused:
            places.append((refused.code, refused.fields["at"], len(words)))
            continue
        tree = parse(words)
        wanted = [said for said in SAID if matches(tree, atoms(said))]
        assert sorted(hit.text for hit in found.hits) == sorted(wanted), words
        assert time.process_time() - began < 3.0
    for code, place, length in places:
        assert code == "archive.query"
        assert isinstance(place, int)
        assert 0 <= place <= length


async def test_the_time_limit_holds_over_all_statements_of_a_block(database: Database) -> None:
    slow = {
        "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
        " WHERE i < 300000) SELECT count(*) FROM n",
        "postgresql": "SELECT pg_sleep(0.04)",
    }
    with pytest.raises(TooSlow):
        await ask(database, slow)


async def ask(database: Database, slow: Mapping[str, str]) -> None:
    """Ask again and again what takes a fraction of the limit each time."""
    async with database.read() as work, time_limit(work, 0.3):
        for _ in range(1_000):
            await work.connection.execute(text(slow[work.dialect]))
