"""How a wording came about: each frozen text, what changed in it, and how units answered it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from schemas.ids import ProposalId
from schemas.session import Language, Person, SessionState
from schemas.taxonomy import Stance
from server.domain import negotiation, permissions
from server.domain.permissions import Action
from server.services import board
from server.store import events, proposals
from server.store.database import Database
from server.store.events import Event


@dataclass(frozen=True, slots=True)
class Step:
    """One wording. difference: from the one before. answers: units by stance, {} where hidden.

    by: who put it. session_time: seconds.
    """

    number: int
    difference: Sequence[Mapping[str, str]]
    by: str
    session_time: float
    answers: Mapping[Stance, int]
    objections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chronicle:
    """Everything that happened to a proposal. steps: newest first. events: oldest first."""

    session_language: Language
    steps: tuple[Step, ...]
    events: Sequence[Event]


class Wordings:
    """Reads the history of wordings for whoever is in the session."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def chronicle(self, person: Person, proposal_id: ProposalId) -> Chronicle:
        """Return the history. Raises NotFound and Forbidden."""
        async with self._database.read() as work:
            setting = await proposals.setting(work, person.session_id)
            permissions.require(person.role, Action.READ, setting.state)
            proposal = board.of_session(await proposals.get(work, proposal_id), person.session_id)
            puts = {one.number: one for one in await proposals.puts(work, proposal_id)}
            own = (proposal_id, *await proposals.lineage(work, proposal))
            subjects = (*own, proposal.entry_id) if proposal.entry_id else own
            told = await events.of_subjects(work, setting.study_id, subjects)
        closed = setting.state is SessionState.CLOSED
        steps = []
        for number, difference in negotiation.history(proposal):
            until = replace(
                proposal,
                wordings=proposal.wordings[:number],
                revealed=number
                if number < negotiation.newest_number(proposal)
                else proposal.revealed,
            )
            counted: Counter[Stance] = Counter()
            if not negotiation.is_hidden(until, setting.rule, closed=closed):
                counted.update(one.stance for one in negotiation.standing(until).values())
            put = puts[number]
            steps.append(
                Step(
                    number=number,
                    difference=difference,
                    by=put.by,
                    session_time=max(0.0, put.at - (setting.opened_at or put.at)),
                    answers=counted,
                    objections=negotiation.objections(until, setting.rule, closed=closed),
                )
            )
        about = [one for one in told if one.body.get("proposal", proposal_id) in own]
        return Chronicle(setting.language, tuple(steps), about)
