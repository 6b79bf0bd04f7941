"""What units came from is found all the way back, by name and as unit."""

import pytest

from schemas.ids import UnitId
from schemas.session import Bilingual
from server.store import studies, succession
from server.store.database import Database
from server.store.succession import Change, Succession
from tests.server.method import PLANNING, STUDY, TRAFFIC, WATER, small_study

pytestmark = pytest.mark.anyio


@pytest.fixture
async def prepared(database: Database) -> Database:
    """Water came from Traffic by merger, Traffic from Planning by a split, Planning was renamed."""
    await small_study(database)
    async with database.write() as work:
        await succession.replace(
            work,
            STUDY,
            [
                Succession(WATER, TRAFFIC, Change.MERGED, Bilingual("Traffic office"), "2018-11"),
                Succession(TRAFFIC, PLANNING, Change.SPLIT, Bilingual(zh="规划委"), "2009"),
                Succession(PLANNING, None, Change.RENAMED, Bilingual("Land bureau", "国土局"), ""),
            ],
        )
    return database


async def test_a_unit_brings_its_predecessors(prepared: Database) -> None:
    async with prepared.read() as work:
        found = await succession.with_predecessors(work, [WATER])
        last = await succession.with_predecessors(work, [PLANNING])

    assert set(found) == {WATER, TRAFFIC, PLANNING}
    assert last == [PLANNING]


async def test_names_of_before_belong_to_the_family_of_today(prepared: Database) -> None:
    async with prepared.read() as work:
        families = {one[0]: one for one in await studies.unit_families(work, [STUDY])}

    assert {"Traffic office", "规划委", "Land bureau", "交管局"} <= set(families["Water"])
    assert "Traffic office" not in families["Planning"]


async def test_what_is_kept_is_what_was_given_last(prepared: Database) -> None:
    last = Succession(WATER, None, Change.RENAMED, Bilingual("Rivers"), "2020-01-02")
    async with prepared.write() as work:
        await succession.replace(work, STUDY, [last])

    async with prepared.read() as work:
        assert await succession.of_study(work, STUDY) == [last]
        assert await succession.earlier_names(work, [STUDY]) == {UnitId(WATER): ("Rivers",)}


async def test_a_circle_ends(prepared: Database) -> None:
    async with prepared.write() as work:
        await succession.replace(
            work,
            STUDY,
            [
                Succession(WATER, TRAFFIC, Change.MERGED, Bilingual("A"), ""),
                Succession(TRAFFIC, WATER, Change.SPLIT, Bilingual("B"), ""),
            ],
        )

    async with prepared.read() as work:
        assert set(await succession.with_predecessors(work, [WATER])) == {WATER, TRAFFIC}
        assert (await succession.earlier_names(work, [STUDY]))[TRAFFIC][0] == "B"
