"""Starts real servers quickly: a process that has read all modules and forks one for each `start`.

`python -m tests.journeys.nursery`: a line on standard input starts a server with the environment
that the nursery got; its number is printed. What it serves and how it dies is the real thing; only
the second of reading modules is saved, so that twenty kills fit into a test. A line with the name of
a moment and a file starts one that dies at that moment once the file is there (`tests.journeys.doom`).
"""

import os
import signal
import sys
from pathlib import Path

from server.cli import main
from tests.journeys import doom


def run() -> None:
    """Fork a server for each line until there are no more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that were killed
    for line in iter(sys.stdin.readline, ""):
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(2, 1)
            if line.strip():
                moment, _, armed = line.strip().partition(" ")
                doom.at(moment, Path(armed))
            sys.argv = ["colloquy", "serve", "--demo"]
            main()
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    run()
