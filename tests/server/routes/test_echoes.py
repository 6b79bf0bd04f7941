"""Echo over HTTP: for the moderator only; silent where nothing echoes; linked by one command."""

import anyio
from sqlalchemy import insert

from schemas.ids import SessionId
from server.store import search, tables
from server.store.database import Database
from server.store.search import Searchable
from tests.server.house import House
from tests.server.method import SESSION, STAGE, STUDY
from tests.server.routes.test_archive import typed

ELSEWHERE = SessionId("elsewhere")


async def said_elsewhere(url: str, text: str) -> None:
    database = Database(url)
    async with database.write() as work:
        await work.connection.execute(
            insert(tables.session).values(
                id=ELSEWHERE, study_id=STUDY, stage_id=STAGE, kind="focus_group", title_en="Other",
                title_zh="", language="zh", state="closed", code="", code_sha256="e", created_at=0,
            )
        )  # fmt: skip
        await search.add(work, [Searchable("wording", "w.1", STUDY, ELSEWHERE, text)])
    await database.close()


def test_the_moderator_is_offered_what_another_room_said(app: House, sqlite_url: str) -> None:
    expert, chair = app.browser(), app.browser("192.0.2.11")
    expert.join()
    chair.sign_in()
    line = typed(expert, 1, "Ambulance dispatch cannot see roadworks permits")
    path = f"/sessions/{SESSION}/echoes/{line}"

    assert chair.get(path).status_code == 204
    anyio.run(said_elsewhere, sqlite_url, "roadworks permits never reach ambulance dispatch")

    assert "roadworks permits never reach" in chair.get(path).text
    assert expert.get(path).status_code == 403
