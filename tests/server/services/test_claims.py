"""Several moderators share one queue: each sees what another has taken, and nothing is locked."""

import pytest

from schemas.errors import Conflict, Forbidden
from schemas.ids import ProposalId
from schemas.session import Role
from schemas.taxonomy import Claim, Stance
from server.domain import claims
from server.store import proposals
from tests.server.method import LI, MODERATOR, WANG, person
from tests.server.negotiating import Scene, scene

__all__ = ["scene"]
pytestmark = pytest.mark.anyio

OTHER = person("ou", Role.MODERATOR)


async def held(scene: Scene, proposal: ProposalId) -> object:
    claim = (await scene.board(proposal))["claim"]
    return claim["person"] if isinstance(claim, dict) else claim


async def test_a_claim_is_told_to_every_screen_taken_over_and_put_down(scene: Scene) -> None:
    proposal = await scene.propose()
    assert await held(scene, proposal) is None

    await scene.outcomes.claim(MODERATOR, scene.key(), proposal, take=True)
    assert await held(scene, proposal) == MODERATOR.id
    await scene.outcomes.claim(OTHER, scene.key(), proposal, take=False)  # not theirs to put down
    assert await held(scene, proposal) == MODERATOR.id
    await scene.outcomes.claim(OTHER, scene.key(), proposal, take=True)
    assert await held(scene, proposal) == OTHER.id
    await scene.outcomes.claim(OTHER, scene.key(), proposal, take=False)
    assert await held(scene, proposal) is None

    told = [one for one in await scene.events() if one.action == "proposal.claimed"]
    assert [(one.body["take"], one.body["from"]) for one in told] == [
        (True, None),
        (False, MODERATOR.id),
        (True, MODERATOR.id),
        (False, OTHER.id),
    ]


async def test_a_claim_locks_nothing_and_ends_when_the_wording_is_settled(scene: Scene) -> None:
    proposal = await scene.propose()
    await scene.outcomes.claim(OTHER, scene.key(), proposal, take=True)

    await scene.put(proposal, base=0)  # by the first moderator
    await scene.take(WANG, proposal, Stance.OBJECT, reason="Not ours")
    assert await held(scene, proposal) == OTHER.id
    await scene.outcomes.keep_contested(MODERATOR, scene.key(), proposal, reason="No time")

    assert await held(scene, proposal) is None
    await scene.refused(Conflict, scene.outcomes.claim(OTHER, scene.key(), proposal, take=True))


async def test_only_moderators_claim(scene: Scene) -> None:
    proposal = await scene.propose()

    for someone in (LI, person("an", Role.ANALYST)):
        await scene.refused(
            Forbidden, scene.outcomes.claim(someone, scene.key(), proposal, take=True)
        )


async def test_a_claim_that_ran_out_is_nobodys(scene: Scene) -> None:
    proposal = await scene.propose()
    old = Claim(OTHER.id, "ou", 1.0)
    async with scene.database.write() as work:
        await proposals.set_claim(work, proposal, old)

    await scene.put(proposal, base=0)

    assert await held(scene, proposal) is None


def test_what_its_holder_does_renews_a_claim_and_nobody_elses_doing() -> None:
    claim = claims.taken(OTHER.id, "ou", 100.0)

    assert claims.after(claim, OTHER.id, 200.0, is_settled=False) == claims.taken(
        OTHER.id, "ou", 200.0
    )
    assert claims.after(claim, MODERATOR.id, 200.0, is_settled=False) == claim
    assert claims.after(claim, OTHER.id, 200.0, is_settled=True) is None
    assert claims.after(claim, OTHER.id, 100.0 + claims.LEASE_SECONDS, is_settled=False) is None
