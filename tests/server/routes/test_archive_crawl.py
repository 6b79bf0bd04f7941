"""Whoever walks through the archive, in whichever role: what is not theirs is in no byte they get."""

import asyncio
import re
from dataclasses import dataclass

import pytest

from server.services.accounts import Accounts
from server.store import memberships
from server.store.database import Database
from server.store.memberships import Share
from tests.server.house import PASSWORD, Browser, House
from tests.server.method import SESSION, STUDY, key
from tests.server.routes import crawling
from tests.server.routes.crawling import COMMON, OPEN, SECRETS, TEAM
from tests.server.routes.test_archive import typed
from tests.server.routes.test_proposals import note, propose, send
from tests.server.routes.test_questionnaires import QUESTIONS, Opened, _enter, _put
from tests.server.store_themes import theme_of_all

ROLES = (
    "owner",
    "moderator",
    "analyst",
    "stenographer",
    "expert",
    "observer",
    "stranger",
    "nobody",
    "reviewer",
)
IN_ROOM = ("analyst", "stenographer", "expert", "observer")
RUNS_IT = ("owner", "moderator")


@dataclass(frozen=True, slots=True)
class Town:
    """Both studies, and the line that everybody in ours may read."""

    app: House
    url: str
    line: str

    def visit(self, role: str) -> Browser:
        """Return a browser signed in as somebody of that role."""
        address = f"192.0.2.{100 + ROLES.index(role)}"
        browser = self.app.browser(address)
        if role == "owner":
            browser.sign_in()
            _keep_searches(browser)
        elif role in ("moderator", "stranger"):
            asyncio.run(account(self.url, role))
            browser.sign_in(role)
        elif role in IN_ROOM:
            browser.join(role, "water")
            crawling.become(self.url, role, role)
        elif role == "reviewer":
            self.review(browser)
        return browser

    def review(self, browser: Browser) -> str:
        """Close our session and open the link of its only reviewer; return where the desk is."""
        crawling.close(self.url)
        chair = self.app.browser()
        chair.sign_in()
        round_ = chair.post(f"/sessions/{SESSION}/reviews", {"names": "Ada\nBo", "cut": "line"})
        place = round_.headers["location"]
        link, _ = re.findall(r'value="[^"]*(/review/[^"]+)"', chair.get(place).text)
        desk = browser.get(link).headers["location"]
        assert desk == f"{place}/desk"
        return desk


def _keep_searches(browser: Browser) -> None:
    """Save a search of all that must not be found; a walk through the archive follows its link."""
    any_secret = "+OR+".join(f"{one[:-2]}*" for one in SECRETS)
    for number, words in enumerate((COMMON, "zq*", any_secret)):
        answer = browser.post("/archive/saved", {"name": f"s{number}", "query": f"q={words}"})
        assert answer.status_code == 303


async def account(url: str, role: str) -> None:
    database = Database(url)
    found = await Accounts(database).create(role, role, PASSWORD)
    if role == "moderator":
        async with database.write() as work:
            await memberships.add(work, STUDY, found.id, Share.MODERATOR)
    await database.close()


@pytest.fixture
def town(app: House, sqlite_url: str) -> Town:
    theme_of_all(sqlite_url)
    chair, expert = app.browser(), app.browser("192.0.2.11")
    chair.sign_in()
    expert.join()
    line = typed(expert, 1, f"{OPEN} {COMMON}")
    struck = typed(expert, 2, f"zqstruckline {COMMON}")
    _objection(app, sqlite_url, chair, expert)
    send(chair, f"/api/lines/{struck}/strike", key=key(4)).raise_for_status()
    crawling.plant(sqlite_url, line)
    crawling.withdraw(sqlite_url, typed(expert, 5, f"zqwithdrawnquote {COMMON}"))
    draft = {"id": "d1", "session": SESSION, "body": {"text": f"zqdraftnote {COMMON}"}}
    headers = {"Origin": "http://127.0.0.1:8000", "X-Colloquy-Token": expert.token()}
    assert expert.client.put("/api/drafts/d1", json=draft, headers=headers).status_code == 204
    _answers(app, chair)
    return Town(app, sqlite_url, line)


def _objection(app: House, url: str, chair: Browser, expert: Browser) -> None:
    """Let the expert object to a wording in private."""
    crawling.speak(url, "line-1")
    note(chair)
    assert chair.post(f"/studies/{STUDY}/confidence", {"me": "1"}).status_code == 303
    api = f"/api/proposals/{propose(chair)}"
    send(chair, f"{api}/wordings", key=key(5), base=0).raise_for_status()
    said = {"number": 1, "private": True, "reason": f"zqsealedreason {COMMON}"}
    send(expert, f"{api}/positions", key=key(6), **said).raise_for_status()


def _answers(app: House, chair: Browser) -> None:
    """Let one unit release its answer and another only write one."""
    words = {"title_en": "Survey", "title_zh": "问卷", "cities": "Shanghai"}
    path = chair.post("/studies/study/questionnaires", words).headers["location"]
    chair.post(f"{path}/questions", QUESTIONS)  # type: ignore[arg-type]
    chair.post(f"{path}/lead", {"do": "open"})
    links = re.findall(r'href="[^"]*(/reply/[^"]+)"', chair.get(path).text)
    for number, text in enumerate((TEAM, "zqunreleasedanswer")):
        one = Opened(app, chair, path, links[number])
        browser, sheet, asked = _enter(one, f"192.0.2.{31 + number}")
        assert _put(browser, sheet, asked[0], version=0, text=f"{text} {COMMON}").status_code == 200
        if text == TEAM:
            browser.post(sheet, {"do": "release", "released_by": "Wang"})


def test_no_role_gets_a_byte_that_is_not_theirs(town: Town) -> None:
    for role in ROLES:
        read = crawling.walk(town.visit(role), crawling.seeds(town.line))

        told = {(one, path) for path, text in read.items() for one in SECRETS if one in text}
        assert told == set(), role
        assert any(OPEN in text for text in read.values()) == (role in RUNS_IT + IN_ROOM), role
        assert any(TEAM in text for text in read.values()) == (role in RUNS_IT), role
        assert len(read) > 40


def test_a_reviewer_codes_the_record_without_what_was_taken_back(town: Town) -> None:
    reviewer = town.app.browser()

    desk = reviewer.get(town.review(reviewer)).text

    assert OPEN in desk
    assert not [one for one in SECRETS if one in desk]


def test_an_entrys_count_holds_its_subtree(town: Town) -> None:
    owner = town.visit("owner")

    page = owner.get(f"/archive?q={COMMON}").text
    found = owner.get(f"/archive?q={COMMON}&entry=parent").text

    counted = dict(
        re.findall(r'<span class="facet-label">(\w+) harvest</span>\s*<[^>]*>(\d+)', page)
    )
    (total,) = re.findall(r"<b>(\d+) hits?</b>", found)
    assert counted["parent"] == total
    assert int(counted["child"]) < int(counted["parent"])
