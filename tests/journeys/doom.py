"""Moments at which a server or command of the nursery dies, as by a power cut, instead of going on.

Nothing else about it is changed: what it does until then is the real thing.
"""

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any, Literal, get_args

from realtime.log import UpdateRow
from realtime.writer import Writer
from server.background.commits import Commits
from server.services import exports, project_writing, projects
from server.store.database import Committed

Moment = Literal[
    "committed", "applied", "sent", "listed", "texts", "written", "brought", "exporting", "exported"
]
"""committed: a row for the document is on disk, and nobody has been told. applied: the document in
memory has it too, and its own log not yet. sent: of a project the file is there and its row not;
listed: both, the file not yet in its place. texts: one text of a project is written, written: all
of it, and nothing is committed; brought: it is, and nobody has been told. exporting: an export is
written and not yet in its place; exported: it is, and nothing says so."""

_FILES: Mapping[str, Sequence[tuple[Any, str, str]]] = {
    "sent": [(projects, "_move", "after 1")],
    "listed": [(projects, "_move", "before 2")],
    "texts": [(project_writing._Writing, "text", "after 1")],
    "written": [(projects.Projects, "_store", "after 1")],
    "brought": [
        (projects.Projects, "take_at_once", "after 1"),
        (projects.Projects, "_write", "after 1"),
    ],
    "exporting": [(exports, "_write", "after 1")],
    "exported": [(exports, "_written", "after 1")],
}
"""What a moment is: a function, and at which of its calls, before or after it."""


def at(moment: str, armed: Path) -> None:
    """Have this process die at `moment`, the first time after the file `armed` was made."""
    assert moment in get_args(Moment)
    for owner, name, when in _FILES.get(moment, ()):
        setattr(owner, name, _deadly(getattr(owner, name), armed, when))
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


def _deadly(called: Callable[..., Any], armed: Path, when: str) -> Callable[..., Any]:
    """The function, which kills this process at its nth call, before it or after."""
    place, nth = when.split()
    count = 0

    def due(now: str) -> bool:
        nonlocal count
        count += now == place and armed.exists()
        return now == place and count == int(nth)

    async def later(*given: Any, **named: Any) -> Any:
        if due("before"):
            _die()
        made = await called(*given, **named)
        if due("after"):
            _die()
        return made

    def at_once(*given: Any, **named: Any) -> Any:
        if due("before"):
            _die()
        made = called(*given, **named)
        if due("after"):
            _die()
        return made

    return later if iscoroutinefunction(called) else at_once


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()
