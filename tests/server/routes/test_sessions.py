"""The live page hands its script what the contract names; commands lead the session."""

import json
import re

from tests.server.house import CODE, ORIGIN, Browser, House
from tests.server.method import SESSION, STUDY, key

BOOT = re.compile(r'<script type="application/json" id="boot">(.*?)</script>', re.S)


def boot(browser: Browser, path: str = f"/sessions/{SESSION}") -> dict[str, object]:
    found = BOOT.search(browser.get(path).text)
    assert found is not None
    return dict(json.loads(found.group(1)))


def command(browser: Browser, path: str, body: dict[str, object], method: str = "POST") -> object:
    headers = {"Origin": ORIGIN, "X-Colloquy-Token": browser.token()}
    answer = browser.client.request(method, path, json=body, headers=headers)
    assert answer.status_code in (200, 204), answer.text
    return answer.json() if answer.content else None


def test_an_expert_gets_the_page_for_an_expert(app: House) -> None:
    browser = app.browser()
    browser.join()

    given = boot(browser)

    assert set(given) == {
        "session", "me", "can", "units", "token", "language", "view", "messages", "keys",
        "recording",
    }  # fmt: skip
    assert given["session"] == {
        "id": SESSION, "title": "Flood", "language": "en", "state": "live", "study": STUDY,
        "kind": "joint_development",
    }  # fmt: skip
    assert given["can"] == {"annotate": True, "moderate": False, "speak": True, "chat": True}
    assert given["token"] == browser.token()
    page = browser.get(f"/sessions/{SESSION}").text
    assert CODE not in page


def test_an_account_leads_and_sees_the_code(app: House) -> None:
    browser = app.browser()
    browser.sign_in()

    given = boot(browser)

    assert given["can"] == {"annotate": True, "moderate": True, "speak": True, "chat": True}
    assert CODE in browser.get(f"/sessions/{SESSION}").text
    assert CODE not in json.dumps(given)


def test_the_projector_writes_nothing(app: House) -> None:
    browser = app.browser()
    browser.sign_in()

    given = boot(browser, f"/sessions/{SESSION}/projector")

    assert given["view"] == "projector"
    assert given["can"] == {"annotate": False, "moderate": False, "speak": False, "chat": False}


def test_strangers_see_no_session(app: House) -> None:
    browser = app.browser()

    assert browser.get(f"/sessions/{SESSION}").status_code == 401
    assert browser.get("/archive?q=data").status_code == 401


def test_the_floor_goes_round_and_everybody_is_known(app: House) -> None:
    chair, expert = app.browser(), app.browser()
    chair.sign_in()
    expert.join()
    me = boot(expert)["me"]
    assert isinstance(me, dict)

    given = command(
        chair, f"/api/sessions/{SESSION}/floor", {"key": key(1), "person": str(me["id"])}
    )

    assert given == {"floor": me["id"]}
    mine = expert.get(f"/api/sessions/{SESSION}/mine").json()
    assert mine["positions"] == {}
    assert me in mine["participants"]


def test_what_an_expert_may_not_do_is_refused_in_words(app: House) -> None:
    expert = app.browser()
    expert.join()

    answer = expert.client.post(
        f"/api/sessions/{SESSION}/state",
        json={"key": key(1), "state": "closed"},
        headers={"Origin": ORIGIN, "X-Colloquy-Token": expert.token()},
    )

    assert answer.status_code == 403
    assert answer.json()["code"] == "permission.denied"


def test_a_typed_line_is_found_in_the_archive_with_its_context(app: House) -> None:
    expert = app.browser()
    expert.join()
    typed = command(expert, f"/api/sessions/{SESSION}/lines", {"key": key(1), "text": "水位太高"})
    assert isinstance(typed, dict)
    app.indexed()

    page = expert.get("/archive?q=水").text
    context = expert.get(f"/lines/{typed['line']}/context", HX_Request="true").text

    assert "<mark>水</mark>" in page
    assert f"/sessions/{SESSION}/transcript#line-{typed['line']}" in page
    assert "水位太高" in context
    assert 'aria-current="true"' in context


def test_wrong_words_keep_their_place_on_the_page(app: House) -> None:
    expert = app.browser()
    expert.join()

    answer = expert.get('/archive?q=data "open')

    assert answer.status_code == 200
    assert "data &#34;open" in answer.text
    assert 'role="alert"' in answer.text


def test_another_sessions_lines_are_found_by_nobody_outside(app: House) -> None:
    expert, other = app.browser(), app.browser()
    expert.join()
    typed = command(expert, f"/api/sessions/{SESSION}/lines", {"key": key(1), "text": "secret"})
    assert isinstance(typed, dict)

    assert other.get(f"/lines/{typed['line']}/context").status_code == 401


def test_drafts_come_back_to_their_author_only(app: House) -> None:
    one, other = app.browser(), app.browser()
    one.join()
    other.join("Li Wei", "traffic")
    draft = {"id": "d1", "session": SESSION, "body": {"text": "水"}}

    command(one, "/api/drafts/d1", draft, "PUT")

    own = one.get(f"/api/sessions/{SESSION}/drafts").json()
    assert own == [draft]
    assert other.get(f"/api/sessions/{SESSION}/drafts").json() == []
    command(one, "/api/drafts/d1", {}, "DELETE")
    assert one.get(f"/api/sessions/{SESSION}/drafts").json() == []


def test_the_study_shows_the_code_to_moderators_only(app: House) -> None:
    chair, expert = app.browser(), app.browser()
    chair.sign_in()
    expert.join()

    for_chair, for_expert = (one.get(f"/studies/{STUDY}") for one in (chair, expert))

    assert for_chair.status_code == for_expert.status_code == 200
    assert CODE in for_chair.text
    assert CODE not in for_expert.text
    assert "Flood" in for_expert.text
