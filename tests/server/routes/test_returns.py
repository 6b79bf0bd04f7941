"""A unit answers on its own page without an account; the moderator's board and the form on paper."""

import asyncio
import html
import io
import re

import docx

from server.store.database import Database
from tests.server.closed_session import closed_session
from tests.server.house import Browser, House
from tests.server.method import SESSION
from tests.server.printed import printed


def _links(chair: Browser) -> list[str]:
    """The units' own links, as the board of the session shows them."""
    board = chair.get(f"/sessions/{SESSION}/returns").text
    return re.findall(r'value="http[^"]+(/return/[\w-]+)"', board)


def test_a_record_goes_to_its_units_and_their_answer_comes_back(
    app: House, sqlite_url: str
) -> None:
    asyncio.run(_close(sqlite_url))
    chen, unit = app.browser(), app.browser(address="192.0.2.11")
    chen.sign_in()
    board = f"/sessions/{SESSION}/returns"
    assert chen.post(board, {"days": "none"}).status_code == 422
    assert chen.post(board, {"days": "5"}).status_code == 303
    links = _links(chen)
    assert len(links) == 3

    page = unit.get(links[0])
    assert "Our main problem is that data is not shared." in html.unescape(page.text)
    form = {"name": "Wang", "quoting": "without", "text-line-1": "Data is not shared in time."}
    nameless = unit.post(links[0], form | {"name": ""})
    sent = unit.post(links[0], form)

    assert nameless.status_code == 422
    assert "Data is not shared in time." in nameless.text
    assert sent.status_code == 303
    assert "has been received" in unit.get(sent.headers["location"]).text
    shown = chen.get(board).text
    assert "Answered with changes" in shown
    item = re.search(r'name="item" value="(\w+)"', shown)
    assert item is not None
    assert chen.post(board, {"item": item.group(1), "take": "yes"}).status_code == 303
    assert "Data is not shared in time." in chen.get(f"/sessions/{SESSION}/minutes").text
    assert unit.get(board).status_code == 401
    assert unit.get("/return/unknown").status_code == 404


def test_an_objection_without_its_reason_is_pointed_at_and_nothing_typed_is_lost(
    app: House, sqlite_url: str
) -> None:
    asyncio.run(_close(sqlite_url))
    chen, unit = app.browser(), app.browser(address="192.0.2.11")
    chen.sign_in()
    chen.post(f"/sessions/{SESSION}/returns", {"days": "5"})
    links = _links(chen)
    link = next(one for one in links if 'name="stance-' in unit.get(one).text)
    asked = re.findall(r'<textarea id="(reason-[\w-]+)"', unit.get(link).text)[0]
    form = {"name": "Wang", "quoting": "not", "added": "One thing more"}
    form[asked.replace("reason", "stance")] = "object"

    refused = unit.post(link, form)
    sent = unit.post(link, form | {asked: "Not ours"})

    assert refused.status_code == 422
    assert re.findall(r'<textarea id="(reason-[\w-]+)"[^>]*autofocus', refused.text) == [asked]
    assert "One thing more" in refused.text
    assert sent.status_code == 303
    assert asked not in unit.get(link).text


def test_the_form_on_paper_asks_the_same_and_the_readback_has_each_wording(
    app: House, sqlite_url: str
) -> None:
    asyncio.run(_close(sqlite_url))
    chen = app.browser()
    chen.sign_in()
    chen.post(f"/sessions/{SESSION}/returns", {"days": "5"})

    page = chen.get(f"/sessions/{SESSION}/returns/planning").text
    file = chen.get(f"/sessions/{SESSION}/returns/planning/form.docx").content
    sheet = printed(chen.get(f"/sessions/{SESSION}/returns/planning/form.pdf").content)
    read = chen.get(f"/sessions/{SESSION}/readback").text

    text = "\n".join(one.text for one in docx.Document(io.BytesIO(file)).paragraphs)
    for each in (page, text):
        assert "Wording 2 of kept_contested" in each
        assert "☐ Can live with" in each
    assert "☐Canlivewith" in sheet
    assert "Wording 2 of promoted" in read
    assert "Wording 2 of dropped" not in read
    assert "data is not shared" not in read


async def _close(url: str) -> None:
    database = Database(url)
    await closed_session(database)
    await database.close()
