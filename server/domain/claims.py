"""Who works on which wording: moderators share one queue, and see what another one has taken.

A claim says, it does not lock: whoever presses something is served, for the room cannot wait. It
is a lease, so that what somebody took and left is free again by itself.
"""

from dataclasses import replace

from schemas.ids import PersonId
from schemas.taxonomy import Claim

LEASE_SECONDS = 600.0
"""Longer than one wording takes; renewed by everything its holder does with it."""


def taken(person_id: PersonId, name: str, now: float) -> Claim:
    """Return a fresh claim."""
    return Claim(person_id, name, now + LEASE_SECONDS)


def standing(claim: Claim | None, now: float) -> Claim | None:
    """Return the claim while it lasts."""
    return claim if claim is not None and claim.until > now else None


def after(claim: Claim | None, by: PersonId, now: float, *, is_settled: bool) -> Claim | None:
    """Return what of a claim stands once `by` did something with the proposal.

    What is settled is nobody's work any more; its holder's own doing renews a claim.
    """
    kept = standing(claim, now)
    if kept is None or is_settled:
        return None
    return replace(kept, until=now + LEASE_SECONDS) if kept.person_id == by else kept
