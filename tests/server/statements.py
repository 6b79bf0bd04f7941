"""What is asked of a database meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event


@contextmanager
def statements() -> Iterator[list[tuple[str, int]]]:
    """Every statement that is executed meanwhile, with the number of rows it found."""
    found: list[tuple[str, int]] = []

    def note(_conn: Any, cursor: Any, statement: str, *_more: Any) -> None:
        found.append((statement, cursor.rowcount))

    event.listen(Engine, "after_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "after_cursor_execute", note)
