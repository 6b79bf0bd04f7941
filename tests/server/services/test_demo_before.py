"""The walkthrough that the demo study looks back on: its gaps rank, its solutions are assessed."""

import pytest

from schemas.session import SessionState
from server.domain.gaps import Reason
from server.domain.solutions import Feasibility
from server.services.accounts import Accounts
from server.services.crossing import Crossing
from server.services.demo import MODERATOR_LOGIN, ensure_demo
from server.services.gaps import Gaps
from server.services.joining import Joining
from server.services.solutions import Solutions
from server.store import lines, sessions, studies
from server.store.database import Database
from server.store.search import Scope

pytestmark = pytest.mark.anyio

PLANTED = {
    "safety-supervision-bureau": {Reason.DEFERRED},
    "city-appearance-garden-committee": {Reason.CONTESTED},
    "market-supervision-committee": {Reason.NOT_HEARD},
    "planning-bureau": {Reason.CONTESTED, Reason.STEP_NOT_REACHED},
    "heping": {Reason.EXPERT_ABSENT, Reason.NOT_HEARD},
    "jinnan": {Reason.EXPERT_ABSENT, Reason.NOT_HEARD},
    "garrison": {Reason.DEFERRED},
}
"""The seven units of the focus groups; the garrison stands in no theme of the study."""


async def test_the_shipped_demo_ranks_its_planted_gaps_and_shows_its_solutions(
    database: Database,
) -> None:
    accounts = Accounts(database)
    study_id = (await ensure_demo(database, accounts, Joining(database, b"k" * 32))).study_id
    account = await accounts.find(MODERATOR_LOGIN)
    assert account is not None

    found = await Gaps(database).found(account, study_id)
    offer = await Solutions(database).offer(study_id, Scope())
    matrix = await Crossing(database).matrix(study_id, account.language)

    async with database.read() as work:
        units = await studies.unit_ids(work, study_id)
        (over,) = [
            one.session
            for one in await sessions.of_study(work, study_id)
            if one.session.state is SessionState.CLOSED
        ]
        said = await lines.every_of_session(work, over.id)
    ranked = {one.unit_id: {gap.reason for gap in one.gaps} for one in found.ranking.units}
    for slug, reasons in PLANTED.items():
        assert reasons <= ranked[units[slug]], slug
    assert len(said) == 10
    assert [None if one.assessed is None else one.assessed.assessment.feasibility for one in offer.agreed] == [
        Feasibility.CONDITIONS, Feasibility.NOW, None,
    ]  # fmt: skip
    assert all(one.solves for one in offer.agreed)
    spread = max(offer.spreads.values(), key=lambda one: len(one.urgent))
    assert (len(spread.asked), len(spread.urgent), spread.is_named) == (5, 5, True)
    assert {matrix.entries[one].kind.value for _, one, _ in matrix.cells} >= {"problem", "solution"}
