"""We too, not so: one mark for each unit, counted without names, and heard at promotion."""

import pytest

from schemas.document import MARKS
from schemas.errors import Forbidden, Invalid, NotFound
from schemas.events import TaxonomyChanged
from schemas.ids import EntryId
from schemas.session import Bilingual
from schemas.taxonomy import Entry, EntryKind, EntryState, Scope
from server.services.sessions import Sessions
from server.store import entries, marks
from tests.server.method import GUEST, LI, MODERATOR, STAGE, STUDY, TRAFFIC, WANG, WATER, person
from tests.server.negotiating import Scene, scene

__all__ = ["scene"]
pytestmark = pytest.mark.anyio


async def test_units_are_counted_once_each_whatever_they_said_before(scene: Scene) -> None:
    mark = scene.marks.mark

    await mark(WANG, scene.key(), "annotation", "note", shared=True)
    await mark(LI, scene.key(), "annotation", "note", shared=True, example=" Line 3 in May ")
    answer = await mark(WANG, scene.key(), "annotation", "note", shared=False)

    assert answer == {"ref": "note", "too": 1, "not": 1}
    assert await scene.mirrored(MARKS, "note") == {"too": 1, "not": 1}
    assert (await Sessions(scene.database).mine(LI)).marks == {"note": True}
    async with scene.database.read() as work:
        found = await marks.on(work, "annotation", ("note",))
    assert [(one.mark.unit_id, one.mark.example) for one in found] == [
        (WATER, ""),
        (TRAFFIC, "Line 3 in May"),
    ]


async def test_a_mark_taken_back_leaves_no_count(scene: Scene) -> None:
    await scene.marks.mark(WANG, scene.key(), "annotation", "note", shared=True)

    await scene.marks.mark(WANG, scene.key(), "annotation", "note", shared=None)

    assert await scene.mirrored(MARKS, "note") is None
    assert (await Sessions(scene.database).mine(WANG)).marks == {}


async def test_an_entry_is_marked_from_any_session_of_its_study(scene: Scene) -> None:
    label, active = Bilingual("Data", "数据"), EntryState.ACTIVE
    problem = Entry(
        EntryId("e"), STUDY, EntryKind.CATEGORY, None, label, Bilingual(), Scope.UNKNOWN, active, 1, 0
    )  # fmt: skip
    async with scene.database.write() as work:
        await entries.add(work, problem, slug="e", stage_id=STAGE)

    answer = await scene.marks.mark(WANG, scene.key(), "entry", "e", shared=True)

    assert answer == {"ref": "e", "too": 1, "not": 0}
    assert isinstance(scene.committed[-1].events[0], TaxonomyChanged)
    assert (await scene.events())[-1].action == "entry.marked"


async def test_only_experts_mark_and_only_what_is_there(scene: Scene) -> None:
    mark = scene.marks.mark
    for someone in (MODERATOR, GUEST):
        await scene.refused(
            Forbidden, mark(someone, scene.key(), "annotation", "note", shared=True)
        )
    no_unit = mark(person("x"), scene.key(), "annotation", "note", shared=True)
    assert (await scene.refused(Invalid, no_unit)).code == "mark.unit"
    unknown = mark(WANG, scene.key(), "annotation", "none", shared=True)
    assert (await scene.refused(NotFound, unknown)).code == "annotation.unknown"
    no_entry = mark(WANG, scene.key(), "entry", "none", shared=True)
    assert (await scene.refused(NotFound, no_entry)).code == "entry.unknown"
    long = mark(WANG, scene.key(), "annotation", "note", shared=True, example="x" * 1_001)
    assert (await scene.refused(Invalid, long)).code == "mark.example"


async def test_units_that_share_a_note_are_asked_about_its_wording(scene: Scene) -> None:
    await scene.marks.mark(LI, scene.key(), "annotation", "note", shared=True)

    proposal = await scene.propose(affected=())

    assert (await scene.board(proposal))["affected"] == [WATER, TRAFFIC]
