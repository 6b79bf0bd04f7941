"""Microphones and tracks over HTTP and the socket, in the real app."""

import asyncio
import io
import json
from pathlib import Path

import av
import pytest
from sqlalchemy import insert, select, update
from starlette.testclient import WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from schemas.ids import LineId
from schemas.wire import CLOSE_TRY_LATER, CLOSE_UNAUTHENTICATED, FLAG_END
from server.routes.audio import wanted_range
from server.store import tables
from server.store.database import Database
from tests.server.house import ORIGIN, Browser, House, house
from tests.server.method import SESSION, STAGE, STUDY, WATER, key
from tests.server.routes.crawling import take_back
from tests.transcription.memory import frame, noise

SAMPLES = noise(1.0)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-", (0, 100)),
        ("bytes=10-19", (10, 20)),
        ("bytes=90-500", (90, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-500", (0, 100)),
        ("bytes=100-", (0, 0)),
        ("bytes=20-10", (0, 0)),
        ("bytes=-0", (0, 0)),
        ("bytes=0-1,5-6", None),
        ("bytes=-", None),
        ("lines=1-2", None),
        (f"bytes={'9' * 5_000}-", None),
    ],
)
def test_a_range_header_is_read_as_the_standard_says(
    header: str | None, expected: tuple[int, int] | None
) -> None:
    assert wanted_range(header, 100) == expected


def command(browser: Browser, path: str, body: dict[str, object]):  # type: ignore[no-untyped-def]
    """Send a JSON command as the pages' script does."""
    headers = {"Origin": ORIGIN, "X-Colloquy-Token": browser.token()}
    return browser.client.post(path, json=body, headers=headers)


def microphone(browser: Browser, number: int = 1) -> tuple[str, str]:
    asked = {"key": key(number), "language": "en", "room": False}
    answer = command(browser, f"/api/sessions/{SESSION}/tracks", asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["track"], answer.json()["ticket"]


def socket(browser: Browser, track: str, ticket: str) -> WebSocketTestSession:
    path = f"ws://127.0.0.1:8000/ws/audio/{track}?ticket={ticket}"
    return browser.client.websocket_connect(path, headers={"Origin": ORIGIN})


def send_all(heard: WebSocketTestSession, from_seq: int = 0) -> None:
    for seq in range(from_seq, 10):
        flags = FLAG_END if seq == 9 else 0
        part = SAMPLES[seq * 1600 : (seq + 1) * 1600]
        heard.send_bytes(frame(seq, seq * 1600, part, flags).encode())


def record(browser: Browser) -> str:
    track, ticket = microphone(browser)
    with socket(browser, track, ticket) as heard:
        send_all(heard)
        while heard.receive()["type"] != "websocket.close":
            pass
    return track


@pytest.fixture
def expert(app: House) -> Browser:
    browser = app.browser()
    browser.join()
    return browser


def test_frames_go_up_and_acks_come_down_until_all_is_on_disk(expert: Browser) -> None:
    track, ticket = microphone(expert)

    with socket(expert, track, ticket) as heard:
        first = heard.receive_json()
        send_all(heard)
        acks = [heard.receive_json()]
        while acks[-1]["sample"] < len(SAMPLES):
            acks.append(heard.receive_json())
        while (last := heard.receive())["type"] == "websocket.send":
            acks.append(json.loads(last["text"]))

    assert first == {"type": "resume", "seq": 0, "sample": 0}
    assert {ack["type"] for ack in acks} == {"ack"}
    assert (acks[-1]["seq"], acks[-1]["sample"]) == (10, len(SAMPLES))
    assert (last["type"], last["code"]) == ("websocket.close", 1000)


def test_a_browser_that_was_cut_off_goes_on_where_the_disk_is(expert: Browser) -> None:
    track, ticket = microphone(expert)
    with socket(expert, track, ticket) as heard:
        heard.receive_json()
        heard.send_bytes(frame(0, 0, SAMPLES[:1600]).encode())
        assert heard.receive_json()["sample"] == 1600

    again = command(expert, f"/api/tracks/{track}/ticket", {"key": key(2)})
    with socket(expert, track, again.json()["ticket"]) as heard:
        resumed = heard.receive_json()
        send_all(heard)
        while heard.receive_json()["sample"] < len(SAMPLES):
            pass

    wav = expert.get(f"/tracks/{track}/audio.wav").content
    assert resumed == {"type": "resume", "seq": 1, "sample": 1600}
    assert wav[44:] == SAMPLES.tobytes()


def test_nonsense_is_refused_with_its_code(expert: Browser) -> None:
    track, ticket = microphone(expert)

    with socket(expert, track, ticket) as heard:
        heard.receive_json()
        heard.send_bytes(b"nonsense")
        refused = heard.receive_json()
        with pytest.raises(WebSocketDisconnect) as closed:
            heard.receive_json()

    assert refused == {"type": "refused", "code": "audio.frame"}
    assert closed.value.code == 4400


def test_a_disk_that_fills_up_sends_nobody_away_for_good(sqlite_url: str, tmp_path: Path) -> None:
    with house(sqlite_url, tmp_path / "data") as app:
        browser = app.browser()
        browser.join()
        track, ticket = microphone(browser)
        login = dict(browser.client.cookies)
    full = 1 << 40  # megabytes

    with house(sqlite_url, tmp_path / "data", is_new=False, keep_free=full) as app:
        browser = app.browser()
        browser.client.cookies.update(login)
        asked = {"key": key(2), "language": "en", "room": False}
        refused = command(browser, f"/api/sessions/{SESSION}/tracks", asked)
        again = command(browser, f"/api/tracks/{track}/ticket", {"key": key(3)})
        with socket(browser, track, again.json()["ticket"]) as heard:
            first = heard.receive_json()
            heard.send_bytes(frame(0, 0, SAMPLES[:1600]).encode())
            closed = heard.receive()

    assert ticket
    assert (refused.status_code, refused.json()["code"]) == (503, "audio.disk_full")
    assert first["sample"] == 0
    assert (closed["type"], closed["code"]) == ("websocket.close", CLOSE_TRY_LATER)


def test_a_ticket_opens_one_socket_once(expert: Browser) -> None:
    track, ticket = microphone(expert)
    with socket(expert, track, ticket) as heard:
        heard.receive_json()

    with socket(expert, track, ticket) as heard:
        again = heard.receive()
    with socket(expert, "another", ticket) as heard:
        elsewhere = heard.receive()

    assert (again["type"], again["code"]) == ("websocket.close", 4403)
    assert (elsewhere["type"], elsewhere["code"]) == ("websocket.close", 4403)


@pytest.mark.parametrize("resumed", [False, True])
def test_a_microphone_is_cut_when_its_login_ends_and_what_was_said_is_kept(
    app: House, expert: Browser, resumed: bool
) -> None:
    track, ticket = microphone(expert)
    if resumed:
        again = command(expert, f"/api/tracks/{track}/ticket", {"key": key(2)})
        ticket = again.json()["ticket"]
    other = app.browser("192.0.2.11")
    other.join("Somebody else")
    with socket(expert, track, ticket) as heard, socket(other, *microphone(other)) as goes_on:
        heard.receive_json()
        goes_on.receive_json()
        heard.send_bytes(frame(0, 0, SAMPLES[:1600]).encode())
        while heard.receive_json()["sample"] < 1600:
            pass

        expert.post("/logout")
        refused = heard.receive_json()
        with pytest.raises(WebSocketDisconnect) as closed:
            heard.receive_json()
        send_all(goes_on)
        while goes_on.receive_json()["sample"] < len(SAMPLES):
            pass

    denied = command(expert, f"/api/tracks/{track}/ticket", {"key": key(3)})
    wav = other.get(f"/tracks/{track}/audio.wav").content
    assert refused == {"type": "refused", "code": "login.needed"}
    assert closed.value.code == CLOSE_UNAUTHENTICATED
    assert denied.status_code in (401, 403)
    assert wav[44:] == SAMPLES[:1600].tobytes()


def test_another_site_cannot_open_the_socket(expert: Browser) -> None:
    track, ticket = microphone(expert)
    path = f"ws://127.0.0.1:8000/ws/audio/{track}?ticket={ticket}"

    with expert.client.websocket_connect(path, headers={"Origin": "http://evil.example"}) as heard:
        refused = heard.receive()

    assert (refused["type"], refused["code"]) == ("websocket.close", 4403)


def test_audio_is_served_whole_in_parts_and_not_beyond_its_end(expert: Browser) -> None:
    path = f"/tracks/{record(expert)}/audio.wav"

    whole = expert.get(path)
    part = expert.get(path, Range="bytes=44-143")
    rest = expert.get(path, Range="bytes=0-")
    beyond = expert.get(path, Range="bytes=99999999-")
    head = expert.head(path)

    assert (whole.status_code, whole.headers["content-type"]) == (200, "audio/wav")
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.content[44:] == SAMPLES.tobytes()
    assert part.status_code == 206
    assert part.headers["content-range"] == f"bytes 44-143/{len(whole.content)}"
    assert part.content == whole.content[44:144]
    assert (rest.status_code, rest.content) == (206, whole.content)
    assert beyond.status_code == 416
    assert beyond.headers["content-range"] == f"bytes */{len(whole.content)}"
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))


def test_a_track_that_has_ended_is_served_as_opus_too(app: House, expert: Browser) -> None:
    track = record(expert)
    path = f"/tracks/{track}/audio.opus"

    early = expert.get(path, Accept="application/json")
    app.compact()
    whole = expert.get(path)
    part = expert.get(path, Range="bytes=40-139")
    lossless = expert.get(f"/tracks/{track}/audio.wav", Range="bytes=44-")

    assert early.json()["code"] == "audio.not_finished"
    assert whole.headers["content-type"] == "audio/ogg; codecs=opus"
    assert (part.status_code, part.content) == (206, whole.content[40:140])
    assert part.headers["content-range"] == f"bytes 40-139/{len(whole.content)}"
    assert lossless.content == SAMPLES.tobytes()
    with av.open(io.BytesIO(whole.content)) as container:
        assert float(container.duration) / av.time_base == pytest.approx(1.0, abs=0.03)


def test_a_stranger_hears_nothing(app: House, expert: Browser, tmp_path: Path) -> None:
    track = record(expert)

    assert app.browser().get(f"/tracks/{track}/audio.wav").status_code in (303, 401, 404)
    assert expert.get("/tracks/nowhere/audio.wav").status_code == 404


def test_sound_is_for_who_was_there_and_its_evidence_for_the_whole_study(
    app: House, expert: Browser, sqlite_url: str
) -> None:
    track = record(expert)
    owner, next_door = app.browser("192.0.2.11"), app.browser("192.0.2.12")
    owner.sign_in()
    piece = evidence_of(sqlite_url, track)
    next_door_to(app, next_door, sqlite_url)
    whole = f"/tracks/{track}/audio.wav"

    assert [who.get(whole).status_code for who in (expert, owner)] == [200, 200]
    assert next_door.get(whole, Accept="application/json").json()["code"] == "track.unknown"
    assert next_door.get(f"/tracks/{track}/audio.opus").status_code == 404
    page = next_door.get("/entries/heard").text
    assert piece in page
    assert track not in page
    assert "transcript#" not in page
    assert whole in owner.get("/entries/heard").text
    heard = next_door.get(piece)
    assert (heard.status_code, len(heard.content)) == (200, 44 + 2 * 12_800)  # 0 to 0.8 seconds
    assert app.browser("192.0.2.13").get(piece).status_code == 401


def test_what_a_unit_withdrew_is_silent(app: House, expert: Browser, sqlite_url: str) -> None:
    track = record(expert)
    piece = evidence_of(sqlite_url, track)
    app.compact()
    asyncio.run(taken_back(sqlite_url, LineId("heard-line")))

    sound = expert.get(f"/tracks/{track}/audio.wav", Range="bytes=44-").content
    inside = expert.get(f"/tracks/{track}/audio.wav", Range="bytes=101-200").content
    finished = expert.get(f"/tracks/{track}/audio.opus", Accept="application/json")

    assert (sound, inside) == (bytes(len(sound)), bytes(100))  # half a second around it as well
    assert finished.json()["code"] == "audio.hushed"
    assert expert.get(piece).status_code == 404


def evidence_of(url: str, track: str) -> str:
    """Let an entry rest on a line that was said on the track; return where that sounds."""

    async def fill() -> None:
        database = Database(url)
        entry: dict[str, object] = {"id": "heard", "study_id": STUDY, "stage_id": STAGE}
        entry |= {"kind": "problem", "label_en": "Heard", "label_zh": "", "order": 0, "version": 1}
        entry |= {"definition_en": "", "definition_zh": "", "scope": "unknown", "slug": "heard"}
        line: dict[str, object] = {"id": "heard-line", "session_id": SESSION, "track_id": track}
        line |= {"at": 1.0, "start": 0.4, "end": 0.8, "speaker": "Wang Fang", "presumed": False}
        line |= {"source": "spoken", "language": "en", "text": "It is so.", "unit_id": WATER}
        piece: dict[str, object] = {"id": "piece", "entry_id": "heard", "session_id": SESSION}
        piece |= {"line_id": "heard-line", "track_id": track, "start": 0.4, "end": 0.8}
        async with database.write() as work:
            for table, row in (
                (tables.entry, {**entry, "state": "active"}),
                (tables.line, line),
                (tables.evidence, {**piece, "quote": "It is so."}),
            ):
                await work.connection.execute(insert(table).values(created_at=1.0, **row))
        await database.close()

    asyncio.run(fill())
    return "/entries/heard/evidence/piece/sound"


async def taken_back(url: str, line_id: LineId) -> None:
    """Let the line's unit withdraw it on return."""
    database = Database(url)
    await take_back(database, line_id)
    await database.close()


def next_door_to(app: House, browser: Browser, url: str) -> None:
    """Let the browser be in another session of the same study, and in no other."""
    browser.join("Li Wei", "traffic")

    async def move() -> None:
        database = Database(url)
        sitting: dict[str, object] = {"id": "next", "study_id": STUDY, "stage_id": STAGE}
        sitting |= {"kind": "focus_group", "title_en": "Next", "title_zh": "", "state": "live"}
        sitting |= {"language": "en", "code": "", "code_sha256": "next", "opened_at": 1000.0}
        async with database.write() as work:
            await work.connection.execute(insert(tables.session).values(created_at=1.0, **sitting))
            person, known = tables.person, tables.login_person
            moved = select(person.c.id).where(person.c.name == "Li Wei").scalar_subquery()
            for changed, column in ((known, known.c.person_id), (person, person.c.id)):
                await work.connection.execute(
                    update(changed).where(column == moved).values(session_id="next")
                )
        await database.close()

    asyncio.run(move())


def test_only_a_moderator_plays_and_only_what_there_is(app: House, expert: Browser) -> None:
    moderator = app.browser()
    moderator.sign_in()
    path = f"/api/sessions/{SESSION}/playback"

    by_expert = command(expert, path, {"key": key(1), "speed": 1})
    unknown = command(moderator, path, {"key": key(2), "speed": 1})
    stopped = command(moderator, path, {"key": key(3), "speed": 0})
    wrong = command(moderator, path, {"key": key(4), "speed": "fast"})

    assert by_expert.status_code == 403
    assert unknown.json()["code"] == "recording.unknown"
    assert (stopped.status_code, stopped.json()) == (200, {"track": ""})
    assert wrong.status_code == 422
