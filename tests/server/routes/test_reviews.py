"""What a blind reviewer's browser can reach: every address is tried, nothing of the room shows."""

import asyncio
import io
import re
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from starlette.routing import Route

from server.routes.table import routes
from server.store.database import Database
from tests.server.closed_session import SHARING, closed_session
from tests.server.house import ORIGIN, Browser, House, house
from tests.server.method import SESSION, STUDY
from tests.server.printed import printed

MEMO = "what the first reviewer thought"
ROOM = ("Nobody shares", "Wording 2 of", "It is shared", MEMO)
"""Of the room: a note, wordings, an objection; and the other reviewer's memo."""
ONE_TIME = re.compile(
    r'nonce="[^"]*"|"nonce-[^"]*"|"key"\s*:\s*"[^"]*"|name="key" value="[^"]*"|/enter/[\w-]+'
    r'|"now":\s*[\d.]+|"request":\s*"[^"]*"'
)
COUNTING = ("/metrics", "/project/{token}")
"""Answer otherwise when they were asked before."""
PLACES = {"study": STUDY, "session": SESSION, "entry": SHARING, "line": "0", "number": "1"}


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    with house(sqlite_url, tmp_path / "data") as running:
        asyncio.run(_close(sqlite_url))
        yield running


async def _close(url: str) -> None:
    database = Database(url)
    await closed_session(database)
    await database.close()


def begun(app: House) -> tuple[Browser, str, list[Browser]]:
    """A moderator, the path of a begun round, and a browser for each of its two coders."""
    chair = app.browser()
    chair.sign_in()
    answer = chair.post(f"/sessions/{SESSION}/reviews", {"names": "Ada\nBo", "cut": "line"})
    assert answer.status_code == 303, answer.text
    path = answer.headers["location"]
    links = re.findall(r'value="https?://[^/"]+(/review/[^"]+)"', chair.get(path).text)
    coders = []
    for link in links:
        browser = app.browser()
        assert browser.get(link).headers["location"] == f"{path}/desk"
        coders.append(browser)
    return chair, path, coders


def code(browser: Browser, path: str, numbers: list[int], codes: list[str], memo: str = "") -> None:
    token = re.search(r'"token": "([^"]+)"', browser.get(f"{path}/desk").text)
    assert token
    answer = browser.client.put(
        f"/api{path}/codings",
        json={"units": [{"number": one, "codes": codes, "memo": memo} for one in numbers]},
        headers={"X-Colloquy-Token": token.group(1), "Origin": ORIGIN},
    )
    assert answer.status_code == 200, answer.text


def addresses(round_id: str) -> Iterator[tuple[str, str]]:
    """Every address that is read with GET, as its route's path and filled in for this round."""
    filled = {**PLACES, "round": round_id}
    for route in routes():
        if isinstance(route, Route) and "GET" in (route.methods or ()):
            yield (
                route.path,
                re.sub(
                    r"{(\w+)(?::\w+)?}", lambda match: filled.get(match.group(1), "x"), route.path
                ),
            )


def test_what_one_reviewer_codes_moves_nothing_that_others_read(app: House) -> None:
    chair, path, (first, second) = begun(app)
    stranger = app.browser()
    others = {"chair": chair, "second": second, "stranger": stranger}

    def read() -> dict[tuple[str, str], tuple[int, str]]:
        found = {}
        for who, browser in others.items():
            for route, address in addresses(path.rsplit("/", 1)[1]):
                if route not in COUNTING:
                    answer = browser.get(address)
                    found[who, address] = (answer.status_code, ONE_TIME.sub("", answer.text))
        return found

    read()  # the first look of each may note that they came
    before = read()
    code(first, path, [1], [SHARING], MEMO)
    code(first, path, [2], [])

    assert read() == before
    assert sum(status == 200 for status, _ in before.values()) > 40
    first.post(f"{path}/done")
    assert read() != before  # that a reviewer is done may be seen: the comparison can tell


def test_no_address_shows_a_blind_reviewer_the_room_or_the_others(app: House) -> None:
    _, path, (first, second) = begun(app)
    code(first, path, [1], [SHARING], MEMO)
    round_id = path.rsplit("/", 1)[1]

    opened = set()
    for route, address in addresses(round_id):
        answer = second.get(address)
        for told in ROOM:
            assert told not in answer.text, address
        if answer.status_code == 200 and (
            SESSION in address or STUDY in address or round_id in address
        ):
            opened.add(route)
    assert opened == {"/reviews/{round}/desk", "/reviews/{round}/units/{number}/{line}/sound"}


def test_the_report_comes_after_unblinding_as_page_and_file(app: House) -> None:
    chair, path, (first, second) = begun(app)
    code(first, path, [1, 2], [SHARING], MEMO)
    code(second, path, [1], [SHARING])
    code(second, path, [2], ["cause-standards"])
    assert chair.get(f"{path}/report").status_code == 404
    for browser in (first, second):
        browser.post(f"{path}/done")
    assert chair.post(f"{path}/unblind").status_code == 303

    chair.post("/language", {"lang": "zh"})
    shown = chair.get(f"{path}/report")
    body = chair.get(f"{path}/report.docx?layout=official").content

    assert shown.status_code == 200
    for told in ("Ada", "Bo", MEMO, "#line-line-2", "<title>", "400"):
        assert told in shown.text
    told = "\n".join(one.text for one in docx.Document(io.BytesIO(body)).paragraphs)
    assert MEMO in told
    assert MEMO.replace(" ", "") in printed(chair.get(f"{path}/report.pdf").content)
    for form in ("", ".docx", ".pdf"):
        assert first.get(f"{path}/report{form}").status_code in (401, 404)


def test_a_rule_settles_only_what_it_can(app: House) -> None:
    chair, path, (first, second) = begun(app)
    code(first, path, [1], [SHARING])
    code(second, path, [1], [])
    for browser in (first, second):
        browser.post(f"{path}/done")
    chair.post(f"{path}/unblind")

    assert chair.post(f"{path}/strategy", {"strategy": "guess"}).status_code == 422
    assert chair.post(f"{path}/strategy", {"strategy": "majority"}).status_code == 303

    signed = chair.post(f"{path}/sign-off", {"version": "Reviewed"})
    assert signed.status_code == 409  # of two there is no majority


def test_a_difference_is_talked_about_and_the_sign_off_lists_its_verdicts(app: House) -> None:
    chair, path, (first, second) = begun(app)
    code(first, path, [1], [SHARING])
    code(second, path, [1], [])
    assert chair.post(f"{path}/remarks", {"number": "1", "text": "early"}).status_code == 409
    for browser in (first, second):
        browser.post(f"{path}/done")
    chair.post(f"{path}/unblind")

    assert chair.post(f"{path}/strategy", {"strategy": "none"}).status_code == 303
    assert (
        chair.post(f"{path}/remarks", {"number": "1", "text": "<b>listen</b>"}).status_code == 303
    )
    assert chair.post(f"{path}/remarks", {"number": "1", "text": " "}).status_code == 422
    assert first.post(f"{path}/remarks", {"number": "1", "text": "me"}).status_code in (401, 404)

    assert "1 is left." in chair.get(path).text
    assert "&lt;b&gt;listen" in chair.get(f"{path}/differences/1").text
    assert chair.get(f"{path}/differences/2").status_code == 404
    assert first.get(f"{path}/differences/1").status_code in (401, 404)
    settled = {"number": "1", "outcome": "neither", "reason": " "}
    refused = chair.post(f"{path}/resolutions", settled)
    assert refused.status_code == 422
    assert 'value="neither" required checked' in refused.text  # what was chosen is still there
    answer = chair.post(f"{path}/resolutions", settled | {"reason": "so"})
    assert answer.headers["location"] == f"{path}#sign-title"  # nothing is left to go on to
    assert chair.post(f"{path}/sign-off", {"version": " "}).status_code == 422
    assert chair.post(f"{path}/sign-off", {"version": "After the review"}).status_code == 303
    shown = chair.get(path).text
    assert "No use of it was upheld" in shown
    assert "After the review" in shown


def test_a_drawn_sample_is_of_the_round_for_good(app: House) -> None:
    chair = app.browser()
    chair.sign_in()
    form = {"names": "Ada\nBo", "cut": "line", "sample": "1"}

    path = chair.post(f"/sessions/{SESSION}/reviews", form).headers["location"]

    assert "1 of 2 units" in chair.get(path).text
    for wrong in ({"sample": "x"}, {"step": "unknown"}):
        assert chair.post(f"/sessions/{SESSION}/reviews", form | wrong).status_code == 422


def test_segments_are_cut_where_the_moderator_says(app: House) -> None:
    chair = app.browser()
    chair.sign_in()
    form = {"names": "Ada\nBo", "cut": "segment", "begins": "0:10\nlater"}

    refused = chair.post(f"/sessions/{SESSION}/reviews", form)
    path = chair.post(f"/sessions/{SESSION}/reviews", form | {"begins": "0:10\n9:00"}).headers[
        "location"
    ]

    assert refused.status_code == 422
    assert "“later” is no moment." in refused.text
    assert "0:10\nlater" in refused.text  # what was typed and chosen is still there
    assert 'value="segment" checked' in refused.text
    assert "Segments between named moments" in chair.get(path).text
    link = re.findall(r'value="https?://[^/"]+(/review/[^"]+)"', chair.get(path).text)[0]
    coder = app.browser()
    coder.get(link)
    assert (
        coder.get(f"{path}/desk").text.count('class="coding-unit"') == 1
    )  # both lines are one segment
