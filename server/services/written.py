"""What units send by their links, outside of any session: stands on entries and on wordings.

An answer is bound to the wording that was asked about. On an entry the unit is heard from then on:
its words back the entry, an objection is a challenge. On a wording that is not settled it is the
unit's position, as if it had been taken in the room; the session is closed, so no state moves.
"""

from schemas.events import ProposalChanged, TaxonomyChanged
from schemas.ids import EntryId, EvidenceId, PassageId, ProposalId, StudyId, UnitId, new_id
from schemas.taxonomy import IN_WRITING, Entry, Evidence, Position, Proposal, Stance
from server.domain import negotiation
from server.domain.lifecycles import EntryMove, may_change
from server.domain.questionnaires import About
from server.services import board
from server.store import challenges, entries, events, proposals
from server.store.challenges import Challenge
from server.store.database import Work
from server.store.proposals import Setting


async def take(
    work: Work,
    study_id: StudyId,
    unit_id: UnitId,
    about: About,
    stance: Stance | None,
    text: str,
    passage_id: PassageId | None,
    *,
    by: str,
) -> None:
    """Take what a unit answers. stance: None for words alone. by: who released it."""
    if about.of == "proposal":
        proposal = await proposals.get(work, ProposalId(about.id), lock=True)
        setting = await proposals.setting(work, proposal.session_id, lock=True)
        if stance is not None:
            await position(work, setting, proposal, unit_id, about.number, stance, text)
        return
    entry = await _standing_for(work, EntryId(about.id))
    if may_change(entry.state, EntryMove.HEAR):
        await entries.set_units(work, entry.id, {unit_id: True})
        if stance is Stance.OBJECT:
            await challenge(work, entry, unit_id, text)
        elif passage_id is not None:
            await entries.add_evidence(work, [_evidence(entry.id, passage_id, text)])
    body = {
        "unit": unit_id,
        "stance": None if stance is None else stance.value,
        "number": about.number,
        "by": by,
    }
    await events.record(
        work, study_id, "entry.unit_heard", entry.id, body=body, base_version=about.number
    )
    if stance is not None:
        await _on_its_wordings(work, entry, unit_id, about, stance, text)
    work.publish(TaxonomyChanged(study_id, None, entry.id, "evidence"))


async def position(
    work: Work,
    setting: Setting,
    proposal: Proposal,
    unit_id: UnitId,
    number: int,
    stance: Stance,
    reason: str,
) -> None:
    """Record a unit's position on wording `number`, sent in writing; the room's decision stays."""
    taken = Position(unit_id, None, number, stance, reason, None, IN_WRITING)
    if negotiation.standing(proposal).get(unit_id) == taken:
        return  # released again, unchanged
    await proposals.add_position(work, proposal.id, taken)
    known = await proposals.get(work, proposal.id)
    await board.show(work, setting, known, frozenset())
    body = {"unit": unit_id, "number": number, "stance": stance.value, "proposal": proposal.id}
    await events.record(
        work,
        proposal.study_id,
        "proposal.position_returned",
        proposal.id,
        session_id=proposal.session_id,
        role="unit",
        body=body,
    )
    work.publish(ProposalChanged(proposal.study_id, proposal.session_id, proposal.id))


async def challenge(work: Work, entry: Entry, unit_id: UnitId, reason: str) -> None:
    """Challenge an entry in a unit's name, unless the same waits for its answer already."""
    known = (one.challenge for one in await challenges.of_entry(work, entry.id))
    if any((one.unit_id, one.reason, one.answer) == (unit_id, reason, "") for one in known):
        return
    made = Challenge(new_id(), entry.study_id, entry.id, None, unit_id, None, reason)
    await challenges.add(work, made)
    body = {"challenge": made.id, "unit": unit_id}
    await events.record(
        work, entry.study_id, "entry.challenged", entry.id, body=body, base_version=entry.version
    )


async def _standing_for(work: Work, entry_id: EntryId) -> Entry:
    """The entry, or what it was merged into meanwhile."""
    entry = await entries.get(work, entry_id, lock=True)
    while entry.merged_into is not None:
        entry = await entries.get(work, entry.merged_into, lock=True)
    return entry


async def _on_its_wordings(
    work: Work, entry: Entry, unit_id: UnitId, about: About, stance: Stance, reason: str
) -> None:
    """Record the stand on the wordings that the entry came from, where it still says the same."""
    if (entry.id, about.number) != (about.id, 1):
        return
    for proposal in await proposals.behind(work, entry.id):
        if unit_id in negotiation.unheard(proposal):
            setting = await proposals.setting(work, proposal.session_id)
            number = negotiation.newest_number(proposal)
            await position(work, setting, proposal, unit_id, number, stance, reason)


def _evidence(entry_id: EntryId, passage_id: PassageId, text: str) -> Evidence:
    return Evidence.of_passage(EvidenceId(new_id()), entry_id, passage_id, text)
