"""Recordings that are brought into a session: how far each is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Row, func, insert, select, update

from schemas.errors import NotFound
from schemas.ids import PersonId, SessionId, TrackId
from schemas.session import Language
from server.store import tables
from server.store.database import Work, rows

State = Literal["receiving", "decoding", "decoded", "refused", "cancelled"]


@dataclass(frozen=True, slots=True)
class Upload:
    """position, length: seconds of sound, as far as is known. code: why it was refused."""

    id: str
    session_id: SessionId
    person_id: PersonId
    name: str
    size: int
    language: Language
    stereo: bool
    state: State
    position: float
    length: float
    tracks: tuple[TrackId, ...]
    code: str
    is_either: bool = False


async def add(work: Work, upload: Upload, *, at: float) -> None:
    """Store an upload that begins."""
    await work.connection.execute(
        insert(tables.upload).values(
            id=upload.id,
            session_id=upload.session_id,
            person_id=upload.person_id,
            name=upload.name,
            size=upload.size,
            language=upload.language.value,
            stereo=upload.stereo,
            either=upload.is_either,
            state=upload.state,
            at=at,
        )
    )


async def get(work: Work, upload_id: str) -> Upload:
    """Return an upload. Raises NotFound `upload.unknown`."""
    asked = select(tables.upload).where(tables.upload.c.id == upload_id)
    row = (await work.connection.execute(asked)).one_or_none()
    if row is None:
        raise NotFound("upload.unknown", upload=upload_id)
    return _upload(row)


async def of_session(work: Work, session_id: SessionId) -> Sequence[Upload]:
    """Return a session's uploads, newest first."""
    upload = tables.upload
    asked = select(upload).where(upload.c.session_id == session_id).order_by(upload.c.at.desc())
    return [_upload(row) for row in rows(await work.connection.execute(asked))]


async def decoding(work: Work) -> Sequence[Upload]:
    """Return what an earlier process did not finish."""
    asked = select(tables.upload).where(tables.upload.c.state == "decoding")
    return [_upload(row) for row in rows(await work.connection.execute(asked))]


async def receiving(work: Work) -> Sequence[Upload]:
    """Return what has not been sent whole."""
    asked = select(tables.upload).where(tables.upload.c.state == "receiving")
    return [_upload(row) for row in rows(await work.connection.execute(asked))]


async def give_up(work: Work, *, before: float) -> None:
    """Cancel what was begun before a moment and never sent whole."""
    upload = tables.upload
    await work.connection.execute(
        update(upload)
        .where(upload.c.state == "receiving", upload.c.at < before)
        .values(state="cancelled")
    )


async def change(work: Work, upload_id: str, **values: object) -> None:
    """Change some columns of an upload."""
    await work.connection.execute(
        update(tables.upload).where(tables.upload.c.id == upload_id).values(**values)
    )


async def move(work: Work, upload_id: str, among: State, **values: object) -> bool:
    """Change columns of an upload that is in this state; return whether it was."""
    upload = tables.upload
    moved = update(upload).where(upload.c.id == upload_id, upload.c.state == among)
    return (await work.connection.execute(moved.values(**values))).rowcount > 0


async def waiting(work: Work, upload: Upload) -> int:
    """Return how many utterances of an upload are not transcribed yet."""
    utterance = tables.utterance.c
    asked = select(func.count()).where(
        utterance.track_id.in_(upload.tracks), utterance.state == "pending"
    )
    return int((await work.connection.execute(asked)).scalar_one())


def _upload(row: Row[Any]) -> Upload:
    return Upload(
        row.id,
        SessionId(row.session_id),
        PersonId(row.person_id),
        row.name,
        row.size,
        Language(row.language),
        row.stereo,
        row.state,
        row.position,
        row.length,
        tuple(TrackId(one) for one in row.tracks),
        row.code,
        row.either,
    )
