"""What would keep the server from working, each finding with what to do about it."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from anyio import Path as AsyncPath

from schemas.errors import ColloquyError
from server.config import Settings
from server.store import migrate
from server.store.database import Database
from transcription import library, model
from web.assets import Assets

GIGABYTE = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, said in one line."""

    is_good: bool
    what: str


async def examine(settings: Settings) -> Sequence[Finding]:
    """Look at the data folder, the database, the pages' files and the model; changes nothing."""
    return [*_folder(settings.data), await _database(settings), *_parts(settings)]


def _folder(folder: Path) -> Iterator[Finding]:
    if not folder.is_dir():
        yield Finding(True, f"data folder {folder} will be made at the first start")
        return
    free = shutil.disk_usage(folder).free
    yield Finding(free > GIGABYTE, f"{free / GIGABYTE:.1f} GB free in {folder}")


async def _database(settings: Settings) -> Finding:
    where = "PostgreSQL" if settings.database_url.startswith("postgresql") else "SQLite"
    file = AsyncPath(settings.url.removeprefix("sqlite+aiosqlite:///"))
    if where == "SQLite" and not await file.exists():
        return Finding(True, "database will be made at the first start")
    database = Database(settings.url)
    try:
        at, needs = await migrate.current(database), migrate.head()
    except Exception as error:  # the drivers' errors have no common root
        return Finding(False, f"{where} does not answer: {type(error).__name__}")
    finally:
        await database.close()
    if at == needs:
        return Finding(True, f"{where} is at {at}")
    return Finding(where == "SQLite", f"{where} is at {at}, needs {needs}: colloquy migrate")


def _parts(settings: Settings) -> Iterator[Finding]:
    try:
        Assets.load()
        yield Finding(True, "pages' files are built")
    except ColloquyError as error:
        yield Finding(False, f"pages' files: {error.code}; run {error.fields.get('command', '')}")
    yield _model(settings.model, settings, "rooms run without speech")
    if settings.smaller_model:
        yield _model(settings.smaller_model, settings, "a room that is behind gets no relief")


def _model(name: str, settings: Settings, without: str) -> Finding:
    folder = library.found(name, settings.shelf)
    try:
        whole = model.check(folder, settings.engine)
    except ColloquyError as error:
        lacking = error.fields.get("lacking", "")
        return Finding(False, f"model {folder}: {error.code} {lacking}; {without}")
    return Finding(True, f"model {model.name_of(whole)} is whole")
