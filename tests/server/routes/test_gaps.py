"""The page of gaps, and a focus group prepared from it by a form."""

import asyncio
import html
import re

from server.store.database import Database
from tests.server.closed_session import closed_session
from tests.server.house import House
from tests.server.method import STUDY


def test_a_gap_becomes_a_question_of_a_prepared_focus_group(app: House, sqlite_url: str) -> None:
    asyncio.run(_close(sqlite_url))
    chen, expert = app.browser(), app.browser()
    chen.sign_in()
    shown = chen.get(f"/studies/{STUDY}/gaps").text
    gap = re.search(r'name="gap" value="(deferred[^"]+)"', shown)
    assert gap is not None

    nothing = chen.post(f"/studies/{STUDY}/gaps")
    answer = chen.post(f"/studies/{STUDY}/gaps", {"gap": gap.group(1)})

    assert nothing.status_code == 422
    assert "No question has been chosen." in nothing.text
    assert answer.status_code == 303
    prepared = html.unescape(chen.get(answer.headers["location"]).text)
    assert "Focus group: Traffic" in prepared
    assert "Which roads?" in prepared
    assert expert.get(f"/studies/{STUDY}/gaps").status_code == 401


async def _close(url: str) -> None:
    database = Database(url)
    await closed_session(database)
    await database.close()
