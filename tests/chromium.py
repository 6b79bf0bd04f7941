"""Find a Chromium for the browser tests, or install one, or say in one line what to install.

In this order: COLLOQUY_TEST_CHROMIUM, a Chromium or Chrome on the machine, the one Playwright
has downloaded, Debian's package where this user may install it, Playwright's own download.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def find() -> str | None:
    """Return the path of a Chromium that is there already."""
    given = os.environ.get("COLLOQUY_TEST_CHROMIUM", "")
    if given:
        return given if Path(given).is_file() else None
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    caches = [Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright"]
    for cache in caches:
        for pattern in ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*/*/*/Chromium"):
            downloaded = sorted(cache.glob(pattern))
            if downloaded:
                return str(downloaded[-1])
    return None


def install() -> None:
    """Install Debian's package where that is allowed, else Playwright's own download."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("Installing Chromium for the browser tests (Debian's package) ...", flush=True)
        wait = ["-o", "DPkg::Lock::Timeout=600"]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", *wait, "update"], check=False, capture_output=True)
        packages = ["chromium", "fonts-noto-cjk"]
        command = ["apt-get", *wait, "install", "-y", "--no-install-recommends", *packages]
        if (
            subprocess.run(command, check=False, env=environment, capture_output=True).returncode
            == 0
        ):
            return
    print("Installing Chromium for the browser tests (Playwright's download) ...", flush=True)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> None:
    """Make sure that there is a Chromium, or end with one line."""
    if find() is None:
        install()
    if find() is None:
        sys.exit(
            "colloquy: the browser tests need Chromium. Install the package `chromium`, or set "
            "COLLOQUY_TEST_CHROMIUM to the path of one, and run `make test` again."
        )


if __name__ == "__main__":
    main()
