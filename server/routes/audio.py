"""Sound over HTTP and its socket: opening a microphone, playing a recording, hearing a track."""

import re
from collections.abc import AsyncIterator

import anyio
import structlog
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from schemas import wire
from schemas.errors import ColloquyError, Forbidden, Invalid, NotFound, Unavailable
from schemas.ids import SessionId, TrackId
from schemas.session import Language, Person
from server.routes.errors import close_code
from server.routes.request import (
    app_state,
    json_body,
    login_of,
    person_in,
    same_origin,
)
from server.services.accounts import NotSignedIn
from server.services.recordings import Ogg, Wav
from server.services.sockets import of_login
from transcription.ear import Ack, Intake
from transcription.errors import DiskFull, DiskSlow

CHUNK_BYTES = 256 * 1024
log = structlog.get_logger()
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: str


class _Playback(_Body):
    speed: float = Field(ge=0)


class _Microphone(_Body):
    language: Language
    either: bool = False
    room: bool = False


async def playback(request: Request) -> Response:
    """`POST /api/sessions/{session}/playback`: play the bundled recording; speed 0 stops it."""
    asked = await json_body(request, _Playback)
    person = await person_in(request, SessionId(request.path_params["session"]))
    player = app_state(request).player
    return JSONResponse(await player.play(person, speed=asked.speed, key=asked.key))


async def track(request: Request) -> Response:
    """`POST /api/sessions/{session}/tracks`: open a microphone; answers {track, ticket}."""
    asked = await json_body(request, _Microphone)
    person = await person_in(request, SessionId(request.path_params["session"]))
    state = app_state(request)
    opened = await state.recordings.microphone(
        person,
        language=asked.language,
        is_room=asked.room,
        key=asked.key,
        is_either=asked.either,
    )
    return JSONResponse({"track": opened, "ticket": _issued(request, person, opened)})


async def ticket(request: Request) -> Response:
    """`POST /api/tracks/{track}/ticket`: a fresh ticket to go on with a track."""
    state = app_state(request)
    track_id = TrackId(request.path_params["track"])
    person = await person_in(request, await state.recordings.session_of(track_id))
    await state.recordings.resumable(track_id, person)
    return JSONResponse({"ticket": _issued(request, person, track_id)})


def _issued(request: Request, person: Person, track_id: TrackId) -> str:
    """A ticket to the track's socket, which ends with the login that asks for it."""
    credential = of_login(login_of(request).token_sha256)
    return app_state(request).tickets.issue("audio", person, track_id, credential=credential)


async def wav(request: Request) -> Response:
    """`GET /tracks/{track}/audio.wav`: the track, or a range of its bytes, also while it grows."""
    state = app_state(request)
    track_id = TrackId(request.path_params["track"])
    await _hearer_of(request, track_id)
    found = await state.recordings.wav(track_id)
    return _ranged(request, found, "audio/wav")


async def ogg(request: Request) -> Response:
    """`GET /tracks/{track}/audio.opus`: what is finished of the track, or a range of its bytes."""
    state = app_state(request)
    track_id = TrackId(request.path_params["track"])
    await _hearer_of(request, track_id)
    found = await state.recordings.ogg(track_id)
    return _ranged(request, found, "audio/ogg; codecs=opus")


async def _hearer_of(request: Request, track_id: TrackId) -> None:
    """Pass for who is in the track's session or runs its study. Raises NotFound `track.unknown`."""
    state = app_state(request)
    session_id = await state.recordings.session_of(track_id)
    if not await state.joining.may_hear(login_of(request), session_id):
        raise NotFound("track.unknown", track=track_id)


def _ranged(request: Request, found: Wav | Ogg, media_type: str) -> Response:
    headers = {"Accept-Ranges": "bytes", "Cache-Control": "private, no-cache"}
    span = wanted_range(request.headers.get("range"), found.size)
    start, end = span or (0, found.size)
    if start == end:
        headers["Content-Range"] = f"bytes */{found.size}"
        return Response(status_code=416, headers=headers)
    if span is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{found.size}"
    headers["Content-Length"] = str(end - start)
    body = _chunks(found, start, start if request.method == "HEAD" else end)
    return StreamingResponse(body, 206 if span else 200, headers, media_type=media_type)


def wanted_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Return (start, end) of the bytes that a Range header asks for; (0, 0) if there are none.

    None, for the whole, where there is no header or one of a kind that a server may ignore:
    other units, or several ranges (RFC 9110, section 14.2).
    """
    asked = _RANGE.fullmatch(header.strip()) if header else None
    if asked is None or asked.groups() == ("", ""):
        return None
    first, last = asked.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1 if last else size)
    return (start, end) if start < end else (0, 0)


async def audio_socket(websocket: WebSocket) -> None:
    """`/ws/audio/{track}?ticket=`: frames up, acks down, until track, socket or login ends."""
    state = app_state(websocket)
    if state.draining:
        raise Unavailable("server.draining")
    if not same_origin(websocket):
        raise Forbidden("socket.origin")
    track_id = TrackId(websocket.path_params["track"])
    await state.recordings.require_here(track_id)
    redeemed = state.tickets.redeem(websocket.query_params.get("ticket", ""), "audio", track_id)
    await websocket.accept()
    refused: ColloquyError | None = None
    try:
        await state.recordings.resumable(track_id, redeemed.person)
        intake = await state.recordings.listen(track_id)
        over = anyio.Event()
        with state.sockets.held(redeemed.credential, over.set):
            await _hear(websocket, intake, over)
        await state.recordings.end(track_id)
        await websocket.close()
    except* WebSocketDisconnect:
        log.info("audio.cut_off", track=track_id)  # it keeps what was not acknowledged
    except* ColloquyError as errors:
        refused = _first(errors)
    if refused is not None:
        await _refuse(websocket, refused)


async def _hear(websocket: WebSocket, intake: Intake, over: anyio.Event) -> None:
    """Take frames and send acks side by side; returns when the track has ended.

    Raises WebSocketDisconnect, or NotSignedIn once the login is `over`.
    """
    ack = await intake.acked(-1)
    await _tell(websocket, "resume", ack)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_acknowledge, websocket, intake, ack)
        tasks.start_soon(_end_with_login, over)
        while not intake.is_ended:
            event = await websocket.receive()
            if event["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(event.get("code", 1005))
            message = event.get("bytes")
            if message is None:
                raise Invalid("audio.frame", reason="not binary")
            frame = wire.AudioFrame.decode(message)
            with anyio.CancelScope(shield=True):  # what is recorded is heard, whatever ends
                await intake.receive(frame)
        tasks.cancel_scope.cancel()
    await _tell(websocket, "ack", await intake.acked(-1))


async def _acknowledge(websocket: WebSocket, intake: Intake, ack: Ack) -> None:
    while True:
        ack = await intake.acked(ack.sample)
        await _tell(websocket, "ack", ack)


async def _end_with_login(over: anyio.Event) -> None:
    await over.wait()
    raise NotSignedIn("login.needed")


async def _tell(websocket: WebSocket, what: str, ack: Ack) -> None:
    await websocket.send_json({"type": what, "seq": ack.seq, "sample": ack.sample})


async def _refuse(websocket: WebSocket, error: ColloquyError) -> None:
    """Say why for good; of a disk that is full or slow the close code says enough: try again.

    The browser keeps half an hour of sound meanwhile, and every page says that the disk is full.
    """
    if not isinstance(error, DiskFull | DiskSlow):
        await websocket.send_json({"type": "refused", "code": error.code})
    await websocket.close(close_code(error), error.code)


def _first(errors: BaseExceptionGroup[ColloquyError]) -> ColloquyError:
    """The error of a group that may hold groups."""
    found = errors.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found


async def _chunks(found: Wav | Ogg, start: int, end: int) -> AsyncIterator[bytes]:
    for at in range(start, end, CHUNK_BYTES):
        yield await found.read(at, min(end, at + CHUNK_BYTES))
