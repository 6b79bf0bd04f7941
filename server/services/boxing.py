"""A study in a box: everything of it in one archive, and from there into another server.

`study.json` holds the rows, `audio/<track>/` the recordings as they lie on disk. The same study gives
the same bytes, so that two servers can compare what they have by one hash. An archive comes from
anywhere: it is checked whole before a row or a file is written, and comes in whole or not at all.
"""

import base64
import hashlib
import json
import os
import re
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import anyio.to_thread
from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.errors import Conflict, Invalid, NotFound
from schemas.ids import StudyId, new_id
from server.domain.archives import BROKEN
from server.store import accounts, box_rows, boxes, search_rebuild, studies
from server.store.database import Database

VERSION = 1
MOST_ROW_BYTES = 2 << 30
MOST_AUDIO_BYTES = 512 << 30
MOST_FILES = 200_000
MOST_RATIO = 200
"""JSON of a study packs about tenfold; an archive that unpacks far beyond that is a bomb."""

_ROWS = "study.json"
_AUDIO = re.compile(r"audio/([A-Za-z0-9]{1,32})/([A-Za-z0-9][A-Za-z0-9._-]{0,79})")
_MOMENT = (1980, 1, 1, 0, 0, 0)
_BLOCK = 1 << 20
_UNREADABLE: tuple[type[Exception], ...] = (*BROKEN, KeyError)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Box(_Strict):
    format: Literal["colloquy-study"]
    version: Literal[1]
    tables: dict[str, list[dict[str, Any]]]


class Boxing:
    """Packs and unpacks studies. audio: the folder of the track store."""

    def __init__(self, database: Database, audio: Path) -> None:
        self._database = database
        self._audio = audio

    async def export(self, slug: str, target: Path) -> str:
        """Write a study's archive and return its SHA-256.

        Raises NotFound `study.unknown`, Conflict `box.taken` where the file is there already.
        """
        if await anyio.to_thread.run_sync(target.exists):
            raise Conflict("box.taken", file=str(target))
        async with self._database.read() as work:
            await search_rebuild.freeze(work)  # all tables as they are at one moment
            study = await studies.by_slug(work, slug)
            if study is None:
                raise NotFound("study.unknown", study=slug)
            found = await boxes.read(work, study.id)
        return await anyio.to_thread.run_sync(_pack, found, self._audio, target)

    async def unpack(self, source: Path, login: str) -> StudyId:
        """Bring an archive in; the account of that login owns the study. All of it or nothing.

        Raises Invalid `box.unreadable` {reason}, `box.version` or `box.foreign`, Conflict
        `box.exists`, NotFound `account.unknown`.
        """
        rows, files = await anyio.to_thread.run_sync(_read, source)
        tracks = {row["id"] for row in rows["track"]}
        if {track for track, _ in files} - tracks:
            raise Invalid("box.foreign", table="track")
        made: list[Path] = []
        aside = self._audio.parent / f"incoming-{new_id()}"
        try:
            await anyio.to_thread.run_sync(_staged, source, files, aside)
            async with self._database.write() as work:
                owner = await accounts.by_login(work, login)
                if owner is None:
                    raise NotFound("account.unknown", login=login)
                study_id = await boxes.write(work, rows, owner[0].id)
                _placed(aside, self._audio, made)  # renames, done within the unit of work
        except BaseException:  # whatever stopped it, cancellation too: no sound without its rows
            for folder in made:
                shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        return study_id


def _pack(found: boxes.Rows, audio: Path, target: Path) -> str:
    """Write beside the target and rename, so that no half archive is ever there."""
    half = target.with_name(f"{target.name}.part")
    try:
        with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            with archive.open(_entry(_ROWS, zipfile.ZIP_DEFLATED), "w", force_zip64=True) as out:
                for piece in _encoded(found):
                    out.write(piece)
            for row in found["track"]:
                for path in sorted((audio / row["id"]).glob("*")):
                    name = f"audio/{row['id']}/{path.name}"
                    if path.is_file() and _AUDIO.fullmatch(name):
                        info = _entry(name, zipfile.ZIP_STORED)
                        with (
                            path.open("rb") as file,
                            archive.open(info, "w", force_zip64=True) as out,
                        ):
                            shutil.copyfileobj(file, out, _BLOCK)
        digest = sha256_of(half)
        half.rename(target)
    finally:
        half.unlink(missing_ok=True)
    return digest


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _entry(name: str, method: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _MOMENT)
    info.compress_type = method
    info.external_attr = 0o600 << 16
    return info


def _encoded(found: boxes.Rows) -> Iterator[bytes]:
    yield b'{"format":"colloquy-study","version":1,"tables":{'
    for number, name in enumerate(boxes.HANGS_ON):
        yield (b"," if number else b"") + json.dumps(name).encode() + b":["
        for place, row in enumerate(found[name]):
            told = {key: _plain(value) for key, value in row.items()}
            text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            yield (b",\n" if place else b"\n") + text.encode()
        yield b"]\n"
    yield b"}}"


def _plain(value: object) -> object:
    return base64.b64encode(value).decode() if isinstance(value, bytes | memoryview) else value


def _read(source: Path) -> tuple[dict[str, list[boxes.Row]], list[tuple[str, str]]]:
    """Return rows and audio files of an archive, checked in every part."""
    try:
        with zipfile.ZipFile(source) as archive:
            files = _listed(archive)
            with archive.open(_ROWS) as packed:
                content = packed.read(MOST_ROW_BYTES + 1)
    except _UNREADABLE as error:
        raise _unreadable("archive") from error
    if len(content) > MOST_ROW_BYTES:
        raise _unreadable("size")
    try:
        told = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _unreadable("json") from error
    if isinstance(told, dict) and told.get("version") != VERSION:
        raise Invalid("box.version", version=str(told.get("version")), reads=VERSION)
    return _checked(told), files


def _listed(archive: zipfile.ZipFile) -> list[tuple[str, str]]:
    """The audio files of an archive. Anything else in it, twice in it or far too large is refused."""
    infos = archive.infolist()
    names = [info.filename for info in infos]
    if len(infos) > MOST_FILES or len(set(names)) != len(names) or names.count(_ROWS) != 1:
        raise _unreadable("files")
    found = []
    for info in infos:
        if info.filename != _ROWS:
            named = _AUDIO.fullmatch(info.filename)
            if named is None:
                raise _unreadable("files")
            found.append((named[1], named[2]))
        if info.file_size > MOST_RATIO * max(info.compress_size, 1024):
            raise _unreadable("size")
    if sum(info.file_size for info in infos) > MOST_AUDIO_BYTES:
        raise _unreadable("size")
    return found


def _checked(told: object) -> dict[str, list[boxes.Row]]:
    try:
        box = _Box.model_validate(told)
        if set(box.tables) != set(boxes.HANGS_ON):
            raise _unreadable("tables")
        return {
            name: [
                box_rows.model_of(name).model_validate(row).model_dump() for row in box.tables[name]
            ]
            for name in boxes.HANGS_ON
        }
    except ValidationError as error:
        where = ".".join(str(step) for step in error.errors(include_input=False)[0]["loc"])
        raise _unreadable(where or "json") from error


def _staged(source: Path, files: Sequence[tuple[str, str]], aside: Path) -> None:
    """Unpack the recordings beside the track store; a broken one is refused."""
    try:
        with zipfile.ZipFile(source) as archive:
            for track, name in files:
                folder = aside / track
                folder.mkdir(parents=True, exist_ok=True)
                with (
                    archive.open(f"audio/{track}/{name}") as packed,
                    (folder / name).open("xb") as file,
                ):
                    shutil.copyfileobj(packed, file, _BLOCK)
                    file.flush()
                    os.fsync(file.fileno())
    except BROKEN as error:
        raise _unreadable("audio") from error


def _placed(aside: Path, audio: Path, made: list[Path]) -> None:
    """Move staged recordings into the track store; `made` grows by what was moved."""
    audio.mkdir(parents=True, exist_ok=True)
    for folder in sorted(aside.iterdir()) if aside.exists() else ():
        target = audio / folder.name
        if target.exists():
            raise Conflict("box.exists")
        folder.rename(target)
        made.append(target)


def _unreadable(reason: str) -> Invalid:
    return Invalid("box.unreadable", reason=reason)
