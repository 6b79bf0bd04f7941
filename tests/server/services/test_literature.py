"""A list of documents is written as a whole, not row by row."""

import pytest

from schemas.session import Bilingual
from server.domain import sheets
from server.services.accounts import Accounts
from server.services.literature import Literature
from server.services.preparing import Preparing, Settings
from server.store import passages
from server.store.database import Database
from tests.server.statements import statements

pytestmark = pytest.mark.anyio

ROWS = 300


async def test_a_long_list_takes_few_statements_and_all_of_it_is_found(database: Database) -> None:
    service, accounts = Literature(database), Accounts(database)
    owner = await accounts.create("owner", "Owner", None)
    study_id = await Preparing(database).create(owner, Settings(Bilingual("City"), Bilingual()))
    told = "".join(f"Plan {n},2016,Aim {n} of the plan.\n" for n in range(ROWS))

    with statements() as asked:
        await service.store(owner, study_id, sheets.parse("title,year,targets\n" + told))

    shelf = await service.shelf(study_id)
    assert (len(shelf.sources), sum(shelf.counts.values())) == (ROWS, ROWS)
    assert len(asked) < ROWS / 2, len(asked)
    async with database.read() as work:
        for one in shelf.sources[:3]:
            (aim,) = await passages.of_source(work, one.id)
            assert aim.text == one.targets
