"""Amending, merging, splitting, striking and linking entries: versions, undo, and stale commands."""

from dataclasses import dataclass
from itertools import count

import pytest

from schemas.errors import ColloquyError, Conflict, Invalid
from schemas.ids import AccountId, EntryId, EvidenceId, LineId
from schemas.session import Bilingual
from schemas.taxonomy import Entry, EntryKind, EntryState, Evidence, LinkKind, Scope
from server.domain import history
from server.services.curation import Amendment, Curation, Curator
from server.services.taxonomy import Taxonomy
from server.store import challenges, entries, events, versions
from server.store.commands import Answer
from server.store.database import Database
from tests.server.method import STAGE, STUDY, WANG, key, small_study

pytestmark = pytest.mark.anyio

CURATOR = Curator(AccountId("chen"), "Chen")
DATA, LATE, SHARED, CAUSE = (EntryId(name) for name in ("data", "late", "shared", "cause"))
KEYS = count(1)


@dataclass
class Shelf:
    """A category with two problems, a cause below the first, and evidence of each problem."""

    database: Database
    curation: Curation

    async def get(self, entry_id: EntryId) -> Entry:
        async with self.database.read() as work:
            return await entries.get(work, entry_id)

    async def evidence(self, entry_id: EntryId) -> list[str]:
        async with self.database.read() as work:
            return [one.evidence.id for one in await entries.evidence(work, entry_id)]

    async def amend(self, entry_id: EntryId, *, base: int, **changes: object) -> Answer:
        one = await self.get(entry_id)
        given = {"label": one.label, "definition": one.definition, "kind": one.kind}
        given |= {"parent_id": one.parent_id, "scope": one.scope, **changes}  # type: ignore[dict-item]
        amendment = Amendment(**given)  # type: ignore[arg-type]  # as the test says
        return await self.curation.amend(CURATOR, key(next(KEYS)), entry_id, amendment, base=base)

    async def refused(self, kind: type[ColloquyError], command: object) -> ColloquyError:
        with pytest.raises(kind) as caught:
            await command  # type: ignore[misc]  # a coroutine
        return caught.value


def entry(entry_id: EntryId, kind: EntryKind, parent: EntryId | None, order: int) -> Entry:
    label, active = Bilingual(entry_id.title(), ""), EntryState.ACTIVE
    return Entry(entry_id, STUDY, kind, parent, label, Bilingual(), Scope.UNKNOWN, active, 1, order)


@pytest.fixture
async def shelf(database: Database) -> Shelf:
    await small_study(database)
    async with database.write() as work:
        for one in (
            entry(DATA, EntryKind.CATEGORY, None, 0),
            entry(LATE, EntryKind.PROBLEM, DATA, 1),
            entry(SHARED, EntryKind.PROBLEM, DATA, 2),
            entry(CAUSE, EntryKind.CAUSE, LATE, 3),
        ):
            await entries.add(work, one, slug=one.id, stage_id=STAGE)
        await entries.add_evidence(work, [said("e1", LATE), said("e2", LATE), said("e3", SHARED)])
        await events.record(work, STUDY, "taxonomy.imported", STUDY)
    return Shelf(database, Curation(database))


def said(name: str, entry_id: EntryId) -> Evidence:
    return Evidence(
        EvidenceId(name), entry_id, None, LineId(name), None, None, None, None, f"quote {name}"
    )  # type: ignore[arg-type]


async def test_an_amended_entry_keeps_every_version_and_tells_who(shelf: Shelf) -> None:
    label = Bilingual("Readings arrive late", "水位数据到得晚")

    answer = await shelf.amend(LATE, base=1, label=label, reason="clearer")

    assert answer == {"entry": LATE, "version": 2}
    async with shelf.database.read() as work:
        first, second = await versions.of_entry(work, LATE)
        (event,) = await events.of_subjects(work, STUDY, (LATE,))
    altered = {one.field: one.after for one in history.alterations(first, second)}
    assert altered == {"label_en": "Readings arrive late", "label_zh": "水位数据到得晚"}
    assert (event.action, event.base_version, event.body["by"]) == ("entry.amended", 1, "Chen")
    assert second.seq == event.seq


async def test_a_stale_change_is_refused_with_the_difference(shelf: Shelf) -> None:
    await shelf.amend(LATE, base=1, label=Bilingual("Too late"))

    error = await shelf.refused(Conflict, shelf.amend(LATE, base=1, scope=Scope.LOCAL))

    assert error.code == "entry.stale"
    assert error.fields == {
        "version": 2,
        "difference": [{"field": "label_en", "before": "Late", "after": "Too late"}],
    }


@pytest.mark.parametrize(
    ("entry_id", "changes", "code"),
    [
        (LATE, {"label": Bilingual(" ", "")}, "entry.label"),
        (LATE, {"parent_id": CAUSE}, "entry.parent"),
        (LATE, {"parent_id": LATE}, "entry.parent"),
        (LATE, {"parent_id": None}, "entry.parent"),
        (LATE, {"kind": EntryKind.SOLUTION}, "entry.parent"),
        (CAUSE, {"scope": Scope.NATIONAL}, "entry.scope"),
    ],
)
async def test_what_the_tree_cannot_hold_is_refused(
    shelf: Shelf, entry_id: EntryId, changes: dict[str, object], code: str
) -> None:
    error = await shelf.refused(Invalid, shelf.amend(entry_id, base=1, **changes))

    assert error.code == code
    assert (await shelf.get(entry_id)).version == 1


async def test_an_entry_moves_with_what_stands_below_it(shelf: Shelf) -> None:
    await shelf.amend(LATE, base=1, parent_id=SHARED)

    assert (await shelf.get(LATE)).parent_id == SHARED
    leaf = await Taxonomy(shelf.database).entry(CAUSE)
    assert [one.id for one in leaf.path] == [DATA, SHARED, LATE]


async def test_a_merge_takes_evidence_and_children_along_and_is_undone_whole(shelf: Shelf) -> None:
    merge = shelf.curation.merge
    await merge(CURATOR, key(next(KEYS)), LATE, SHARED, base=1, reason="the same")

    merged = await shelf.get(LATE)
    assert (merged.state, merged.merged_into) == (EntryState.MERGED, SHARED)
    assert sorted(await shelf.evidence(SHARED)) == ["e1", "e2", "e3"]
    assert (await shelf.get(CAUSE)).parent_id == SHARED

    restore = shelf.curation.restore
    await restore(CURATOR, key(next(KEYS)), LATE, base=merged.version, reason="not the same")

    assert (await shelf.get(LATE)).state is EntryState.ACTIVE
    assert (await shelf.evidence(LATE), await shelf.evidence(SHARED)) == (["e1", "e2"], ["e3"])
    assert (await shelf.get(CAUSE)).parent_id == LATE


async def test_an_entry_merges_only_into_another_of_its_kind(shelf: Shelf) -> None:
    for into in (LATE, CAUSE, DATA):
        command = shelf.curation.merge(
            CURATOR, key(next(KEYS)), LATE, into, base=1, reason="the same"
        )
        assert (await shelf.refused(Invalid, command)).code == "entry.into"


async def test_a_split_gives_the_chosen_evidence_away_and_keeps_the_rest(shelf: Shelf) -> None:
    answer = await shelf.curation.split(
        CURATOR,
        key(next(KEYS)),
        LATE,
        Bilingual("At night"),
        [EvidenceId("e2"), EvidenceId("e3")],
        base=1,
        reason="two problems",
    )

    made = EntryId(str(answer["entry"]))
    assert (await shelf.evidence(LATE), await shelf.evidence(made)) == (["e1"], ["e2"])
    assert await shelf.evidence(SHARED) == ["e3"]
    assert (await shelf.get(made)).parent_id == DATA


async def test_a_struck_entry_comes_back_as_a_new_version(shelf: Shelf) -> None:
    curation = shelf.curation
    await curation.retract(CURATOR, key(next(KEYS)), CAUSE, base=1, reason="wrong")
    late = shelf.amend(CAUSE, base=2, label=Bilingual("x"))
    assert (await shelf.refused(Conflict, late)).code == "entry.state"

    await curation.restore(CURATOR, key(next(KEYS)), CAUSE, base=2, reason="right after all")

    found = await shelf.get(CAUSE)
    assert (found.state, found.version) == (EntryState.ACTIVE, 3)


async def test_links_lead_where_they_may_and_never_back(shelf: Shelf) -> None:
    async def link(one: EntryId, other: EntryId, kind: LinkKind, base: int) -> object:
        return await shelf.curation.link(CURATOR, key(next(KEYS)), one, other, kind, base=base)

    await link(CAUSE, LATE, LinkKind.CAUSES, 1)
    await link(LATE, SHARED, LinkKind.CAUSES, 1)

    back = await shelf.refused(Invalid, link(SHARED, CAUSE, LinkKind.CAUSES, 1))
    own = await shelf.refused(Invalid, link(SHARED, SHARED, LinkKind.RELATED, 1))
    wrong = await shelf.refused(Invalid, link(LATE, SHARED, LinkKind.SOLVED_BY, 2))
    assert (back.code, own.code, wrong.code) == ("link.cycle", "link.cycle", "link.kind")
    await link(SHARED, LATE, LinkKind.RELATED, 1)
    async with shelf.database.read() as work:
        newest = (await versions.of_entry(work, LATE))[-1]
    assert newest.links == (("causes", SHARED),)


async def test_two_moments_of_the_taxonomy_are_compared(shelf: Shelf) -> None:
    before = await shelf.curation.name_version(CURATOR, STUDY, "Stage 3", STAGE)
    await shelf.amend(LATE, base=1, label=Bilingual("Too late"))
    await shelf.curation.retract(CURATOR, key(next(KEYS)), CAUSE, base=1, reason="wrong")
    after = await shelf.curation.name_version(CURATOR, STUDY, "Stage 4", None)

    async with shelf.database.read() as work:
        found = history.differences(
            await versions.at(work, STUDY, before.seq), await versions.at(work, STUDY, after.seq)
        )
        known = await versions.named(work, STUDY)

    assert [(one.entry.id, one.change) for one in found] == [
        (LATE, "amended"),
        (CAUSE, "retracted"),
    ]
    assert [one.name for one in known] == ["Stage 3", "Stage 4"]
    taken = shelf.curation.name_version(CURATOR, STUDY, " Stage 4 ", None)
    assert (await shelf.refused(Conflict, taken)).code == "version.taken"


async def test_a_challenge_waits_for_its_answer(shelf: Shelf) -> None:
    answer = await shelf.curation.challenge(WANG, key(next(KEYS)), LATE, "not since May")

    assert (await shelf.get(LATE)).state is EntryState.ACTIVE
    challenge = str(answer["challenge"])
    assert await shelf.curation.answer(CURATOR, challenge, "Looked into") == LATE
    async with shelf.database.read() as work:
        (found,) = await challenges.of_entry(work, LATE)
        told = [one.action for one in await events.of_subjects(work, STUDY, (LATE,))]
    assert (found.challenge.reason, found.challenge.answer) == ("not since May", "Looked into")
    assert told == ["entry.challenged", "entry.challenge_answered"]
    twice = shelf.curation.answer(CURATOR, challenge, "Again")
    assert (await shelf.refused(Conflict, twice)).code == "challenge.answered"
