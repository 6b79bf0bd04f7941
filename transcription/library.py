"""Models on this machine: which there are, and how one comes in from a stick, a mirror or the hub.

A model comes in whole or not at all: its files are gathered in a folder of their own, compared with
`SHA256SUMS` where the source has one, loaded once by a worker process, and only then given their
name. Nothing here runs while a session does; nothing else ever fetches a model.
"""

import hashlib
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from schemas.session import Language
from transcription import bundled, model, model_settings
from transcription.engine import Loading
from transcription.errors import ModelUnusable
from transcription.pool import Worker

HUB = "https://huggingface.co"
REPOSITORIES = {
    "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
}
SUMS = "SHA256SUMS"
BLOCK = 1 << 20
NET_PATIENCE = 30.0

Progress = Callable[[str, int], None]
"""Told a file's name and how many of its bytes are there."""


@dataclass(frozen=True, slots=True)
class Shelved:
    """A model on this machine. problem: the code of what keeps it from being used, or ""."""

    name: str
    path: Path
    bytes: int
    problem: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A model that was loaded by a worker process."""

    name: str
    languages: tuple[Language, ...]


def found(named: str, shelf: Path) -> Path:
    """Return where a model is: the demo's for "", a path, or a name on the shelf."""
    if not named:
        return bundled.MODEL
    path = Path(named)
    is_name = len(path.parts) == 1 and not path.exists()
    return shelf / named if is_name else path


def shelved(shelf: Path) -> Sequence[Shelved]:
    """Return the demo's model and all models on the shelf, by name."""
    folders = sorted(one for one in _folders(shelf) if not one.name.startswith("."))
    return [_shelved(bundled.MODEL), *map(_shelved, folders)]


async def checked(path: Path, loading: Loading | None = None) -> Checked:
    """Load a model in a worker process as a session would. Raises ModelUnusable."""
    how = loading or Loading()
    model.check(path, how.engine)
    async with Worker(path, how) as worker:
        return Checked(worker.model, worker.languages)


async def fetched(name: str, source: str, shelf: Path, tell: Progress) -> Checked:
    """Bring a model onto the shelf. source: a folder, a mirror's address, or "" for the hub.

    Raises ModelUnusable: `ear.model_there`, `ear.model_source` {reason}, `ear.model_sums` {name}, or
    what `checked` raises; then nothing of it stays.
    """
    target = _free(shelf, name)
    gathering = shelf / f".fetching-{target.name}"
    shutil.rmtree(gathering, ignore_errors=True)
    gathering.mkdir(parents=True)
    try:
        if source and not urlsplit(source).scheme.startswith("http"):
            _copy(Path(source), gathering, tell)
        else:
            _download(source or _hub(name), gathering, tell)
        _compare(gathering)
        result = await checked(gathering)
        gathering.replace(target)
    finally:
        shutil.rmtree(gathering, ignore_errors=True)
    return Checked(model.name_of(target), result.languages)


def place(shelf: Path, name: str, make: Callable[[Path], None]) -> Path:
    """Have `make` fill a new model's folder, check it, and put it on the shelf under `name`.

    Raises ModelUnusable; then nothing of it stays.
    """
    target = _free(shelf, name)
    making = shelf / f".making-{name}"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    try:
        make(making)
        model.check(making)
        making.replace(target)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return target


def _free(shelf: Path, name: str) -> Path:
    folder = name.rpartition("/")[2]
    if not folder or folder.startswith("."):
        raise ModelUnusable("ear.model_source", reason=f"{name!r} is no name for a model")
    if (shelf / folder).exists():
        raise ModelUnusable("ear.model_there", directory=str(shelf / folder))
    return shelf / folder


def _folders(shelf: Path) -> Sequence[Path]:
    return [one for one in shelf.iterdir() if one.is_dir()] if shelf.is_dir() else []


def _shelved(path: Path) -> Shelved:
    size = sum(one.stat().st_size for one in path.iterdir() if one.is_file())
    try:
        model.check(path)
        model_settings.read(path)
    except ModelUnusable as error:
        return Shelved(model.name_of(path), path, size, error.code)
    return Shelved(model.name_of(path), path, size, "")


def _copy(source: Path, target: Path, tell: Progress) -> None:
    """Copy what a model needs and its checksums, each read back from where it was put."""
    model.check(source)
    for name in (*model.NEEDED, *model.VOCABULARIES, model_settings.FILE, SUMS):
        if (source / name).is_file():
            try:
                shutil.copyfile(source / name, target / name)
            except OSError as error:
                raise ModelUnusable("ear.model_source", reason=str(error)) from error
            if _digest(source / name) != _digest(target / name):
                raise ModelUnusable("ear.model_sums", name=name)
            tell(name, (target / name).stat().st_size)


def _hub(name: str) -> str:
    repository = name if "/" in name else REPOSITORIES.get(name, f"Systran/faster-whisper-{name}")
    return f"{HUB}/{repository}/resolve/main/"


def _download(mirror: str, target: Path, tell: Progress) -> None:
    base = mirror if mirror.endswith("/") else mirror + "/"
    for name in model.NEEDED:
        if _get(urljoin(base, name), target / name, tell):
            continue
        if name != model.OPTIONAL_AT_SOURCE:
            raise ModelUnusable("ear.model_source", reason=f"{urljoin(base, name)} is not there")
        (target / name).write_text('{"feature_size": 80, "sampling_rate": 16000}\n', "utf-8")
    for name in (*model.VOCABULARIES, model_settings.FILE, SUMS):
        _get(urljoin(base, name), target / name, tell)


def _get(url: str, path: Path, tell: Progress) -> bool:
    """Fetch one file; False where the mirror has none. Raises ModelUnusable."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise ModelUnusable("ear.model_source", reason=f"{url} is no web address")
    try:
        with (
            urllib.request.urlopen(url, timeout=NET_PATIENCE) as answer,  # noqa: S310 - checked above
            path.open("wb") as file,
        ):
            expected = answer.headers.get("Content-Length")
            while block := answer.read(BLOCK):
                file.write(block)
                tell(path.name, file.tell())
            if expected is not None and file.tell() != int(expected):
                raise ModelUnusable("ear.model_source", reason=f"{url} broke off")
    except urllib.error.HTTPError as error:
        path.unlink(missing_ok=True)
        if error.code == 404:
            return False
        raise ModelUnusable("ear.model_source", reason=f"{url}: {error.code}") from error
    except (OSError, ValueError) as error:
        raise ModelUnusable("ear.model_source", reason=f"{url}: {error}") from error
    return True


def _compare(folder: Path) -> None:
    """Hold every file to the source's SHA256SUMS, where it brought one."""
    if not (folder / SUMS).is_file():
        return
    for line in (folder / SUMS).read_text("utf-8", "replace").splitlines():
        digest, _, name = line.strip().partition("  ")
        path = folder / Path(name.lstrip("*")).name
        if path.is_file() and path.name != SUMS and _digest(path) != digest.lower():
            raise ModelUnusable("ear.model_sums", name=path.name)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
