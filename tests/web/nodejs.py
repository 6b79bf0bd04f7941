"""Runs the browser's modules under the Node of the environment."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def node(*arguments: str, **environment: str) -> str:
    """Run Node in the repository and return what it printed; fail with all of it if it fails."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    executable = shutil.which("node", path=path)
    assert executable, "node is part of the environment that `make setup` builds"
    result = subprocess.run(
        [executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout
