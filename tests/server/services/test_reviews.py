"""A review round on both engines: blind until all are done, then compared, settled, signed off."""

import pytest
from sqlalchemy import insert, update

from schemas.errors import Conflict, Invalid, NotFound
from schemas.ids import StepId
from server.domain import reviewing
from server.domain.reviewing import Cut, Outcome, RoundState, Strategy, Verdict
from server.services.accounts import Accounts, open_login
from server.services.review_boards import Desk
from server.services.reviews import Reviews
from server.store import events, lines, reviews, tables
from server.store.accounts import Account
from server.store.database import Database
from server.store.logins import Login
from server.store.reviews import Coder, CoderId, Coding, RoundId
from tests.server.closed_session import CAUSE, DATA, EFFECT, SHARING, closed_session
from tests.server.method import SESSION, STUDY, small_study

pytestmark = pytest.mark.anyio
KEY = b"k" * 32


class Round:
    """A begun round, its service and the logins of its two coders."""

    def __init__(self, database: Database, service: Reviews, chair: Account) -> None:
        self.database, self.service, self.chair = database, service, chair
        self.id = RoundId("")
        self.logins: list[Login] = []

    async def desk(self, coder: int) -> Desk:
        return await self.service.desk(self.id, self.logins[coder])

    async def code(self, coder: int, numbers: list[int], *codes: str) -> None:
        choices = {number: Coding(number, frozenset(codes), "") for number in numbers}
        await self.service.code(self.id, self.logins[coder], choices)

    async def finish(self) -> None:
        for login in self.logins:
            await self.service.finish(self.id, login)


@pytest.fixture
async def begun(database: Database) -> Round:
    await small_study(database)
    await closed_session(database)
    async with database.write() as work:
        line = {"session_id": SESSION, "speaker": "Li", "presumed": False, "source": "typed"}
        line |= {"language": "en", "created_at": 1.0, "person_id": "li"}
        texts = ["Roads close late", "Okay.", "Nobody decides"]
        for at, text in enumerate(texts):
            row = line | {"id": f"typed-{at}", "at": 100.0 + at, "text": text}
            await work.connection.execute(insert(tables.line).values(row))
    service = Reviews(database, KEY)
    chair = await Accounts(database).create("chair", "Chair", None)
    one = Round(database, service, chair)
    one.id = await service.begin(SESSION, cut=Cut.LINE, names=["Ada", "Bo"], by=chair)
    for coder in (await service.board(one.id)).coders:
        async with database.write() as work:
            _, login = await open_login(work, None, 1.0)
        token = service.link(coder).rsplit("/", 1)[1]
        assert await service.enter(token, login) == (one.id, None)
        one.logins.append(login)
    return one


async def test_units_are_cut_without_fillers_and_start_unseen(begun: Round) -> None:
    desk = await begun.desk(0)

    assert [lines[0].id for lines in desk.units.values()] == [
        "line-1", "line-2", "typed-0", "typed-2",
    ]  # fmt: skip
    assert (desk.coder.name, desk.codings) == ("Ada", {})


async def test_a_coder_sees_own_choices_only_and_empty_is_not_unseen(begun: Round) -> None:
    await begun.code(0, [1, 2], SHARING)
    await begun.code(0, [3])
    await begun.code(1, [1], CAUSE)

    first, second = await begun.desk(0), await begun.desk(1)
    board = await begun.service.board(begun.id)

    assert {n: set(c.codes) for n, c in first.codings.items()} == {1: {SHARING}, 2: {SHARING}, 3: set()}  # fmt: skip
    assert {n: set(c.codes) for n, c in second.codings.items()} == {1: {CAUSE}}
    assert (board.codings, board.comparison, board.units) == ({}, None, {})


async def test_a_unit_becomes_unseen_again(begun: Round) -> None:
    await begun.code(0, [1], SHARING)

    await begun.service.code(begun.id, begun.logins[0], {1: None})

    assert (await begun.desk(0)).codings == {}


async def test_each_unit_of_a_range_keeps_its_own_and_none_is_kept_where_one_is_wrong(
    begun: Round,
) -> None:
    both = {
        1: Coding(1, frozenset([SHARING]), "again?"),
        2: Coding(2, frozenset([SHARING, CAUSE]), ""),
    }
    await begun.service.code(begun.id, begun.logins[0], both)
    for wrong in ("no entry", DATA):  # a category holds codes and is none
        with pytest.raises(Invalid, match=r"review\.coding"):
            await begun.service.code(
                begun.id, begun.logins[0], {1: None, 3: Coding(3, frozenset([wrong]), "")}
            )

    assert (await begun.desk(0)).codings == both


async def test_done_is_final_and_unblinding_waits_for_all(begun: Round) -> None:
    await begun.code(0, [1], SHARING)
    await begun.service.finish(begun.id, begun.logins[0])

    with pytest.raises(Conflict, match=r"review\.done"):
        await begun.code(0, [1])
    with pytest.raises(Conflict, match=r"review\.waiting") as refused:
        await begun.service.unblind(begun.id, begun.chair)
    assert refused.value.fields == {"names": "Bo"}


async def test_compared_settled_and_signed_off(begun: Round) -> None:
    await begun.code(0, [1, 2], SHARING)
    await begun.code(0, [3])
    await begun.code(1, [1, 3], SHARING)
    await begun.code(1, [2], CAUSE)
    await begun.finish()
    await begun.service.unblind(begun.id, begun.chair)

    board = await begun.service.board(begun.id)
    assert board.comparison is not None
    assert board.comparison.differing == (2, 3)
    assert [note.id for note in board.notes[2]] == ["note-line-2"]
    sharing = next(row for row in board.comparison.codes if row.code == SHARING)
    assert (sharing.units, sharing.pairs, sharing.prevalence) == (3, 3, pytest.approx(4 / 6))
    assert sharing.percent.value == pytest.approx(1 / 3)
    assert board.comparison.confusions[tuple(sorted((SHARING, CAUSE)))] == 1  # type: ignore[index]

    with pytest.raises(Conflict, match=r"review\.unsettled"):
        await begun.service.sign_off(begun.id, begun.chair, "Reviewed")
    for number, outcome in ((2, Outcome.BOTH), (3, Outcome.NEITHER)):
        await begun.service.resolve(
            begun.id, number, outcome=outcome, codes=frozenset(), reason="heard it", by=begun.chair
        )
    await begun.service.sign_off(begun.id, begun.chair, "Reviewed")

    signed = await begun.service.board(begun.id)
    assert (signed.round.state, signed.round.signed_by) == (RoundState.SIGNED_OFF, "Chair")
    assert signed.round.version == "Reviewed"
    assert signed.resolutions[2].codes == {SHARING, CAUSE}
    with pytest.raises(Conflict, match=r"review\.state"):
        await begun.service.resolve(
            begun.id, 2, outcome=Outcome.ONE, codes=frozenset(), reason="no", by=begun.chair
        )
    await begun.service.reopen(begun.id, "a line was corrected", begun.chair)
    reopened = await begun.service.board(begun.id)
    assert reopened.round.state is RoundState.UNBLINDED
    assert reopened.resolutions == signed.resolutions


async def test_only_units_and_codes_of_the_round_are_taken(begun: Round) -> None:
    for numbers, codes in (([9], []), ([], []), ([1], ["unknown"])):
        with pytest.raises(Invalid, match=r"review\.coding"):
            await begun.code(0, numbers, *codes)


async def test_strangers_have_no_desk_and_who_sat_in_is_marked(begun: Round) -> None:
    async with begun.database.write() as work:
        _, stranger = await open_login(work, None, 1.0)
    with pytest.raises(NotFound, match=r"review\.unknown"):
        await begun.service.desk(begun.id, stranger)
    with pytest.raises(NotFound, match=r"link\.unusable"):
        await begun.service.enter("nothing", stranger)

    async with begun.database.write() as work:
        _, leads = await open_login(work, begun.chair, 1.0)
    coders = (await begun.service.board(begun.id)).coders
    await begun.service.enter(begun.service.link(coders[0]).rsplit("/", 1)[1], leads)

    marked = (await begun.service.board(begun.id)).coders
    assert [coder.sat_in for coder in marked] == [True, False]


async def test_a_round_needs_two_names_and_a_closed_session(begun: Round) -> None:
    for names in (["Ada"], ["Ada", "Ada"], ["", " "]):
        with pytest.raises(Invalid, match=r"review\.coders"):
            await begun.service.begin(SESSION, cut=Cut.TURN, names=names, by=begun.chair)


async def test_the_majority_settles_what_nobody_decided_and_nothing_else(begun: Round) -> None:
    await begun.code(0, [1, 2], SHARING)
    await begun.code(1, [1, 2], SHARING)
    async with begun.database.write() as work:
        third = Coder(CoderId("third"), begun.id, "Cy", sat_in=False, done_at=2.0)
        await reviews.add_coder(work, third, "hash")
        for number in (1, 2):
            await reviews.keep(work, third.id, Coding(number, frozenset([CAUSE]), ""), at=1.0)
    async with begun.database.write() as work:
        await reviews.done(work, third.id, 2.0)
    await begun.finish()
    await begun.service.unblind(begun.id, begun.chair)
    await begun.service.resolve(
        begun.id, 1, outcome=Outcome.BACK, codes=frozenset(), reason="ask them", by=begun.chair
    )

    assert await begun.service.settle(begun.id, Strategy.ALIKE, "alike", begun.chair) == 0
    assert await begun.service.settle(begun.id, Strategy.MAJORITY, "most", begun.chair) == 1
    assert await begun.service.settle(begun.id, Strategy.MAJORITY, "most", begun.chair) == 0

    found = (await begun.service.board(begun.id)).resolutions
    assert (found[1].outcome, found[1].reason) == (Outcome.BACK, "ask them")
    assert (found[2].codes, found[2].by) == ({SHARING}, "Chair")


async def test_with_no_rule_what_all_coded_alike_is_looked_at_as_well(begun: Round) -> None:
    await begun.code(0, [1, 2], SHARING)
    await begun.code(1, [1, 2], SHARING)
    await begun.finish()
    await begun.service.unblind(begun.id, begun.chair)
    assert list((await begun.service.board(begun.id)).to_settle) == []

    assert await begun.service.settle(begun.id, Strategy.NONE, "none", begun.chair) == 0

    assert list((await begun.service.board(begun.id)).to_settle) == [1, 2]
    with pytest.raises(Conflict, match=r"review\.unsettled"):
        await begun.service.sign_off(begun.id, begun.chair, "Reviewed")
    for number, outcome in ((1, Outcome.ONE), (2, Outcome.NEITHER)):
        await begun.service.resolve(
            begun.id, number, outcome=outcome, codes=frozenset(), reason="looked", by=begun.chair
        )
    await begun.service.sign_off(begun.id, begun.chair, "Reviewed")
    assert (await begun.service.board(begun.id)).resolutions[2].codes == frozenset()


async def test_the_sign_off_lists_confirmed_returned_and_retracted(begun: Round) -> None:
    await begun.code(0, [1], SHARING)
    await begun.code(1, [1], SHARING)
    await begun.code(0, [2], CAUSE)
    await begun.code(1, [2])
    await begun.code(0, [3], EFFECT)
    await begun.code(1, [3])
    await begun.finish()
    await begun.service.unblind(begun.id, begun.chair)
    for number, outcome in ((2, Outcome.BACK), (3, Outcome.NEITHER)):
        await begun.service.resolve(
            begun.id, number, outcome=outcome, codes=frozenset(), reason="so", by=begun.chair
        )

    await begun.service.sign_off(begun.id, begun.chair, "Reviewed")

    expected = {
        SHARING: Verdict.CONFIRMED, CAUSE: Verdict.RETURNED, EFFECT: Verdict.RETRACTED,
    }  # fmt: skip
    signed = await begun.service.board(begun.id)
    assert signed.round.verdicts == expected
    async with begun.database.read() as work:
        told = [
            one for one in await events.of_study(work, STUDY) if one.action == "review.signed_off"
        ]
    assert [told[0].body[one.value] for one in Verdict] == [[SHARING], [CAUSE], [EFFECT]]
    await begun.service.reopen(begun.id, "a line was corrected", begun.chair)
    reopened = await begun.service.board(begun.id)
    assert reopened.round.verdicts == {}
    assert reopened.verdicts == expected


async def test_what_is_said_about_a_difference_stays_in_order_and_ends_with_the_sign_off(
    begun: Round,
) -> None:
    with pytest.raises(Conflict, match=r"review\.state"):  # nobody talks of it while it is blind
        await begun.service.remark(begun.id, 1, "early", begun.chair)
    await begun.code(0, [1], SHARING)
    await begun.code(1, [1], SHARING)
    await begun.finish()
    await begun.service.unblind(begun.id, begun.chair)

    for said in ("listen again", " it is late "):
        await begun.service.remark(begun.id, 1, said, begun.chair)
    for number, text, code in ((9, "x", "coding"), (1, " ", "remark"), (1, "x" * 1001, "remark")):
        with pytest.raises(Invalid, match=rf"review\.{code}"):
            await begun.service.remark(begun.id, number, text, begun.chair)

    found = (await begun.service.board(begun.id)).remarks[1]
    assert [(one.by, one.text) for one in found] == [
        ("Chair", "listen again"),
        ("Chair", "it is late"),
    ]
    await begun.service.sign_off(begun.id, begun.chair, "Reviewed")
    with pytest.raises(Conflict, match=r"review\.state"):
        await begun.service.remark(begun.id, 1, "late", begun.chair)


async def test_a_recomputation_leaves_every_decision(begun: Round) -> None:
    await begun.code(0, [1, 2], SHARING)
    await begun.code(1, [1, 2], CAUSE)
    await begun.finish()
    await begun.service.unblind(begun.id, begun.chair)
    await begun.service.resolve(
        begun.id, 1, outcome=Outcome.BACK, codes=frozenset(), reason="ask", by=begun.chair
    )
    before = (await begun.service.board(begun.id)).resolutions

    again = Reviews(begun.database, KEY)  # another process: it measures anew
    for strategy in Strategy:
        await again.settle(begun.id, strategy, "rule", begun.chair)
        assert (await again.board(begun.id)).resolutions[1] == before[1]


async def test_a_coder_hears_own_units_and_nobody_else_does(begun: Round) -> None:
    async with begun.database.write() as work:
        _, stranger = await open_login(work, None, 1.0)

    heard = await begun.service.heard(begun.id, begun.logins[0], 1, 0)
    assert (heard.track_id, heard.start, heard.end) == ("track-line-1", 22.2, 26.4)
    for login, number, at in ((stranger, 1, 0), (begun.logins[0], 9, 0), (begun.logins[0], 3, 0)):
        with pytest.raises(NotFound, match=r"review\.unknown"):
            await begun.service.heard(begun.id, login, number, at)


async def test_a_sample_is_drawn_with_the_recorded_seed(begun: Round) -> None:
    made = await begun.service.begin(
        SESSION, cut=Cut.LINE, names=["Ada", "Bo"], by=begun.chair, sample=2
    )

    async with begun.database.read() as work:
        one, units = await reviews.get(work, made), await reviews.units(work, made)
        every = reviewing.cut(await lines.of_session(work, SESSION), Cut.LINE)
    drawn = reviewing.drawn(every, 2, one.seed)
    assert [[line.id for line in unit] for unit in drawn] == list(units.values())
    assert (one.extent.sample, one.extent.of) == (2, 4)


async def test_a_round_may_take_one_step_of_the_agenda(begun: Round) -> None:
    async with begun.database.write() as work:
        moved = update(tables.line).where(tables.line.c.id == "typed-0").values(step_id="step-1")
        await work.connection.execute(moved)

    made = await begun.service.begin(
        SESSION, cut=Cut.LINE, names=["A", "B"], by=begun.chair, step_id=StepId("step-1")
    )

    async with begun.database.read() as work:
        assert list((await reviews.units(work, made)).values()) == [["line-1"], ["typed-0"]]
        assert (await reviews.get(work, made)).extent.step.en == "Measure"
    with pytest.raises(Invalid, match=r"review\.scope"):
        await begun.service.begin(
            SESSION, cut=Cut.LINE, names=["A", "B"], by=begun.chair, step_id=StepId("none")
        )
