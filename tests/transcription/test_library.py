"""Models come onto this machine whole or not at all."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from schemas.session import Language
from transcription import library
from transcription.bundled import MODEL
from transcription.converting import convert
from transcription.errors import ModelUnusable

pytestmark = pytest.mark.anyio


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder, and says more than it sends of a file that is called so."""

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def send_header(self, keyword: str, value: str) -> None:
        """See above."""
        breaks_off = keyword == "Content-Length" and "short" in self.path
        super().send_header(keyword, str(int(value) + 1) if breaks_off else value)


@contextmanager
def mirror(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """A folder with a whole model and its checksums."""
    folder = tmp_path / "stick" / "small"
    shutil.copytree(MODEL, folder)
    sums = [
        f"{hashlib.sha256(one.read_bytes()).hexdigest()}  {one.name}" for one in folder.iterdir()
    ]
    (folder / "SHA256SUMS").write_text("\n".join(sums) + "\n")
    return folder


def nothing(_name: str, _size: int) -> None:
    """No progress to show."""


async def test_a_model_comes_from_a_stick_and_is_found_by_its_name(
    stick: Path, tmp_path: Path
) -> None:
    shelf = tmp_path / "models"
    told: dict[str, int] = {}

    fetched = await library.fetched("small", str(stick), shelf, told.__setitem__)

    assert (fetched.name, fetched.languages) == ("small", tuple(Language))
    assert library.found("small", shelf) == shelf / "small"
    assert told["model.bin"] == (MODEL / "model.bin").stat().st_size
    assert [one.name for one in library.shelved(shelf)] == ["micro-whisper", "small"]
    assert [one.name for one in shelf.iterdir()] == ["small"]


async def test_a_model_comes_from_a_mirror(stick: Path, tmp_path: Path) -> None:
    with mirror(stick) as address:
        fetched = await library.fetched("org/small", address, tmp_path / "models", nothing)

    assert fetched.name == "small"
    assert not [one for one in library.shelved(tmp_path / "models") if one.problem]


@pytest.mark.parametrize(
    ("damage", "code", "named"),
    [
        ("lacking", "ear.model_incomplete", "tokenizer.json"),
        ("altered", "ear.model_sums", "model.bin"),
        ("mels", "ear.model_mels", "128"),
        ("nowhere", "ear.model_missing", "gone"),
    ],
)
async def test_a_damaged_stick_leaves_nothing(
    stick: Path, tmp_path: Path, damage: str, code: str, named: str
) -> None:
    source = stick
    if damage == "lacking":
        (stick / "tokenizer.json").unlink()
    elif damage == "altered":
        (stick / "model.bin").write_bytes((stick / "model.bin").read_bytes()[:-1] + b"x")
    elif damage == "mels":
        (stick / "preprocessor_config.json").write_text('{"feature_size": 128}')
        (stick / "SHA256SUMS").unlink()
    else:
        source = stick / "gone"

    with pytest.raises(ModelUnusable) as unusable:
        await library.fetched("small", str(source), tmp_path / "models", nothing)

    assert unusable.value.code == code
    assert named in str(unusable.value.fields) or damage == "mels"
    assert list((tmp_path / "models").iterdir()) == []


@pytest.mark.parametrize("damage", ["missing", "short", "no mirror", "no address"])
async def test_a_mirror_that_fails_leaves_nothing(stick: Path, tmp_path: Path, damage: str) -> None:
    with mirror(stick.parent) as address:
        place = f"{address}/small"
        if damage == "missing":
            (stick / "model.bin").unlink()
        elif damage == "short":  # see Quiet
            (stick.parent / "short").symlink_to(stick)
            place = f"{address}/short"
        elif damage == "no mirror":
            place = "http://127.0.0.1:1"
        elif damage == "no address":
            place = "httpx://nowhere"

        with pytest.raises(ModelUnusable) as unusable:
            await library.fetched("small", place, tmp_path / "models", nothing)

    assert unusable.value.code == "ear.model_source"
    assert list((tmp_path / "models").iterdir()) == []


async def test_a_model_that_is_there_stays(stick: Path, tmp_path: Path) -> None:
    (tmp_path / "models" / "small").mkdir(parents=True)

    with pytest.raises(ModelUnusable) as unusable:
        await library.fetched("small", str(stick), tmp_path / "models", nothing)

    assert unusable.value.code == "ear.model_there"


@pytest.mark.parametrize("name", ["", "..", ".hidden", "org/"])
async def test_a_name_that_is_none_is_refused(stick: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelUnusable):
        await library.fetched(name, str(stick), tmp_path / "models", nothing)

    assert not (tmp_path / "models").exists()


def test_a_name_is_looked_for_on_the_shelf_and_a_path_where_it_is(tmp_path: Path) -> None:
    assert library.found("", tmp_path) == MODEL
    assert library.found("tiny", tmp_path) == tmp_path / "tiny"
    assert library.found(str(MODEL), tmp_path) == MODEL


def test_converting_without_its_packages_says_which_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable) as unusable:
        library.place(
            tmp_path / "models", "tiny", lambda folder: convert(tmp_path / "tiny.pt", folder)
        )

    assert unusable.value.code == "ear.converter_missing"
    assert unusable.value.fields["package"] == "torch"
    assert list((tmp_path / "models").iterdir()) == []
