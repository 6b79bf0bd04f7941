"""Units that were not heard: who is waited for, what they are asked, where their answers come back."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select, update

from schemas.errors import Conflict, Invalid, NotFound
from schemas.ids import EntryId, ProposalId, QuestionnaireId, ResponseId, UnitId
from schemas.taxonomy import EntryState, Stance
from server.domain import negotiation
from server.domain.questionnaires import STANCE, STANCES
from server.services.accounts import Accounts, open_login
from server.services.asking import Asking, Subject
from server.services.questionnaires import Questionnaires
from server.services.responses import Responses, Sent
from server.services.taxonomy import Leaf, Taxonomy
from server.store import entries, events, memberships, proposals, questionnaires, tables
from server.store.accounts import Account
from server.store.database import Database
from server.store.logins import Login
from server.store.memberships import Share
from tests.server.closed_session import CAUSE, SHARING, closed_session
from tests.server.method import PLANNING, STUDY, TRAFFIC, WATER, small_study

pytestmark = pytest.mark.anyio

KEY = b"k" * 32


@dataclass
class House:
    """A study whose session is closed: planning was affected and absent."""

    database: Database
    account: Account
    service: Asking = field(init=False)

    def __post_init__(self) -> None:
        self.service = Asking(self.database, KEY, lambda: 2000.0)

    async def subjects(self) -> dict[str, Subject]:
        found = await self.service.found(self.account, STUDY)
        return {one.about.id: one for one in found.subjects}

    async def ask(self, *chosen: tuple[str, str]) -> QuestionnaireId:
        return await self.service.ask(self.account, STUDY, chosen, due="2026-12-05")

    async def answer(
        self, sent: QuestionnaireId, unit: UnitId, given: Sequence[tuple[Stance | None, str]]
    ) -> None:
        """Answer as the unit does: by its link, question by question, and release."""
        replies = Responses(self.database, lambda: 3000.0)
        login, response = await self.enter((await self._board(sent))[unit])
        asked = (await replies.sheet(login, response)).questions
        for question, (stance, text) in zip(asked, given, strict=True):
            levels = {} if stance is None else {STANCE: STANCES.index(stance) + 1}
            await replies.save(login, response, question.id, Sent(0, text, levels, "Zhao"))
        await replies.release(login, response, "Zhao")

    async def enter(self, path: str) -> tuple[Login, ResponseId]:
        """Come by a unit's link with a browser of its own."""
        async with self.database.write() as work:
            _, login = await open_login(work, None, 3000.0)
        replies = Responses(self.database, lambda: 3000.0)
        response, _ = await replies.enter(path.rpartition("/")[2], login, address="a")
        return login, response

    async def leaf(self, entry_id: EntryId = SHARING) -> Leaf:
        return await Taxonomy(self.database).entry(entry_id)

    async def _board(self, sent: QuestionnaireId) -> dict[UnitId, str]:
        board = await Questionnaires(self.database, KEY).board(self.account, sent)
        return {one.unit.id: one.path for one in board.standings}


@pytest.fixture
async def house(database: Database) -> House:
    await small_study(database)
    await closed_session(database)
    account = await Accounts(database).create("chen", "Chen", "correct horse battery")
    async with database.write() as work:
        await memberships.add(work, STUDY, account.id, Share.MODERATOR)
    return House(database, account)


async def test_entries_and_unsettled_wordings_wait_for_the_units_that_were_absent(
    house: House,
) -> None:
    found = await house.subjects()

    assert set(found) == {SHARING, "proposal-2", "proposal-3", "proposal-4"}
    assert {one.unit.id for one in found[SHARING].waiting} == {PLANNING}
    assert found["proposal-2"].text.en == "Wording 2 of kept_contested"
    assert (found["proposal-2"].about.number, found["proposal-2"].session.en) == (2, "Flood")
    stranger = await Accounts(house.database).create("li", "Li", "correct horse battery")
    with pytest.raises(NotFound):
        await house.service.found(stranger, STUDY)


async def test_a_unit_that_agrees_in_writing_is_heard_backs_the_entry_and_takes_its_position(
    house: House,
) -> None:
    sent = await house.ask((SHARING, PLANNING))

    waiting = (await house.subjects())[SHARING].waiting
    await house.answer(sent, PLANNING, [(Stance.AGREE, "The map office waits for weeks.")])

    assert [(one.path != "", one.inquiry is not None) for one in waiting] == [(True, True)]
    assert SHARING not in await house.subjects()
    leaf = await house.leaf()
    assert PLANNING in {unit.id for unit in leaf.heard}
    assert [(one.stance, one.number, one.by) for one in leaf.stands] == [(Stance.AGREE, 1, "Zhao")]
    (written,) = [one for one in leaf.evidence if one.evidence.passage_id is not None]
    assert written.evidence.quote == "The map office waits for weeks."
    assert written.unit is not None
    assert written.unit.en == "Planning"
    assert leaf.history[-1].action == "entry.unit_heard"
    async with house.database.read() as work:
        proposal = await proposals.get(work, ProposalId("proposal-1"))
    stand = negotiation.standing(proposal)[PLANNING]
    assert (stand.stance, stand.number, stand.was_written) == (Stance.AGREE, 2, True)
    assert not stand.was_spoken


async def test_an_objection_in_writing_needs_a_reason_and_becomes_a_challenge(house: House) -> None:
    sent = await house.ask((SHARING, PLANNING))
    with pytest.raises(Invalid, match=r"position\.reason"):
        await house.answer(sent, PLANNING, [(Stance.OBJECT, " ")])
    assert SHARING in await house.subjects()

    again = await house.service.found(house.account, STUDY)
    login, response = await house.enter(again.subjects[0].waiting[0].path)
    replies = Responses(house.database, lambda: 3000.0)
    (question,) = (await replies.sheet(login, response)).questions
    objects = Sent(1, "We do share ours.", {STANCE: 3}, "Zhao")
    await replies.save(login, response, question.id, objects)
    await replies.release(login, response, "Zhao")

    leaf = await house.leaf()
    (challenge,) = leaf.challenges
    assert (challenge.challenge.reason, challenge.unit.en) == ("We do share ours.", "Planning")
    assert challenge.challenge.person_id is None
    assert all(one.evidence.passage_id is None for one in leaf.evidence)
    assert leaf.entry.state is EntryState.ACTIVE


async def test_a_wording_that_is_not_settled_gets_the_position_on_the_number_asked(
    house: House,
) -> None:
    sent = await house.ask(("proposal-2", PLANNING), (SHARING, PLANNING))

    given = [(Stance.LIVE_WITH, ""), (Stance.ABSTAIN, "")]
    await house.answer(sent, PLANNING, given)

    async with house.database.read() as work:
        proposal = await proposals.get(work, ProposalId("proposal-2"))
        shown = select(tables.mirror.c.value).where(tables.mirror.c.key == "proposal-2")
        (board,) = (await work.connection.execute(shown)).scalars()
        told = await events.of_subjects(work, STUDY, ("proposal-2",))
    assert negotiation.standing(proposal)[PLANNING].stance is Stance.ABSTAIN
    assert proposal.state == "kept_contested"
    assert {"unit": PLANNING, "stance": "abstain", "spoken": False, "written": True} in board[
        "shown"
    ]
    assert told[-1].action == "proposal.position_returned"
    assert "proposal-2" not in await house.subjects()


async def test_each_unit_sees_only_its_own_questions_and_has_one_link(house: House) -> None:
    async with house.database.write() as work:
        await entries.set_units(work, CAUSE, {WATER: False, PLANNING: False})

    sent = await house.ask((CAUSE, WATER), (CAUSE, PLANNING), (SHARING, PLANNING))

    board = await Questionnaires(house.database, KEY).board(house.account, sent)
    assert [(one.unit.id, one.asked) for one in board.standings] == [(WATER, 1), (PLANNING, 2)]
    assert len({one.path for one in board.standings}) == 2


async def test_an_entry_changed_since_keeps_the_answer_on_the_version_that_was_asked(
    house: House,
) -> None:
    sent = await house.ask((SHARING, PLANNING))
    async with house.database.write() as work:
        await entries.change(work, await entries.get(work, SHARING, lock=True))

    await house.answer(sent, PLANNING, [(Stance.AGREE, "")])

    leaf = await house.leaf()
    assert [(one.number, leaf.entry.version) for one in leaf.stands] == [(1, 2)]
    async with house.database.read() as work:
        proposal = await proposals.get(work, ProposalId("proposal-1"))
    assert PLANNING in negotiation.standing(proposal)  # version 1 is the wording of the room


async def test_what_the_room_never_worded_gives_no_position_on_its_wording(house: House) -> None:
    async with house.database.write() as work:
        await entries.change(work, await entries.get(work, SHARING, lock=True))
    sent = await house.ask((SHARING, PLANNING))

    await house.answer(sent, PLANNING, [(Stance.AGREE, "")])

    assert [one.number for one in (await house.leaf()).stands] == [2]
    async with house.database.read() as work:
        proposal = await proposals.get(work, ProposalId("proposal-1"))
    assert PLANNING in negotiation.unheard(proposal)


async def test_the_answer_follows_an_entry_that_was_merged_and_leaves_a_retracted_one(
    house: House,
) -> None:
    async with house.database.write() as work:
        await entries.set_units(work, CAUSE, {PLANNING: False})
    sent = await house.ask((SHARING, PLANNING), (CAUSE, PLANNING))
    merged = {"state": "merged", "merged_into": "effect-delay"}
    async with house.database.write() as work:
        entry = tables.entry
        for one, values in ((SHARING, merged), (CAUSE, {"state": "retracted"})):
            changed = update(entry).where(entry.c.id == one).values(**values)
            await work.connection.execute(changed)

    await house.answer(sent, PLANNING, [(Stance.AGREE, "Late"), (Stance.AGREE, "None")])

    into, struck = await house.leaf(EntryId("effect-delay")), await house.leaf(CAUSE)
    assert PLANNING in {unit.id for unit in into.heard}
    assert [one.evidence.quote for one in into.evidence] == ["Late"]
    assert struck.evidence == []


async def test_what_was_asked_or_heard_meanwhile_is_refused_and_nothing_is_sent(
    house: House,
) -> None:
    with pytest.raises(Invalid, match=r"unheard\.none"):
        await house.ask()
    with pytest.raises(Invalid, match=r"questionnaire\.due"):
        await house.service.ask(house.account, STUDY, [(SHARING, PLANNING)], due="soon")
    await house.ask((SHARING, PLANNING))

    for chosen in ((SHARING, PLANNING), (SHARING, TRAFFIC), ("nothing", PLANNING)):
        with pytest.raises(Conflict, match=r"unheard\.changed"):
            await house.ask(chosen)

    _, sent = await Questionnaires(house.database, KEY).of_study(house.account, STUDY)
    assert len(sent) == 1


async def test_a_reminder_and_a_contact_write_nothing_over_a_release(house: House) -> None:
    sent = await house.ask((SHARING, PLANNING))
    async with house.database.read() as work:
        (seen_before,) = await questionnaires.responses(work, sent)
    await house.answer(sent, PLANNING, [(Stance.AGREE, "It waits.")])

    async with house.database.write() as work:  # by who read it before the release
        await questionnaires.change_response(work, seen_before.id, reminded_at=5.0, contact="Zhao")

    async with house.database.read() as work:
        (now,) = await questionnaires.responses(work, sent)
    assert (now.is_released, now.released_by, now.contact) == (True, "Zhao", "Zhao")
