"""Every document quotes as the unit allowed: with its name, without, or not at all."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from server.store import tables
from server.store.database import Database
from tests.server.closed_session import SHARING, closed_session
from tests.server.house import Browser, House, house
from tests.server.method import SESSION, STUDY, WATER
from tests.server.printed import printed
from tests.server.routes.test_reviews import begun, code

LINE, CITED = "Our main problem is that data is not shared.", "data is not shared"
SPOKE = "Wang"


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    with house(sqlite_url, tmp_path / "data") as running:
        asyncio.run(_with(sqlite_url, closed_session))
        yield running


async def _with(url: str, do) -> None:  # type: ignore[no-untyped-def]
    database = Database(url)
    await do(database)
    await database.close()


def choose(url: str, quoting: str) -> None:
    async def do(database: Database) -> None:
        chosen = {"session_id": SESSION, "unit_id": WATER, "token_sha256": "", "replied_by": ""}
        async with database.write() as work:
            row = insert(tables.unit_return).values({**chosen, "quoting": quoting})
            await work.connection.execute(row)

    asyncio.run(_with(url, do))


def withdraw(url: str) -> None:
    async def do(database: Database) -> None:
        item = {
            "session_id": SESSION,
            "unit_id": WATER,
            "kind": "withdraw",
            "before": "",
            "text": "",
        }
        async with database.write() as work:
            for line in ("line-1", "line-2"):
                one = item | {"id": line, "line_id": line, "state": "taken", "at": 1.0}
                await work.connection.execute(insert(tables.return_item).values(one))

    asyncio.run(_with(url, do))


def documents(app: House) -> list[tuple[Browser, str, str]]:
    """Every document that quotes, who reads it, and words of the room it quotes."""
    chair, path, (first, second) = begun(app)
    code(first, path, [1, 2], [SHARING])
    code(second, path, [1, 2], [])
    for one in (first, second):
        one.post(f"{path}/done")
    assert chair.post(f"{path}/unblind").status_code == 303
    drafted = {"key": "k" * 20, "entry": SHARING}
    assert chair.post(f"/studies/{STUDY}/requirements", drafted).status_code == 303
    return [
        (chair, f"/sessions/{SESSION}/minutes", LINE),
        (chair, f"/studies/{STUDY}/report", CITED),
        (chair, f"/entries/{SHARING}/report", CITED),
        (chair, f"/studies/{STUDY}/specification", CITED),
        (chair, f"{path}/report", LINE),
    ]


def quotes(page: str) -> str:
    """What stands in the quotations of a page, with who said it."""
    return "".join(re.findall(r'<ul class="quotes">.*?</ul>', page, re.DOTALL))


def test_a_document_quotes_with_the_name_where_nobody_chose(app: House) -> None:
    for reader, path, words in documents(app):
        quoted = quotes(reader.get(path).text)
        assert words in quoted, path
        assert SPOKE in quoted, path


def test_a_document_quotes_without_the_name(app: House, sqlite_url: str) -> None:
    written = documents(app)
    choose(sqlite_url, "without")

    for reader, path, words in written:
        quoted = quotes(reader.get(path).text)
        assert words in quoted, path
        assert SPOKE not in quoted, path


@pytest.mark.parametrize("how", ["not", "withdrawn"])
def test_a_document_does_not_quote(app: House, sqlite_url: str, how: str) -> None:
    written = documents(app)
    if how == "not":
        choose(sqlite_url, "not")
    else:
        withdraw(sqlite_url)

    for reader, path, words in written:
        assert words not in reader.get(path).text, path
        assert "".join(words.split()) not in printed(reader.get(f"{path}.pdf").content), path
