"""Make the environment that `make` works in: Python packages, Node, browser assets.

Runs on a bare Python, before anything is installed, so it uses the standard library alone and no
syntax newer than what it has to report on. Finished steps leave a stamp and are skipped the next
time. A step that fails says one line, ends with 1, and leaves nothing half-made behind.

    python3 bootstrap.py run      what the server needs
    python3 bootstrap.py dev      that, and what tests and lint need
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
OLDEST = (3, 11)
PROFILES = ("run", "dev")


def main() -> None:
    """Bring the environment up to the profile named on the command line."""
    profile = sys.argv[1] if len(sys.argv) > 1 else "run"
    if profile not in PROFILES:
        fail(f"Unknown profile {profile!r}: use run or dev.")
    check_python()
    check_folder()
    with (ROOT / ".setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make_venv()
        install(profile)
        make_assets()


def check_python() -> None:
    """End with one line where this Python cannot carry the project."""
    version = ".".join(str(part) for part in sys.version_info[:2])
    if sys.version_info[:2] < OLDEST:
        fail(
            f"Colloquy needs Python 3.11 or later and this is {version}. Install a newer one and "
            "run `make PYTHON=python3.12 ...`."
        )
    try:
        import ensurepip  # noqa: F401  some systems split it off
        import venv  # noqa: F401
    except ImportError:
        fail(
            f"This Python has no venv module. On Debian or Ubuntu: apt install python{version}-venv"
        )


def check_folder() -> None:
    """End with one line where the checkout cannot be written to."""
    if not os.access(ROOT, os.W_OK):
        fail(f"The folder {ROOT} cannot be written to. Change its owner or copy the project.")


def make_venv() -> None:
    """Create `.venv` with pip and uv in it, or use the one that is complete."""
    stamp = VENV / ".complete-venv"
    built = f"{sys.version_info[0]}.{sys.version_info[1]} {digest('uv')}"
    if read(stamp) == built:
        return
    say("Setting up Python (once, about half a minute) ...")
    if VENV.exists():
        shutil.rmtree(VENV)
    try:
        call([sys.executable, "-m", "venv", VENV], "The environment could not be created.")
        call(
            [BIN / "python", "-m", "pip", "install", "--quiet", "--require-hashes",
             "--disable-pip-version-check", "-r", requirements("uv")],
            "The package index could not be reached. The first set-up needs it once; check the "
            "network or pip's index setting, then run the same command again.",
        )  # fmt: skip
    except BaseException:
        shutil.rmtree(VENV, ignore_errors=True)
        raise
    write(stamp, built)


def install(profile: str) -> None:
    """Install the packages of `profile` by their hashes, and the project itself."""
    covering = PROFILES if profile == "run" else ("dev",)  # what tests need covers the server
    if any(read(stamp_of(name)) == wanted(name) for name in covering):
        return
    say(f"Installing packages ({profile}) ...")
    uv: str | Path = BIN / "uv"
    advice = (
        "A package could not be installed. Check the network or the index setting, then run the "
        "same command again; what is complete is kept."
    )
    quiet = [uv, "pip", "install", "--quiet", "--python", BIN / "python"]
    call([*quiet, "--require-hashes", "-r", requirements(profile)], advice)
    call([*quiet, "--no-deps", "--no-build-isolation", "-e", ROOT], advice)
    write(stamp_of(profile), wanted(profile))


def make_assets() -> None:
    """Install the browser packages by their lock and bundle them; compile the translations."""
    modules = ROOT / "node_modules"
    stamp = modules / ".complete"
    built = file_digest("package-lock.json")
    if read(stamp) != built:
        say("Installing browser packages ...")
        try:
            call(
                [BIN / "npm", "ci", "--ignore-scripts", "--no-fund", "--no-audit",
                 "--loglevel", "error"],
                "The npm registry could not be reached. The first set-up needs it once; check "
                "the network or npm's registry setting, then run the same command again.",
            )  # fmt: skip
        except BaseException:
            shutil.rmtree(modules, ignore_errors=True)
            raise
        write(stamp, built)
    call(
        [BIN / "node", "web/build.mjs"],
        "The browser assets could not be built.",
    )
    call(
        [BIN / "python", "-m", "web.i18n", "compile"],
        "The translations could not be compiled.",
    )


def call(command: "list[str | Path]", advice: str) -> None:
    """Run `command` in the checkout with the environment's programs first, or end with advice."""
    environment = dict(os.environ, PATH=f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}")
    environment.pop("PYTHONPATH", None)
    result = subprocess.run(  # noqa: S603  our own commands, no shell
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output = result.stdout.decode("utf-8", "replace")
    if result.returncode != 0:
        lines = output.strip().splitlines()
        fail(advice + (" (" + lines[-1].strip()[:300] + ")" if lines else ""))


def requirements(name: str) -> Path:
    """Return the path of one requirement list."""
    return ROOT / "requirements" / f"{name}.txt"


def digest(name: str) -> str:
    """Return the hash of one requirement list."""
    return file_digest(f"requirements/{name}.txt")


def file_digest(path: str) -> str:
    """Return the SHA-256 of a file of the checkout."""
    return hashlib.sha256((ROOT / path).read_bytes()).hexdigest()


def wanted(profile: str) -> str:
    """Return what the stamp of `profile` says when nothing has changed since."""
    return digest(profile) + " " + file_digest("pyproject.toml")


def stamp_of(profile: str) -> Path:
    """Return the path of the stamp that says that `profile` is installed."""
    return VENV / f".complete-{profile}"


def read(path: Path) -> str:
    """Return a stamp's text, empty where there is none."""
    try:
        return path.read_text()
    except OSError:
        return ""


def write(path: Path, text: str) -> None:
    """Write a stamp."""
    path.write_text(text)


def say(text: str) -> None:
    """Tell the person at the terminal what takes time."""
    print(text, flush=True)


def fail(text: str) -> None:
    """Say one line and end with 1."""
    print("colloquy: " + text, file=sys.stderr)
    raise SystemExit(1)


if __name__ == "__main__":
    main()
