"""Setting proposals aside and taking them up again, the table, speakers, and hidden positions."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import insert, update

from schemas.document import META
from schemas.errors import Conflict, Forbidden, Invalid, NotFound
from schemas.ids import PersonId, ProposalId, UnitId
from schemas.session import Role, SessionState
from schemas.taxonomy import Stance
from server.domain.negotiation import Method, Rule, Show
from server.services.sessions import Sessions
from server.store import tables
from tests.server.method import (
    GUEST,
    LI,
    MODERATOR,
    PLANNING,
    SESSION,
    TRAFFIC,
    WANG,
    WATER,
    Browser,
    person,
)
from tests.server.negotiating import Scene, scene

__all__ = ["scene"]
pytestmark = pytest.mark.anyio

Aside = Callable[[Scene, ProposalId], Awaitable[object]]


def drop(scene: Scene, proposal: ProposalId) -> Awaitable[object]:
    return scene.outcomes.drop(MODERATOR, scene.key(), proposal, reason=" said already ")


def keep(scene: Scene, proposal: ProposalId) -> Awaitable[object]:
    return scene.outcomes.keep_contested(MODERATOR, scene.key(), proposal, reason="no time")


def defer(scene: Scene, proposal: ProposalId) -> Awaitable[object]:
    return scene.outcomes.defer(
        MODERATOR, scene.key(), proposal, unit_id=PLANNING, question="Which system?"
    )


@pytest.mark.parametrize(
    ("aside", "state", "outcome"),
    [
        (drop, "dropped", {"reason": "said already", "unit": None, "question": ""}),
        (keep, "kept_contested", {"reason": "no time", "unit": None, "question": ""}),
        (defer, "deferred", {"reason": "", "unit": PLANNING, "question": "Which system?"}),
    ],
)
async def test_what_is_set_aside_says_why_and_takes_no_positions(
    scene: Scene, aside: Aside, state: str, outcome: dict[str, object]
) -> None:
    proposal = await scene.propose()
    await scene.put(proposal, base=0)

    answer = await aside(scene, proposal)

    board = await scene.board(proposal)
    assert answer == {"state": state}
    assert (board["state"], board["outcome"]) == (state, outcome)
    last = (await scene.events())[-1]
    assert (last.action, last.body["question"]) == (f"proposal.{state}", outcome["question"])
    late = await scene.refused(Conflict, scene.take(WANG, proposal, Stance.AGREE))
    assert late.code == "proposal.state"


@pytest.mark.parametrize("aside", [drop, keep, defer])
async def test_what_was_set_aside_is_taken_up_where_its_positions_stand(
    scene: Scene, aside: Aside
) -> None:
    proposal = await scene.propose()
    await scene.put(proposal, base=0)
    await scene.take(WANG, proposal, Stance.OBJECT, reason="too wide")
    await aside(scene, proposal)

    answer = await scene.outcomes.reopen(MODERATOR, scene.key(), proposal, reason="new facts")

    board = await scene.board(proposal)
    assert answer == {"state": "contested"}
    assert (board["state"], board["outcome"]) == ("contested", None)
    assert (await scene.events())[-1].body["reason"] == "new facts"


async def test_a_reason_is_needed_and_only_moderators_decide(scene: Scene) -> None:
    proposal = await scene.propose()

    for command in (
        scene.outcomes.drop(MODERATOR, scene.key(), proposal, reason=" "),
        scene.outcomes.defer(MODERATOR, scene.key(), proposal, unit_id=None, question=""),
        scene.outcomes.keep_contested(MODERATOR, scene.key(), proposal, reason="x" * 1_001),
    ):
        assert (await scene.refused(Invalid, command)).code == "proposal.reason"
    for someone in (WANG, GUEST):
        await scene.refused(
            Forbidden, scene.outcomes.drop(someone, scene.key(), proposal, reason="no")
        )
    open_still = scene.outcomes.reopen(MODERATOR, scene.key(), proposal, reason="why not")
    assert (await scene.refused(Conflict, open_still)).code == "proposal.state"


async def test_the_proposal_on_the_table_is_told_to_every_screen(scene: Scene) -> None:
    proposal = await scene.propose()

    await scene.outcomes.put_on_table(MODERATOR, scene.key(), proposal)

    assert scene.committed[-1].mirrored == (SESSION,)
    assert await scene.mirrored(META, "table") == proposal
    foreign = scene.outcomes.put_on_table(MODERATOR, scene.key(), ProposalId("none"))
    assert (await scene.refused(NotFound, foreign)).code == "proposal.unknown"


async def test_hidden_positions_show_in_nothing_until_they_are_revealed(scene: Scene) -> None:
    await scene.set_rule(Rule(show=Show.HIDDEN))
    li = Browser(scene.room, LI, 13)
    proposal = await scene.propose()
    await scene.put(proposal, base=0)

    assert await scene.take(WANG, proposal, Stance.AGREE) == "open"
    one = await scene.board(proposal)
    assert await scene.take(LI, proposal, Stance.OBJECT, reason="not all of it") == "open"
    both = await scene.board(proposal)

    assert (both["objections"], both["hidden"]) == ([], True)
    nothing = {"agree": 0, "live_with": 0, "object": 0, "abstain": 0}
    assert one["tally"] == nothing | {"waiting": 1, "heard": 1}
    assert both["tally"] == nothing | {"waiting": 0, "heard": 2}
    answer = await scene.outcomes.reveal(MODERATOR, scene.key(), proposal)
    board = await scene.board(proposal)
    assert answer == {"number": 1, "state": "contested"}
    assert (board["objections"], board["hidden"]) == (["not all of it"], False)
    li.leave()


async def test_a_new_wording_hides_its_positions_again(scene: Scene) -> None:
    await scene.set_rule(Rule(show=Show.HIDDEN))
    proposal = await scene.propose()
    await scene.put(proposal, base=0)
    await scene.outcomes.reveal(MODERATOR, scene.key(), proposal)
    scene.moderator.type("draft", " at all")
    await scene.put(proposal, base=1)

    assert (await scene.board(proposal))["hidden"] is True


async def test_under_a_quorum_the_room_need_not_answer_whole(scene: Scene) -> None:
    await scene.set_rule(Rule(Method.QUORUM, quorum=0.5))
    li = Browser(scene.room, LI, 13)
    proposal = await scene.propose(affected=(WATER, TRAFFIC, PLANNING))
    await scene.put(proposal, base=0)

    assert await scene.take(WANG, proposal, Stance.AGREE) == "open"
    assert await scene.take(LI, proposal, Stance.LIVE_WITH) == "agreed"
    li.leave()


async def test_whose_position_counts_decides_and_a_colleague_shows_as_division(
    scene: Scene,
) -> None:
    colleague = person("hu", unit=WATER)
    async with scene.database.write() as work:
        row = {"id": "hu", "session_id": SESSION, "unit_id": WATER, "name": "hu"}
        row |= {"role": Role.EXPERT, "language": "en", "created_at": 1.0}
        await work.connection.execute(insert(tables.person).values(row))
    proposal = await scene.propose(affected=(WATER,))
    await scene.put(proposal, base=0)
    await scene.take(WANG, proposal, Stance.AGREE)
    assert await scene.take(colleague, proposal, Stance.OBJECT, reason="no") == "contested"

    await scene.outcomes.name_speaker(WANG, scene.key(), WATER, WANG.id)

    board = await scene.board(proposal)
    assert (board["state"], board["objections"]) == ("agreed", [])
    await scene.set_state(SessionState.CLOSED)
    async with scene.database.write() as work:
        await scene.show_all(work)
    assert (await scene.board(proposal))["divided"] == [WATER]
    assert (await Sessions(scene.database).mine(WANG)).speakers == {WATER: "wang"}


async def test_a_speaker_is_an_expert_of_the_unit_named_by_the_unit(scene: Scene) -> None:
    other = scene.outcomes.name_speaker(WANG, scene.key(), TRAFFIC, LI.id)
    foreign = scene.outcomes.name_speaker(MODERATOR, scene.key(), WATER, LI.id)
    nobody = scene.outcomes.name_speaker(MODERATOR, scene.key(), WATER, PersonId("none"))
    no_unit = scene.outcomes.name_speaker(MODERATOR, scene.key(), UnitId("x"), None)

    assert (await scene.refused(Invalid, other)).code == "position.unit"
    assert (await scene.refused(Invalid, foreign)).code == "speaker.unit"
    assert (await scene.refused(NotFound, nobody)).code == "person.unknown"
    assert (await scene.refused(Invalid, no_unit)).code == "unit.unknown"


async def test_closing_shows_positions_by_unit(scene: Scene) -> None:
    proposal = await scene.propose()
    await scene.put(proposal, base=0)
    await scene.take(WANG, proposal, Stance.AGREE)
    assert (await scene.board(proposal))["shown"] is None

    await Sessions(scene.database).set_state(
        SESSION, SessionState.CLOSED, by=MODERATOR, key=scene.key()
    )

    assert (await scene.board(proposal))["shown"] == [
        {"unit": WATER, "stance": "agree", "spoken": False, "written": False}
    ]


async def test_a_study_that_shows_counts_shows_no_more_after_closing(scene: Scene) -> None:
    await scene.set_rule(Rule(show=Show.COUNT))
    proposal = await scene.propose()
    await scene.put(proposal, base=0)
    await scene.take(WANG, proposal, Stance.AGREE)
    async with scene.database.write() as work:
        await work.connection.execute(update(tables.session).values(state="closed"))
        await scene.show_all(work)

    board = await scene.board(proposal)
    assert board["shown"] is None
    assert board["tally"]["agree"] == 1  # type: ignore[index]  # JSON


async def test_a_split_takes_grounds_and_units_along(scene: Scene) -> None:
    whole = await scene.propose()
    scene.moderator.note("half", "Only the rain data", "line-1", opened=True)

    half = await scene.propose(draft="half", grounds=(), affected=(), split_from=whole)

    one, other = await scene.board(whole), await scene.board(half)
    assert (other["grounds"], other["affected"]) == (one["grounds"], one["affected"])


async def test_the_history_tells_each_wording_its_change_and_its_answers(scene: Scene) -> None:
    proposal = await scene.propose()
    await scene.put(proposal, base=0)
    await scene.take(WANG, proposal, Stance.OBJECT, reason="too wide")
    scene.moderator.type("draft", " at all")
    await scene.put(proposal, base=1)
    await scene.take(WANG, proposal, Stance.AGREE, number=2)

    chronicle = await scene.wordings.chronicle(WANG, proposal)

    newest, first = chronicle.steps
    assert (newest.number, newest.by, dict(newest.answers)) == (2, "mo", {Stance.AGREE: 1})
    assert [(one["op"], one["text"]) for one in newest.difference] == [
        ("keep", "Data is not shared"),
        ("add", " at all"),
    ]
    assert (first.objections, dict(first.answers)) == (("too wide",), {Stance.OBJECT: 1})
    assert [one.action for one in chronicle.events][:2] == [
        "proposal.opened",
        "proposal.wording_put",
    ]
