"""The demo study shows its first stages: passages that back entries, units that have answered."""

import pytest

from server.services.accounts import Accounts
from server.services.demo import MODERATOR_LOGIN, ensure_demo
from server.services.demo_stages import ensure_questionnaire
from server.services.joining import Joining
from server.services.literature import Literature
from server.services.questionnaires import Questionnaires
from server.store import entries
from server.store.database import Database

pytestmark = pytest.mark.anyio

KEY = b"k" * 32


async def test_the_demo_has_passages_and_answers_that_back_entries(database: Database) -> None:
    accounts, service = Accounts(database), Questionnaires(database, KEY)
    ways = await ensure_demo(database, accounts, Joining(database, KEY))
    moderator = await accounts.find(MODERATOR_LOGIN)
    assert moderator is not None

    for _ in range(2):
        await ensure_questionnaire(database, moderator, service, ways.study_id)

    _, found = await service.of_study(moderator, ways.study_id)
    board = await service.board(moderator, found[0].id)
    results = await service.results(moderator, found[0].id)
    shelf = await Literature(database).shelf(ways.study_id)
    assert len(found) == 1
    assert len(board.standings) == 53
    assert sum(one.response.is_released for one in board.standings) == 6
    assert len(results.levels) == 6
    assert len(results.coded.passages) >= 12
    assert sum(shelf.counts.values()) == 38
    async with database.read() as work:
        problem = (await entries.by_slug(work, ways.study_id))["data/data-sharing"]
        backing = await entries.evidence(work, problem)
    assert {one.place.is_answer for one in backing if one.place} == {True, False}
