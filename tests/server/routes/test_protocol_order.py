"""In every document and figure units stand in protocol order, whatever was said how often by whom."""

import asyncio
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import update

from server.store import tables
from server.store.database import Database
from tests.server.closed_session import SHARING, closed_session
from tests.server.house import House, house
from tests.server.method import PLANNING, SESSION, STUDY, TRAFFIC, WATER, key, spoken_line

NAMES = {WATER: "Water", TRAFFIC: "Traffic", PLANNING: "Planning"}
PATHS = (
    f"/sessions/{SESSION}/minutes",
    f"/sessions/{SESSION}/participation",
    f"/studies/{STUDY}/report",
    f"/studies/{STUDY}/specification",
    f"/studies/{STUDY}/figures",
    f"/studies/{STUDY}/matrix",
    f"/entries/{SHARING}/report",
)
_LISTED = re.compile(r"<dd>(.*?)</dd>", re.DOTALL)
_TABLE = re.compile(r"<tbody>(.*?)</tbody>", re.DOTALL)
_HEADING = re.compile(r'<th scope="row">(.*?)</th>', re.DOTALL)
_DRAWN = re.compile(r"<svg.*?</svg>", re.DOTALL)
_TEXT = re.compile(r"<text[^>]*>(.*?)</text>", re.DOTALL)


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    with house(sqlite_url, tmp_path / "data") as running:
        yield running


@pytest.mark.parametrize("order", [(WATER, TRAFFIC, PLANNING), (PLANNING, TRAFFIC, WATER)])
def test_units_stand_in_protocol_order_and_never_by_counts(
    app: House, sqlite_url: str, order: tuple[str, ...]
) -> None:
    asyncio.run(_filled(sqlite_url, order))
    chair = app.browser()
    chair.sign_in()
    drafted = chair.post(f"/studies/{STUDY}/requirements", {"key": key(1), "entry": SHARING})
    assert drafted.status_code == 303
    wanted = [NAMES[unit] for unit in order]  # type: ignore[index]

    seen = 0
    for path in PATHS:
        answer = chair.get(path)
        assert answer.status_code == 200, path
        for names in _sequences(unescape(answer.text)):
            assert names == sorted(names, key=wanted.index), path
            seen += 1
    assert seen > 8  # lists of two units or more


def _sequences(page: str) -> Iterator[list[str]]:
    """Yield the units of each list of facts, each table and each drawing, in their order there."""
    told = [clause for fact in _LISTED.findall(page) for clause in fact.split("; ")]  # by stance
    told += [" | ".join(_HEADING.findall(table)) for table in _TABLE.findall(page)]
    told += [" | ".join(_TEXT.findall(drawing)) for drawing in _DRAWN.findall(page)]
    for text in told:
        found = re.findall(r"\b(Water|Traffic|Planning)\b", text)
        names = list(dict.fromkeys(found))
        if len(names) > 1:
            yield names


async def _filled(url: str, order: tuple[str, ...]) -> None:
    """A closed session in which the last of the order spoke most."""
    database = Database(url)
    await closed_session(database)
    for number in range(6):
        await spoken_line(database, f"more-{number}", order[-1])  # type: ignore[arg-type]
    async with database.write() as work:
        for at, unit in enumerate(order):
            moved = update(tables.unit).where(tables.unit.c.id == unit).values(order=at)
            await work.connection.execute(moved)
    await database.close()
