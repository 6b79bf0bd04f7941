"""The matrix as a page and as files: units in protocol order, counted by voices."""

import asyncio
import io

from openpyxl import load_workbook
from sqlalchemy import update

from server.store import tables
from server.store.database import Database
from tests.server.closed_session import closed_session
from tests.server.house import House
from tests.server.method import STUDY, spoken_line

SHARE = (
    "33 % of 0 min; 0 % are only presumed to be a unit's. That is too much to call any unit silent."
)


def test_the_matrix_counts_voices_and_says_what_has_no_unit(app: House, sqlite_url: str) -> None:
    asyncio.run(_close(sqlite_url))
    chen, expert = app.browser(), app.browser()
    chen.sign_in()

    page = chen.get(f"/studies/{STUDY}/matrix")
    text = chen.get(f"/studies/{STUDY}/matrix.csv").content.decode("utf-8-sig")
    book = load_workbook(io.BytesIO(chen.get(f"/studies/{STUDY}/matrix.xlsx").content))

    assert page.status_code == 200
    assert "33 % of 0 min; 0 % are only presumed" in page.text
    assert "too much to call any unit silent" in page.text
    assert "Water – Traffic" in page.text
    assert text.splitlines() == [
        "Unit,Entry,Stage,Statements,We too,Positions",
        "Water,Data is not shared,Groups,1,0,1",
        "Traffic,Data is not shared,Groups,0,0,1",
        f"Speech without a unit,{SHARE},Groups,,,",
    ]
    assert [[cell.value for cell in row] for row in book.active.iter_rows(min_row=2)] == [  # type: ignore[union-attr]
        ["Water", "Data is not shared", "Groups", 1, 0, 1],
        ["Traffic", "Data is not shared", "Groups", 0, 0, 1],
        ["Speech without a unit", SHARE, "Groups", None, None, None],
    ]
    assert chen.get(f"/studies/{STUDY}/matrix.exe").status_code == 404
    assert expert.get(f"/studies/{STUDY}/matrix").status_code == 401


async def _close(url: str) -> None:
    database = Database(url)
    await closed_session(database)
    line = await spoken_line(database, "nobodys", None)
    async with database.write() as work:
        nobodys = update(tables.line).where(tables.line.c.id == line)
        await work.connection.execute(nobodys.values(person_id=None))
    await database.close()
