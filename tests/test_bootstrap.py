"""Set-up says one line and leaves nothing half-made when it cannot go on."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NOWHERE = "http://127.0.0.1:9/simple"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What set-up reads before it reaches the network, in a folder of its own."""
    folder = tmp_path / "colloquy"
    folder.mkdir()
    for name in ("bootstrap.py", "pyproject.toml", "package-lock.json"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    return folder


def run(
    folder: Path, *, before: str = "", plain: bool = False
) -> "subprocess.CompletedProcess[str]":
    """Run set-up in a Python that `before` has changed, without any network.

    plain: with the rights of the owner alone, also where the tests run as root.
    """
    program = f"{before}\nimport runpy, sys\nsys.argv = ['bootstrap.py', 'run']\n"
    program += "runpy.run_path('bootstrap.py', run_name='__main__')"
    offline = {"PIP_INDEX_URL": NOWHERE, "PIP_RETRIES": "0", "PIP_TIMEOUT": "1"}
    environment = {**os.environ, **offline, "PIP_CONFIG_FILE": os.devnull}
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        environment.pop(name, None)
    command = [sys.executable, "-c", program]
    if plain and os.getuid() == 0:
        command = ["setpriv", "--bounding-set=-dac_override", *command]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=240
    )


def test_a_python_that_is_too_old_is_named(checkout: Path) -> None:
    done = run(checkout, before="import sys; sys.version_info = (3, 9, 2, 'final', 0)")

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "needs Python 3.11 or later and this is 3.9" in done.stderr
    assert not (checkout / ".venv").exists()


def test_a_python_without_venv_names_the_package(checkout: Path) -> None:
    done = run(checkout, before="import sys; sys.modules['ensurepip'] = None")

    version = ".".join(str(part) for part in sys.version_info[:2])
    assert done.returncode == 1
    assert f"apt install python{version}-venv" in done.stderr
    assert not (checkout / ".venv").exists()


def test_without_a_network_nothing_half_made_is_left(checkout: Path) -> None:
    done = run(checkout)

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "The package index could not be reached" in done.stderr
    assert not (checkout / ".venv").exists()


def test_a_folder_that_cannot_be_written_is_named(checkout: Path) -> None:
    checkout.chmod(0o555)

    done = run(checkout, plain=True)

    checkout.chmod(0o755)
    assert done.returncode == 1
    assert "cannot be written to" in done.stderr
    assert not (checkout / ".venv").exists()
