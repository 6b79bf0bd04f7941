"""Moments at which a server of the nursery dies, as by a power cut, instead of going on.

Nothing else about it is changed: what it does until then is the real thing.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args

from realtime.log import UpdateRow
from realtime.writer import Writer
from server.background.commits import Commits
from server.store.database import Committed

Moment = Literal["committed", "applied"]
"""committed: a row for the document is on disk, and nobody has been told. applied: the document in
memory has it too, and its own log not yet."""


def at(moment: str, armed: Path) -> None:
    """Have this process die at `moment`, the first time after the file `armed` was made."""
    assert moment in get_args(Moment)
    follow, submit = Commits.follow, Writer.submit

    def committed(commits: Commits, what: Committed) -> None:
        if moment == "committed" and what.mirrored and armed.exists():
            _die()
        follow(commits, what)

    def applied(writer: Writer, row: UpdateRow, on_durable: Callable[[int], None]) -> None:
        if moment == "applied" and row.person == "" and armed.exists():
            _die()
        submit(writer, row, on_durable)

    Commits.follow = committed  # type: ignore[method-assign]
    Writer.submit = applied  # type: ignore[method-assign]


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()
