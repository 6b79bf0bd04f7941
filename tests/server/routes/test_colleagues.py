"""The people of a study are brought in from a sheet and invited to its sessions from the list."""

import re

from tests.server.house import House
from tests.server.method import SESSION

PEOPLE = "/studies/study/people"
SHEET = "姓名,unit,处室,专长,角色,语言\n陈静,水务局,规划处,防汛,,中文\nAnn Lee,,,,stenographer,en\n"
_ID = re.compile(r'name="person" value="([^"]+)"')


def test_people_are_previewed_stored_whole_and_invited_once(app: House) -> None:
    browser = app.browser()
    browser.sign_in()
    bad = SHEET + "Bo,Nowhere,,,,\n陈静,水务局,,,,\nCy,水务局,,,king,\nDi,,,,,\n"

    checked = browser.post(f"{PEOPLE}/import", {"rows": bad, "do": "check"})
    assert checked.status_code == 200
    for problem in ("No unit of the study", "A row above", "This role", "An expert needs"):
        assert problem in checked.text
    assert browser.post(f"{PEOPLE}/import", {"rows": bad, "do": "import"}).status_code == 409
    assert not _ID.findall(browser.get(PEOPLE).text)

    assert browser.post(f"{PEOPLE}/import", {"rows": SHEET, "do": "import"}).status_code == 303
    listed = browser.get(PEOPLE).text
    assert "防汛" in listed
    first = _ID.findall(listed)[0]
    assert len(_ID.findall(listed)) == 2

    again = browser.post(f"{PEOPLE}/import", {"rows": SHEET, "do": "check"})
    assert "on the list already" in again.text
    sent = {"person": first, "session": SESSION, "do": "invite"}
    assert "count=1" in browser.post(PEOPLE, sent).headers["location"]
    assert "count=0" in browser.post(PEOPLE, sent).headers["location"]
    assert browser.get(f"/sessions/{SESSION}/prepare").text.count('value="陈静"') == 1

    assert browser.post(PEOPLE, {"person": first, "do": "remove"}).status_code == 303
    assert len(_ID.findall(browser.get(PEOPLE).text)) == 1
    assert 'value="陈静"' in browser.get(f"/sessions/{SESSION}/prepare").text


def test_nobody_is_invited_to_nothing_or_by_nobody(app: House) -> None:
    browser, expert = app.browser(), app.browser("192.0.2.61")
    browser.sign_in()
    expert.join()

    assert browser.post(PEOPLE, {"session": SESSION, "do": "invite"}).status_code == 422
    sent = {"person": "x", "session": "elsewhere", "do": "invite"}
    assert browser.post(PEOPLE, sent).status_code == 404
    assert expert.get(PEOPLE).status_code in (303, 401, 404)
    assert expert.post(PEOPLE, sent).status_code in (401, 403, 404)
    refused = expert.post(f"{PEOPLE}/import", {"rows": SHEET, "do": "import"})
    assert refused.status_code in (401, 403, 404)
    app.close_session()
    assert browser.post(PEOPLE, sent | {"session": SESSION}).status_code == 409
