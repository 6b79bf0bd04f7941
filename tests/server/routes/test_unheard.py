"""Units that were not heard, over HTTP: the list, the links, a unit's answer, the entry after it."""

import asyncio
import html
import re

from server.store.database import Database
from tests.server.closed_session import SHARING, closed_session
from tests.server.house import Browser, House
from tests.server.method import STUDY

LIST = f"/studies/{STUDY}/unheard"
ASKED = f"{SHARING}:planning"


def test_a_unit_is_asked_by_link_and_its_objection_stands_beside_the_entry(
    app: House, sqlite_url: str
) -> None:
    chen, unit = _closed(app, sqlite_url), app.browser("192.0.2.7")
    shown = html.unescape(chen.get(LIST).text)
    assert "Data is not shared" in shown
    assert "Wording 2 of kept_contested" in shown
    assert f'value="{ASKED}"' in shown

    nothing = chen.post(LIST, {"due": "2026-12-05"})
    board = chen.post(LIST, {"ask": ASKED, "due": "2026-12-05"})
    twice = chen.post(LIST, {"ask": ASKED})

    assert nothing.status_code == 422
    assert "No unit is chosen." in nothing.text
    assert twice.status_code == 409
    assert f'value="{ASKED}"' not in twice.text
    page = chen.get(board.headers["location"]).text
    assert "2026-12-05" in page
    (link,) = re.findall(r'href="[^"]*(/reply/[^"]+)"', page)
    assert link in chen.get(LIST).text
    assert "Planning" in chen.get(f"{board.headers['location']}/reminders").text
    sheet = unit.get(link).headers["location"]
    asked = unit.get(sheet).text
    assert "Data is not shared" in asked
    (question,) = re.findall(r'data-question="([^"]+)"', asked)
    silent = unit.post(sheet, _form(question, "3", ""))
    said = unit.post(sheet, _form(question, "3", "We share <ours>."))

    assert silent.status_code == 422
    assert said.status_code == 303
    entry = html.unescape(chen.get(f"/entries/{SHARING}").text)
    assert "Object, in writing" in entry
    assert "We share <ours>." in entry
    assert f'value="{ASKED}"' not in chen.get(LIST).text
    answers = chen.get(f"{board.headers['location']}/answers").text
    assert "Object" in answers
    assert unit.get(LIST).status_code == 401


def test_the_entry_leads_to_the_list_for_who_runs_the_study_alone(
    app: House, sqlite_url: str
) -> None:
    expert = app.browser()
    expert.join()
    chen = _closed(app, sqlite_url)

    assert f'href="{LIST}"' in chen.get(f"/entries/{SHARING}").text
    assert f'href="{LIST}"' in chen.get(f"/studies/{STUDY}").text
    page = expert.get(f"/entries/{SHARING}").text
    assert "Not yet heard" in page
    assert f'href="{LIST}"' not in page


def _form(question: str, stance: str, text: str) -> dict[str, str]:
    version = "0" if not text else "1"
    form = {f"version-{question}": version, f"stance-{question}": stance, f"text-{question}": text}
    return form | {"name": "Zhao", "do": "release", "released_by": "Zhao"}


def _closed(app: House, url: str) -> Browser:
    asyncio.run(_close(url))
    chen = app.browser()
    chen.sign_in()
    return chen


async def _close(url: str) -> None:
    database = Database(url)
    await closed_session(database)
    await database.close()
