"""A negotiation lived through at random: whatever is done in whatever order, the rules hold."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from schemas.annotation import Kind
from schemas.ids import AnnotationId, PersonId, ProposalId, SessionId, StudyId, UnitId
from schemas.taxonomy import Position, Proposal, ProposalState, Stance, Wording
from server.domain import negotiation
from server.domain.negotiation import Method, Move, Rule, Show

UNITS = [UnitId(name) for name in "abcdef"]
PEOPLE = [PersonId(f"{unit}{number}") for unit in UNITS for number in (1, 2)]
ASIDE = (Move.DEFER, Move.KEEP_CONTESTED, Move.DROP)


class Negotiation(RuleBasedStateMachine):
    """The service's way with a proposal, without rows: a move is made if the table admits it."""

    @initialize(
        affected=st.lists(st.sampled_from(UNITS), unique=True, max_size=4),
        how=st.builds(
            Rule,
            st.sampled_from(Method),
            st.floats(0, 1),
            st.floats(0, 1),
            st.sampled_from(list(Show)[::-1]),  # what hides most is tried most
        ),
        is_put=st.booleans(),
    )
    def begin(self, affected: list[UnitId], how: Rule, is_put: bool) -> None:
        self.rule = how
        self.present = frozenset(affected[:2])
        self.proposal = Proposal(
            id=ProposalId("p"),
            study_id=StudyId("s"),
            session_id=SessionId("t"),
            kind=Kind.PROBLEM,
            state=ProposalState.OPEN,
            draft=AnnotationId("d"),
            grounds=(),
            wordings=(),
            affected=tuple(affected),
            positions=(),
            entry_id=None,
        )
        if is_put:  # most of what there is to find needs a wording
            self.put()

    def settle(self, move: Move, **changes: object) -> None:
        """Make a move as `services.board` does, or leave everything as it was."""
        if not negotiation.may(self.proposal.state, move):
            return
        changed = replace(self.proposal, **changes)
        to = negotiation.destination(move)
        if move in (Move.REOPEN, Move.UNDO):
            to = negotiation.reopened(changed, self.present, self.rule)
        elif to is None or move is Move.PUT_WORDING:
            to = negotiation.state_after(changed, self.present, self.rule)
        self.proposal = replace(changed, state=to)

    @rule(units=st.frozensets(st.sampled_from(UNITS)))
    def come_and_go(self, units: frozenset[UnitId]) -> None:
        self.present = units

    @rule()
    def put(self) -> None:
        number = negotiation.newest_number(self.proposal) + 1
        wording = Wording(number, f"text {number}", "", ())
        self.settle(Move.PUT_WORDING, wordings=(*self.proposal.wordings, wording))

    @rule(person=st.sampled_from(PEOPLE), stance=st.sampled_from(Stance), spoken=st.booleans())
    def answer(self, person: PersonId, stance: Stance, spoken: bool) -> None:
        number = negotiation.newest_number(self.proposal)
        if number == 0:
            return
        reason = "because" if stance is Stance.OBJECT else ""
        by = PersonId("mo") if spoken else person
        taken = Position(UnitId(person[0]), person, number, stance, reason, None, by)
        self.settle(Move.TAKE_POSITION, positions=(*self.proposal.positions, taken))

    @rule(person=st.sampled_from(PEOPLE))
    def object(self, person: PersonId) -> None:
        self.answer(person, Stance.OBJECT, spoken=False)

    @rule(person=st.sampled_from(PEOPLE))
    def name_speaker(self, person: PersonId) -> None:
        speakers = {**self.proposal.speakers, UnitId(person[0]): person}
        changed = replace(self.proposal, speakers=speakers)
        state = negotiation.state_after(changed, self.present, self.rule)
        self.proposal = replace(changed, state=state)

    @rule()
    def reveal(self) -> None:
        self.settle(Move.REVEAL, revealed=negotiation.newest_number(self.proposal))

    @rule(move=st.sampled_from(ASIDE))
    def set_aside(self, move: Move) -> None:
        self.settle(move)

    @rule(move=st.sampled_from([Move.REOPEN, Move.UNDO]))
    def take_up_again(self, move: Move) -> None:
        self.settle(move)

    @rule(merge=st.booleans())
    def promote(self, merge: bool) -> None:
        found = negotiation.consent(self.proposal, self.present, self.rule)
        state = negotiation.state_after(self.proposal, self.present, self.rule)
        move = Move.MERGE if merge else Move.PROMOTE
        if negotiation.may(state, move):
            assert found.is_agreed
            self.proposal = replace(self.proposal, state=state)
            self.settle(move)

    @invariant()
    def what_is_hidden_shows_in_nothing(self) -> None:
        if not negotiation.is_hidden(self.proposal, self.rule, closed=False):
            return
        counts = negotiation.tally(self.proposal, self.present, self.rule)
        assert all(counts[stance.value] == 0 for stance in Stance)
        assert negotiation.objections(self.proposal, self.rule) == ()
        assert negotiation.shown(self.proposal, self.present, self.rule, closed=False) is None
        now = negotiation.state_after(self.proposal, self.present, self.rule)
        if now in negotiation.NEGOTIATED:
            assert now is ProposalState.OPEN

    @invariant()
    def each_unit_stands_once_by_whom_it_named(self) -> None:
        for unit, position in negotiation.standing(self.proposal).items():
            assert position.number == negotiation.newest_number(self.proposal)
            speaker = self.proposal.speakers.get(unit)
            assert speaker in (None, position.person_id) or position.recorded_by == "mo"

    @invariant()
    def agreement_is_what_the_rule_says(self) -> None:
        now = negotiation.state_after(self.proposal, self.present, self.rule)
        found = negotiation.consent(self.proposal, self.present, self.rule)
        if now is ProposalState.AGREED:
            assert found.is_agreed
            assert found.answered
            if self.rule.method is Method.CONSENT:
                assert not found.waiting
        if now is ProposalState.CONTESTED:
            stances = [one.stance for one in negotiation.standing(self.proposal).values()]
            assert Stance.OBJECT in stances

    @invariant()
    def every_wording_is_told(self) -> None:
        told = [number for number, _ in negotiation.history(self.proposal)]
        assert told == list(range(len(self.proposal.wordings), 0, -1))


TestNegotiation = Negotiation.TestCase
TestNegotiation.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
