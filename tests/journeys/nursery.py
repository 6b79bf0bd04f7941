"""Starts real servers and commands quickly: a process that has read all modules and forks each.

`python -m tests.journeys.nursery`: a line on standard input, JSON, starts what `colloquy` would with
these arguments and the environment that the nursery got; its number is printed, and of a command
its exit code once it has ended. What it does and how it dies is the real thing; only the second of
reading modules is saved, so that twenty kills fit into a test. `doom`, the name of a moment and a
file, has it die at that moment once the file is there (`tests.journeys.doom`).
"""

import json
import os
import signal
import sys
import traceback
from pathlib import Path

from server.cli import main
from tests.journeys import doom


def run() -> None:
    """Fork a server for each line until there are no more."""
    for line in iter(sys.stdin.readline, ""):
        asked = json.loads(line)
        is_server = asked["arguments"][0] == "serve"
        # nobody waits for servers that were killed
        signal.signal(signal.SIGCHLD, signal.SIG_IGN if is_server else signal.SIG_DFL)
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(2, 1)
            if asked["doom"]:
                moment, _, armed = asked["doom"].partition(" ")
                doom.at(moment, Path(armed))
            sys.argv = ["colloquy", *asked["arguments"]]
            os._exit(_code())
        print(child, flush=True)
        if not is_server:
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _code() -> int:
    """Do what the arguments say; return the exit code."""
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)
    except (
        BaseException
    ):  # whatever it met: this is a copy of the nursery, and must not go on as one
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    run()
