"""Who comes in, how, and as whom: through the real app."""

import anyio
import pytest

from schemas.ids import StudyId
from schemas.session import Bilingual
from server.store import memberships, studies
from server.store.accounts import Account
from server.store.database import Database
from server.store.memberships import Share
from server.store.studies import Study
from tests.server.house import CODE, ORIGIN, House, account_of
from tests.server.method import SESSION, STUDY


def test_signing_in_gives_a_cookie_that_no_script_reads(app: House) -> None:
    browser = app.browser()

    answer = browser.sign_in()

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("colloquy_sid=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie  # plain HTTP on loopback


def test_a_wrong_password_and_an_unknown_login_read_the_same(app: House) -> None:
    wrong = app.browser().sign_in(password="not this one")
    unknown = app.browser().sign_in(login="nobody", password="not this one")

    assert wrong.status_code == unknown.status_code == 403
    assert wrong.text.replace("chen", "nobody") == unknown.text or "chen" in wrong.text
    assert "set-cookie" not in wrong.headers


def test_guessing_passwords_is_stopped_but_the_owner_elsewhere_comes_in(app: House) -> None:
    guesser = app.browser(address="203.0.113.9")

    statuses = [guesser.sign_in(password=f"guess {n:>10}").status_code for n in range(12)]

    assert statuses[:10] == [403] * 10
    assert statuses[10:] == [429] * 2
    assert guesser.sign_in().status_code == 429
    assert app.browser(address="192.0.2.77").sign_in().status_code == 303


def test_signing_in_replaces_the_login_and_signing_out_ends_it(app: House) -> None:
    browser = app.browser()
    browser.sign_in()
    first = browser.client.cookies["colloquy_sid"]
    browser.sign_in()
    second = browser.client.cookies["colloquy_sid"]

    assert first != second
    stale = app.browser()
    stale.client.cookies.set("colloquy_sid", first)
    assert stale.get(f"/studies/{STUDY}").status_code == 401
    answer = browser.post("/logout")
    assert answer.status_code == 303
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    stale.client.cookies.set("colloquy_sid", second)
    assert stale.get(f"/studies/{STUDY}").status_code == 401


def test_a_one_time_link_lets_in_once_and_a_preview_does_not_use_it_up(
    app: House, sqlite_url: str
) -> None:
    link = app.link_for(account_of(sqlite_url))

    assert app.browser().head(link).status_code == 204
    first = app.browser().get(link)
    again = app.browser().get(link)

    assert (first.status_code, first.headers["location"]) == (303, f"/studies/{STUDY}")
    assert "set-cookie" in first.headers
    assert again.status_code == 404


async def _runs_another(url: str, account: Account) -> None:
    database = Database(url)
    async with database.write() as work:
        other = Study(StudyId("other"), "other", Bilingual("O", "O"), Bilingual("C", "C"), {})
        await studies.add(work, other, at=9.0)
        await memberships.add(work, other.id, account.id, Share.OWNER)
    await database.close()


def test_a_link_says_which_of_several_studies_it_leads_to(app: House, sqlite_url: str) -> None:
    account = account_of(sqlite_url)
    anyio.run(_runs_another, sqlite_url, account)

    def leads(study: str) -> str:
        return app.browser().get(f"{app.link_for(account)}{study}").headers["location"]

    assert leads("") == "/"
    assert leads("?study=other") == "/studies/other"
    assert leads("?study=//elsewhere") == "/"


def test_an_unknown_link_is_not_found_and_guessing_is_stopped(app: House) -> None:
    browser = app.browser()

    statuses = [browser.get(f"/enter/guess{n}").status_code for n in range(11)]

    assert statuses == [404] * 10 + [429]


@pytest.mark.parametrize("typed", [CODE, "k7qm20ab", " K7QM 2OAB ", "K７QM-20AB", "k7qm–20ab"])
def test_a_code_is_understood_however_it_is_typed(app: House, typed: str) -> None:
    answer = app.browser().post("/join", {"code": typed})

    assert answer.status_code == 200
    assert 'name="unit"' in answer.text


def test_an_unknown_code_brings_the_lobby_back_and_guessing_is_stopped(app: House) -> None:
    browser = app.browser()

    statuses = [browser.post("/join", {"code": f"AAAA-000{n}"}).status_code for n in range(10)]
    last = browser.post("/join", {"code": CODE})

    assert statuses == [404] * 10
    assert last.status_code == 429
    assert int(last.headers.get("retry-after", "0")) >= 0


def test_joining_by_code_makes_an_expert_of_the_unit(app: House) -> None:
    browser = app.browser()

    answer = browser.join()

    assert (answer.status_code, answer.headers["location"]) == (303, f"/sessions/{SESSION}")
    page = browser.get(f"/sessions/{SESSION}")
    assert page.status_code == 200
    assert "Wang Fang" in page.text


def test_joining_needs_name_unit_and_notice(app: House) -> None:
    browser = app.browser()

    answer = browser.post("/join", {"code": CODE, "name": " ", "unit": "elsewhere"})

    assert answer.status_code == 422
    assert answer.text.count("<li>") >= 3
    assert browser.get(f"/sessions/{SESSION}").status_code == 401


def test_the_same_name_and_unit_in_one_browser_is_one_person_another_name_another(
    app: House,
) -> None:
    browser = app.browser()

    def me() -> str:
        return browser.get(f"/sessions/{SESSION}").text

    browser.join("Wang Fang")
    first = me()
    browser.join("Wang Fang")
    same = me()
    browser.join("Zhao Min")
    other = me()

    assert _person(first) == _person(same)
    assert _person(other) != _person(first)


def test_a_seat_card_is_the_same_person_on_two_devices(app: House) -> None:
    moderator = app.browser()
    moderator.sign_in()
    cards = moderator.get(f"/sessions/{SESSION}/seats")
    again = moderator.get(f"/sessions/{SESSION}/seats")
    seats = [url for url in cards.text.split() if f"{ORIGIN}/seat/" in url]
    path = _path_in(cards.text, "/seat/")
    laptop, phone = app.browser(), app.browser(address="192.0.2.20")

    notice = laptop.get(path)
    refused = laptop.post(path)
    joined = laptop.post(path, {"notice": "accepted"})
    at_once = phone.get(path)

    assert seats or path
    assert path in again.text
    assert (notice.status_code, refused.status_code) == (200, 200)
    assert 'name="notice"' in notice.text
    assert (joined.status_code, at_once.status_code) == (303, 303)
    assert _person(laptop.get(f"/sessions/{SESSION}").text) == _person(
        phone.get(f"/sessions/{SESSION}").text
    )


def test_who_was_invited_without_a_language_reads_on_in_that_of_their_browser(app: House) -> None:
    moderator, phone = app.browser(), app.browser(address="192.0.2.21")
    moderator.sign_in()
    path = _path_in(moderator.get(f"/sessions/{SESSION}/seats").text, "/seat/")
    asks = {"Accept-Language": "zh-CN,zh;q=0.9"}
    assert 'lang="zh' in phone.get(path, **asks).text

    joined = phone.post(path, {"notice": "accepted"}, **asks)

    assert "lang=zh" in joined.headers["set-cookie"]


def test_the_projector_link_lets_in_an_observer(app: House) -> None:
    moderator, wall = app.browser(), app.browser()
    moderator.sign_in()
    path = _path_in(moderator.get("/").text, "/project/")

    answer = wall.get(path)

    assert answer.headers["location"] == f"/sessions/{SESSION}/projector"
    assert wall.get(f"/sessions/{SESSION}/projector").status_code == 200
    assert wall.get(f"/sessions/{SESSION}/seats").status_code == 403


def test_an_account_is_moderator_whichever_way_it_comes_in(app: House) -> None:
    browser = app.browser()
    browser.sign_in()

    browser.join("Somebody Else")

    page = browser.get(f"/sessions/{SESSION}").text
    assert "Chen Jing" in page
    assert browser.get(f"/sessions/{SESSION}/seats").status_code == 200


def test_a_closed_session_lets_nobody_new_in(app: House) -> None:
    app.close_session()

    answer = app.browser().post("/join", {"code": CODE})

    assert answer.status_code == 409


def test_other_peoples_things_are_not_found(app: House) -> None:
    browser = app.browser()
    browser.join()

    assert browser.get(f"/sessions/{SESSION}").status_code == 200
    assert browser.get(f"/studies/{STUDY}/taxonomy").status_code == 200
    assert browser.get("/sessions/another").status_code == 404
    assert browser.get("/sessions/another/projector").status_code == 404
    assert browser.get("/sessions/another/seats").status_code == 404
    assert browser.get("/studies/another/taxonomy").status_code == 404
    assert browser.get("/entries/another").status_code == 404
    assert browser.get("/lines/another/context").status_code == 404
    assert browser.get("/tracks/another/audio.wav").status_code == 404
    assert browser.get("/api/sessions/another/mine").status_code == 404


def test_the_language_is_remembered_and_no_redirect_leaves_the_site(app: House) -> None:
    browser = app.browser()

    there = browser.post("/language", {"lang": "zh", "next": "/login"})
    away = browser.post("/language", {"lang": "zh", "next": "//evil.example/"})
    sly = browser.post("/language", {"lang": "zh", "next": "/\\evil.example"})

    assert there.headers["location"] == "/login"
    assert away.headers["location"] == sly.headers["location"] == "/"
    assert '<html lang="zh-Hans">' in browser.get("/login").text


def test_a_browsers_languages_are_honoured(app: House) -> None:
    chinese = app.browser().get("/", accept_language="de,zh-CN;q=0.9,en;q=0.8")
    english = app.browser().get("/", accept_language="de,fr;q=0.9")

    assert '<html lang="zh-Hans">' in chinese.text
    assert '<html lang="en">' in english.text


def _path_in(html: str, start: str) -> str:
    """The first path in a page that begins so."""
    at = html.index(start)
    end = min(html.index(mark, at) for mark in ('"', "<") if mark in html[at:])
    return html[at:end].strip()


def _person(page: str) -> str:
    """The person's id in a live page's boot data."""
    at = page.index('"me"')
    return page[at : page.index("}", at)].split('"id"')[1].split('"')[1]
