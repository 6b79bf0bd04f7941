"""Promotion in a real room on both databases: entries, units, evidence, one entry for good."""

import itertools
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace

import anyio
import pytest
from sqlalchemy import delete, func, select

from realtime.room import Room
from realtime.rooms import Rooms
from schemas.annotation import Kind
from schemas.errors import ColloquyError, Conflict, Forbidden, Invalid, Unavailable
from schemas.events import TaxonomyChanged
from schemas.ids import AnnotationId, EntryId, ProposalId
from schemas.session import Bilingual, Language
from schemas.taxonomy import Entry, EntryKind, EntryState, Scope, Stance
from server.routes.proposals import promotion_view
from server.routes.taxonomy import entry_view, taxonomy_view
from server.services.outcomes import Outcomes
from server.services.promotion import Choice, Promotion
from server.services.proposals import Proposals
from server.services.taxonomy import Taxonomy
from server.store import entries, events, tables, versions
from server.store.commands import Answer
from server.store.database import Committed, Database
from server.store.leases import Leases
from tests.server.method import (
    MODERATOR,
    SESSION,
    STAGE,
    STUDY,
    TRAFFIC,
    WANG,
    WATER,
    Browser,
    key,
    live_room,
    small_study,
    spoken_line,
)

pytestmark = pytest.mark.anyio

DATA = EntryId("category-data")
KNOWN = EntryId("known-problem")


@dataclass
class Scene:
    """A session with one proposal whose first wording was put; two entries are known already."""

    database: Database
    room: Room
    proposals: Proposals
    promotion: Promotion
    rooms: Rooms
    proposal: ProposalId = field(init=False)
    wang: Browser = field(init=False)
    committed: list[Committed] = field(default_factory=list)
    keys: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def agree(self) -> None:
        await self.proposals.take_position(
            WANG, key(next(self.keys)), self.proposal, number=1, stance=Stance.AGREE
        )

    async def promote(self, **choice: object) -> Answer:
        given: dict[str, object] = {"number": 1, "parent_id": DATA, **choice}
        chosen = Choice(**given)  # type: ignore[arg-type]  # as the test says
        return await self.promotion.promote(MODERATOR, key(next(self.keys)), self.proposal, chosen)

    async def refused(self, kind: type[ColloquyError], **choice: object) -> str:
        before = await self.count()
        with pytest.raises(kind) as caught:
            await self.promote(**choice)
        assert await self.count() == before
        return caught.value.code

    async def count(self) -> tuple[int, ...]:
        async with self.database.read() as work:
            return tuple(
                [
                    (
                        await work.connection.execute(select(func.count()).select_from(t))
                    ).scalar_one()
                    for t in (tables.entry, tables.evidence, tables.study_event, tables.mirror)
                ]
            )


def entry(entry_id: EntryId, kind: EntryKind, parent: EntryId | None, label: str) -> Entry:
    text = Bilingual(label, "")
    active = EntryState.ACTIVE
    return Entry(entry_id, STUDY, kind, parent, text, Bilingual(), Scope.UNKNOWN, active, 1, 0)


@pytest.fixture
async def scene(database: Database) -> AsyncIterator[Scene]:
    await small_study(database)
    await spoken_line(database, "line-1")
    await spoken_line(database, "line-2")
    async with database.write() as work:
        category = entry(DATA, EntryKind.CATEGORY, None, "Data")
        known = entry(KNOWN, EntryKind.PROBLEM, DATA, "Departments do not share data")
        await entries.add(work, category, slug="data", stage_id=STAGE)
        await entries.add(work, known, slug="sharing", stage_id=STAGE)
    async with live_room() as (rooms, room):
        made = Scene(database, room, Proposals(database, rooms), Promotion(database, rooms), rooms)
        moderator, wang = Browser(room, MODERATOR, 11), Browser(room, WANG, 12)
        made.wang = wang
        wang.note("note-1", "data is not shared", "line-1")
        wang.note("note-2", "the road is closed too late", "line-2")
        moderator.note("draft", "Departments do not share their data", "line-1", opened=True)
        answer = await made.proposals.propose(
            MODERATOR,
            key(800),
            draft=AnnotationId("draft"),
            grounds=(AnnotationId("note-1"), AnnotationId("note-2")),
            kind=Kind.PROBLEM,
            affected=(WATER, TRAFFIC),
        )
        made.proposal = ProposalId(str(answer["proposal"]))
        await made.proposals.put_wording(MODERATOR, key(801), made.proposal, base=0)
        database.on_commit(made.committed.append)
        yield made


async def test_an_agreed_wording_becomes_an_entry_with_units_and_seconds_of_audio(
    scene: Scene,
) -> None:
    await scene.agree()

    answer = await scene.promote(label=Bilingual("Data is not shared", "数据不共享"))

    page = await Taxonomy(scene.database).entry(EntryId(str(answer["entry"])))
    assert answer["state"] == "promoted"
    assert page.entry.label == Bilingual("Data is not shared", "数据不共享")
    assert page.entry.definition == Bilingual("Departments do not share their data", "")
    assert [one.id for one in page.path] == [DATA]
    assert [unit.id for unit in page.heard] == [WATER]
    assert [unit.id for unit in page.not_yet_heard] == [TRAFFIC]
    first, second = page.evidence
    assert (first.evidence.line_id, second.evidence.line_id) == ("line-1", "line-2")
    assert (first.evidence.track_id, first.evidence.start, first.evidence.end) == (
        "track-line-1",
        22.2,
        26.4,
    )
    assert first.evidence.quote == "Our main problem is that data is not shared."
    assert (first.speaker, first.session_title.zh) == ("Wang", "内涝")
    assert [one.action for one in page.history] == ["entry.promoted"]
    told = [event for one in scene.committed for event in one.events]
    assert TaxonomyChanged(STUDY, SESSION, page.entry.id, "promoted") in told


async def test_the_first_entry_of_an_empty_taxonomy_brings_its_category(scene: Scene) -> None:
    async with scene.database.write() as work:
        await work.connection.execute(delete(tables.entry).where(tables.entry.c.id == KNOWN))
        await work.connection.execute(delete(tables.entry))
    await scene.agree()
    assert await scene.refused(Invalid, parent_id=None) == "entry.parent"

    answer = await scene.promote(parent_id=None, category="  Data   and systems ")

    page = await Taxonomy(scene.database).entry(EntryId(str(answer["entry"])))
    (category,) = page.path
    above = await Taxonomy(scene.database).entry(category.id)
    assert above.entry.label == Bilingual("Data and systems", "")
    assert above.entry.kind is EntryKind.CATEGORY
    assert [one.action for one in above.history] == ["entry.added"]
    assert entry_view(above, Language.EN).history


async def test_a_category_of_that_name_is_not_made_twice(scene: Scene) -> None:
    await scene.agree()

    answer = await scene.promote(parent_id=None, category="dATA")

    page = await Taxonomy(scene.database).entry(EntryId(str(answer["entry"])))
    assert [one.id for one in page.path] == [DATA]


async def test_promoting_twice_gives_one_entry(scene: Scene) -> None:
    await scene.agree()

    first = await scene.promote()
    after = await scene.count()
    again = await scene.promote(label=Bilingual("Another label", ""))

    assert again == first
    assert await scene.count() == after


async def test_who_was_replaced_while_it_slept_promotes_nothing(scene: Scene) -> None:
    await scene.agree()
    for _ in range(2):  # the room was opened under the first epoch
        await Leases(scene.database, "the other node").take(SESSION)

    assert await scene.refused(Unavailable) == "room.elsewhere"


async def test_two_moderators_at_once_give_one_entry(scene: Scene) -> None:
    await scene.agree()
    answers: list[Answer] = []

    async def promote() -> None:
        answers.append(await scene.promote())

    async with anyio.create_task_group() as group:
        group.start_soon(promote)
        group.start_soon(promote)

    assert answers[0] == answers[1]
    assert (await scene.count())[0] == 3


async def test_it_can_back_an_existing_entry_instead(scene: Scene) -> None:
    await scene.agree()

    answer = await scene.promote(into=KNOWN)

    page = await Taxonomy(scene.database).entry(KNOWN)
    assert answer == {"entry": KNOWN, "state": "merged"}
    assert page.entry.label.en == "Departments do not share data"
    assert len(page.evidence) == 2
    assert [one.action for one in page.history] == ["entry.evidence_added"]


async def test_the_room_must_agree_unless_the_moderator_gives_a_reason(scene: Scene) -> None:
    assert await scene.refused(Conflict) == "proposal.waiting"
    scene.wang.leave()
    assert await scene.refused(Conflict) == "proposal.unanswered"
    await scene.proposals.take_position(
        WANG,
        key(900),
        scene.proposal,
        number=1,
        stance=Stance.OBJECT,
        reason="too broad",
    )
    assert await scene.refused(Conflict, override="  ") == "proposal.contested"

    answer = await scene.promote(override="decided by the steering group")

    page = await Taxonomy(scene.database).entry(EntryId(str(answer["entry"])))
    assert page.history[0].body["override"] == "decided by the steering group"
    assert page.history[0].body["move"] == "override_promote"


async def test_what_was_not_seen_is_not_promoted(scene: Scene) -> None:
    await scene.agree()

    assert await scene.refused(Conflict, number=0) == "proposal.stale_wording"
    assert await scene.refused(Invalid, parent_id=None) == "entry.parent"
    assert await scene.refused(Invalid, into=DATA) == "entry.into"
    assert await scene.refused(Invalid, label=Bilingual("x" * 500, "")) == "entry.label"


async def test_a_dropped_proposal_is_not_promoted(scene: Scene) -> None:
    await Outcomes(scene.database, scene.rooms).drop(
        MODERATOR, key(900), scene.proposal, reason="said before"
    )

    assert await scene.refused(Conflict, override="all the same") == "proposal.state"


async def test_experts_do_not_promote(scene: Scene) -> None:
    await scene.agree()

    with pytest.raises(Forbidden):
        await scene.promotion.promote(WANG, key(900), scene.proposal, Choice(1, parent_id=DATA))
    with pytest.raises(Forbidden):
        await scene.promotion.panel(WANG, scene.proposal)


async def test_the_panel_offers_similar_entries_and_their_parent(scene: Scene) -> None:
    view = promotion_view(await scene.promotion.panel(MODERATOR, scene.proposal), Language.EN)

    assert [one.id for one in view.similar] == [KNOWN]
    assert [one.value for one in view.parents if one.selected] == [DATA]
    assert [one.value for one in view.kinds if one.selected] == ["problem"]
    assert (view.needs_override, view.label_en) == (True, "Departments do not share their data")

    await scene.agree()
    agreed = promotion_view(await scene.promotion.panel(MODERATOR, scene.proposal), Language.ZH)
    assert (agreed.needs_override, agreed.why_not_agreed) == (False, "")

    answer = await scene.promote()
    done = promotion_view(await scene.promotion.panel(MODERATOR, scene.proposal), Language.ZH)
    assert done.done_href == f"/entries/{answer['entry']}"


async def test_the_tree_and_the_entry_page_show_what_was_promoted(scene: Scene) -> None:
    await scene.agree()
    answer = await scene.promote(label=Bilingual("Data is not shared", "数据不共享"))
    service = Taxonomy(scene.database)

    tree = taxonomy_view(await service.tree(STUDY, SESSION), Language.ZH, SESSION)
    page = entry_view(await service.entry(EntryId(str(answer["entry"]))), Language.ZH)

    (data,) = tree.tree
    assert tree.live_href == f"/studies/{STUDY}/taxonomy?session={SESSION}"
    assert [(one.label, bool(one.fresh), one.evidence_count) for one in data.children] == [
        ("Departments do not share data", False, 0),
        ("数据不共享", True, 2),
    ]
    assert (page.label, page.other_label) == ("数据不共享", "Data is not shared")
    assert page.evidence[0].line_href == f"/sessions/{SESSION}/transcript#line-line-1"
    assert page.evidence[0].audio_href == "/tracks/track-line-1/audio.wav"
    assert (page.evidence[0].time, page.evidence[0].start_seconds) == ("00:00:22", 22.2)
    assert (page.units, page.not_yet_heard) == (("水务局",), ("交管局",))


async def test_a_promotion_taken_back_leaves_a_struck_entry_and_may_be_made_again(
    scene: Scene,
) -> None:
    await scene.agree()
    first = EntryId(str((await scene.promote())["entry"]))

    answer = await scene.promotion.undo(MODERATOR, key(900), scene.proposal, reason="too early")
    again = EntryId(str((await scene.promote())["entry"]))

    async with scene.database.read() as work:
        struck = await entries.get(work, first)
        told = await events.of_subjects(work, STUDY, (first,))
        known = await versions.of_entry(work, first)
    assert answer == {"state": "agreed"}
    assert again != first
    assert (struck.state, struck.version) == (EntryState.RETRACTED, 2)
    assert [one.action for one in told] == ["entry.promoted", "entry.retracted"]
    assert [one.entry.state for one in known] == [EntryState.ACTIVE, EntryState.RETRACTED]
    assert [one.seq for one in known] == [one.seq for one in told]


async def test_a_merge_taken_back_takes_its_evidence_away(scene: Scene) -> None:
    await scene.agree()
    await scene.promote(into=KNOWN)

    await scene.promotion.undo(MODERATOR, key(900), scene.proposal, reason="wrong entry")

    async with scene.database.read() as work:
        assert await entries.evidence(work, KNOWN) == []
        assert (await entries.get(work, KNOWN)).state is EntryState.ACTIVE


async def test_an_entry_that_was_changed_since_is_not_taken_back(scene: Scene) -> None:
    await scene.agree()
    entry_id = EntryId(str((await scene.promote())["entry"]))
    async with scene.database.write() as work:
        one = await entries.get(work, entry_id)
        await entries.change(work, replace(one, scope=Scope.LOCAL))

    with pytest.raises(Conflict) as refused:
        await scene.promotion.undo(MODERATOR, key(900), scene.proposal, reason="no")

    assert refused.value.code == "entry.changed"
