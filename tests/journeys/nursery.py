"""Starts real servers quickly: a process that has read all modules and forks one for each `start`.

`python -m tests.journeys.nursery`: a line on standard input starts a server with the environment
that the nursery got; its number is printed. What it serves and how it dies is the real thing; only
the second of reading modules is saved, so that twenty kills fit into a test.
"""

import os
import signal
import sys

from server.cli import main


def run() -> None:
    """Fork a server for each line until there are no more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that were killed
    for _ in iter(sys.stdin.readline, ""):
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(2, 1)
            sys.argv = ["colloquy", "serve", "--demo"]
            main()
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    run()
