"""The silent step on the wire: no byte, count or page of another tells that somebody marked."""

import asyncio
import json
import re
from pathlib import Path

import anyio
import pytest

from schemas import wire
from schemas.ids import EntryId
from schemas.session import Bilingual
from schemas.taxonomy import Entry, EntryKind, EntryState, Scope
from server.routes.transport import TransportProtocol
from server.store import entries
from server.store.database import Database
from tests.realtime.people import member
from tests.server.house import House
from tests.server.method import MODERATOR, SESSION, STAGE, STUDY, WANG, key
from tests.server.routes.test_live import Remote, serving

PATH = f"/sessions/{SESSION}/priorities"
PROBLEM = EntryId("problem-silent")
_CHANGES = re.compile(r'(name="(key|token)" value|nonce)="[^"]*"')


async def _problem(database: Database) -> None:
    entry = Entry(
        PROBLEM, STUDY, EntryKind.PROBLEM, None, Bilingual("Pumps are silent", "泵站无数据"),
        Bilingual(), Scope.LOCAL, EntryState.ACTIVE, 1, 1,
    )  # fmt: skip
    async with database.write() as work:
        await entries.add(work, entry, slug=PROBLEM, stage_id=STAGE)


async def _fill(url: str) -> None:
    database = Database(url)
    await _problem(database)
    await database.close()


@pytest.mark.anyio
async def test_no_frame_leaves_while_units_mark(sqlite_url: str, tmp_path: Path) -> None:
    async with serving(sqlite_url, tmp_path / "data", TransportProtocol) as live:
        await _problem(live.state.database)
        bob = Remote(member("bob", 105))
        await bob.connect(live)
        service = live.state.priorities

        await service.open(MODERATOR, [EntryKind.PROBLEM], 3, key=key(1))
        frames = await _until_told(bob)
        for urgent, ours in (((PROBLEM,), ()), ((), (PROBLEM,)), ((PROBLEM,), (PROBLEM,))):
            await service.mark(WANG, urgent, ours, base=0)
        await service.close(MODERATOR, key=key(2))
        frames = await _until_told(bob)

        events = [json.loads(protocol_text(one)) for one in frames if one[0] == wire.STUDY_EVENT]
        assert [one["kind"] for one in events] == ["session", "priorities"]
        assert not any(PROBLEM.encode() in one for one in frames)
        assert [one[0] for one in frames if one[0] in _TELLING] == [wire.STUDY_EVENT] * 2
        await bob.link.close()


_TELLING = {wire.STUDY_EVENT, 0}
"""Kinds of messages that a change of the session would come by: events, and the document's."""


def protocol_text(frame: bytes) -> str:
    """The JSON text behind the kind and the length of a message."""
    return frame[frame.index(b"{") :].decode()


async def _until_told(remote: Remote) -> list[bytes]:
    """Everything that comes by up to the next word of priorities."""
    frames: list[bytes] = []
    with anyio.fail_after(10):
        while not frames or b'"priorities"' not in frames[-1]:
            message = await remote.link.recv()
            assert isinstance(message, bytes)
            frames.append(message)
    return frames


def test_another_units_page_is_the_same_to_the_byte(app: House, sqlite_url: str) -> None:
    asyncio.run(_fill(sqlite_url))
    chair, wang, li = app.browser(), app.browser(), app.browser("192.0.2.11")
    chair.sign_in()
    wang.join("Wang Fang", "water")
    li.join("Li Na", "traffic")
    nothing = {"do": "mark", "base": "0"}
    assert wang.post(PATH, nothing).status_code == 409
    assert chair.post(
        PATH, {"do": "open", "kind": "problem", "most": "2", "key": key(1)}
    ).is_redirect
    before = _page(li)
    assert "Pumps are silent" in before

    assert wang.post(PATH, nothing | {"urgent": PROBLEM, "ours": PROBLEM}).is_redirect
    kept = wang.post(PATH, nothing | {"urgent": PROBLEM}, hx_request="true")

    assert "Kept. Nobody else sees it" in kept.text
    assert "urgent 1, ours to solve 2" in kept.text
    assert _page(li) == before
    assert "Units that have marked: 1" in chair.get(PATH).text
    assert "checked" not in chair.get(PATH).text.split("<details")[0]
    assert li.post(PATH, nothing | {"urgent": "elsewhere"}).status_code == 422
    assert wang.post(PATH, {"do": "close", "key": key(2)}).status_code == 403

    assert chair.post(PATH, {"do": "close", "key": key(3)}).is_redirect

    for browser in (chair, wang, li):
        assert "Urgent: 1 of 1 units · Ours to solve: 0 of 1 units" in browser.get(PATH).text
    assert "1 of 1 units" in chair.get(f"/studies/{STUDY}/solutions").text
    assert "1 of 1 units" in li.get(f"/entries/{PROBLEM}").text
    assert chair.post(PATH, {"do": "nothing"}).status_code == 422


def _page(browser) -> str:  # type: ignore[no-untyped-def]
    return _CHANGES.sub("", browser.get(PATH).text)
