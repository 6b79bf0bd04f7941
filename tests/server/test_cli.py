"""The command line: what is refused is refused in one line, and what is served can be visited."""

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from transcription.bundled import MODEL

_MAIN = [sys.executable, "-c", "from server.cli import main; main()"]


def colloquy(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*_MAIN, *arguments], env=_environment(settings), capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip


@contextmanager
def serving(**settings: str) -> Iterator[str]:
    """Start the server with its demo; what it has printed when it listens."""
    process = subprocess.Popen(
        [*_MAIN, "serve", "--demo"], env=_environment(settings), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        printed = ""
        while "Ctrl+C" not in printed:
            line = process.stdout.readline()
            assert line, f"it ended: {printed}"
            printed += line
        yield printed
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def test_a_port_that_is_taken_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = str(other.getsockname()[1])

        refused = colloquy("serve", data=str(tmp_path), port=taken)

    assert refused.returncode == 1
    assert taken in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert not (tmp_path / "colloquy.sqlite3").exists()


def test_settings_that_cannot_be_are_a_line_each(tmp_path: Path) -> None:
    refused = colloquy("serve", data=str(tmp_path), port="x", database_url="mysql://db/x")

    assert refused.returncode == 1
    assert [line.split(":")[0] for line in refused.stderr.splitlines()] == [
        "COLLOQUY_PORT",
        "COLLOQUY_DATABASE_URL",
    ]


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path, port: str) -> None:
    (tmp_path / "file").write_text("in the way")

    refused = colloquy("serve", data=str(tmp_path / "file" / "data"), port=port)

    assert refused.returncode == 1
    assert str(tmp_path / "file" / "data") in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_database_that_does_not_answer_is_one_clear_line(tmp_path: Path, port: str) -> None:
    url = "postgresql+asyncpg://nobody:secret@127.0.0.1:1/none"

    refused = colloquy("serve", data=str(tmp_path), port=port, database_url=url)

    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert "secret" not in refused.stderr


def test_an_account_made_on_the_command_line_comes_in_by_its_link(tmp_path: Path) -> None:
    made = colloquy("user", "add", "li", "--name", "Li Na", "--link", data=str(tmp_path))
    again = colloquy("user", "add", "li", "--name", "Li Na", "--link", data=str(tmp_path))

    assert made.returncode == 0, made.stderr
    assert "/enter/" in made.stdout
    assert again.returncode == 1
    assert len(again.stderr.splitlines()) == 1


def test_the_doctor_looks_without_changing_anything(tmp_path: Path) -> None:
    told = colloquy("doctor", data=str(tmp_path / "data"))

    assert told.returncode == 0, told.stdout + told.stderr
    assert "micro-whisper" in told.stdout
    assert not (tmp_path / "data").exists()


def test_the_server_starts_with_its_demo_and_stops_when_told(tmp_path: Path, port: str) -> None:
    with serving(data=str(tmp_path), port=port) as printed:
        entrance = re.search(r"http://127\.0\.0\.1:\d+/enter/\S+", printed)
        assert entrance is not None
        visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with visitor.open(entrance.group(), timeout=30) as page:
            assert "/studies/" in page.url
        assert colloquy("doctor", "--alive", data=str(tmp_path), port=port).returncode == 0
        exported = colloquy(
            "export", "tianjin-13th-plan", "--form", "qdpx", "--to", str(tmp_path / "x.qdpx"),
            "--pseudonyms", data=str(tmp_path),
        )  # fmt: skip
        assert exported.returncode == 0, exported.stderr
        assert (tmp_path / "x.qdpx").read_bytes().startswith(b"PK")
        assert (tmp_path / "x.key.csv").exists()
        missing = colloquy("export", "nothing", "--to", str(tmp_path / "y"), data=str(tmp_path))
        assert (missing.returncode, len(missing.stderr.splitlines())) == (1, 1)
        second = colloquy("serve", data=str(tmp_path), port="0")
        assert (second.returncode, len(second.stderr.splitlines())) == (1, 1)


def test_other_machines_are_served_over_https_with_a_certificate_of_our_own(
    tmp_path: Path, port: str
) -> None:
    with serving(data=str(tmp_path), port=port, host="0.0.0.0") as printed:
        trusting = ssl.create_default_context(cafile=str(tmp_path / "certs" / "ca.crt"))
        with urllib.request.urlopen(
            f"https://localhost:{port}/", context=trusting, timeout=30
        ) as page:
            assert page.status == 200
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(f"https://localhost:{port}/", timeout=30)

    assert "https://" in printed
    assert "ca.crt" in printed


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COLLOQUY_")}
    root = str(Path(__file__).parents[2])
    chosen = {f"COLLOQUY_{name.upper()}": value for name, value in settings.items()}
    return kept | {"PYTHONPATH": root} | chosen


def test_a_model_is_brought_in_and_refused_with_the_next_step(tmp_path: Path) -> None:
    """What an operator does in a shell, each failure with what to do about it."""
    data, stick = str(tmp_path / "data"), tmp_path / "stick"
    shutil.copytree(MODEL, stick)

    fetched = colloquy("models", "fetch", "micro", "--from", str(stick), data=data)
    again = colloquy("models", "fetch", "micro", "--from", str(stick), data=data)
    listed = colloquy("models", "list", data=data)
    (tmp_path / "data" / "models" / "micro" / "tokenizer.json").unlink()
    torn = colloquy("models", "check", "micro", data=data)
    away = colloquy("models", "fetch", "far", "--from", "http://127.0.0.1:9/", data=data)

    assert (fetched.returncode, fetched.stderr) == (0, "")
    assert fetched.stdout == "micro is ready. Use it with COLLOQUY_MODEL=micro\n"
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["micro-whisper", "micro"]
    for refused in (again, torn, away):
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr.count("\n") == 1
    assert "Remove it first" in again.stderr
    assert "tokenizer.json is missing. Copy the whole folder again." in torn.stderr
    assert "Connection refused" in away.stderr
    assert "nothing half-made was left" in away.stderr
    assert [one.name for one in (tmp_path / "data" / "models").iterdir()] == ["micro"]
