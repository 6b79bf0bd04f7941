"""Work in the background that goes on after what goes wrong in one round of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from schemas.errors import ColloquyError

log = structlog.get_logger()


@dataclass(slots=True)
class Round:
    """How one round of work went. code: of the refusal that ended it, `server.failed` for others."""

    is_well: bool = False
    code: str = ""


@contextmanager
def outlived(event: str, **about: object) -> Iterator[Round]:
    """Log what goes wrong inside as `event`, and go on after it; being cancelled goes through.

    What ends is one round: the loop that all sessions rest on looks at the Round, and tries again.
    """
    one = Round()
    try:
        yield one
        one.is_well = True
    except ColloquyError as error:
        one.code = error.code
        log.warning(event, code=error.code, **about)
    except Exception:  # one row's bug must not end what everybody rests on: it is logged whole
        one.code = "server.failed"
        log.exception(event, **about)
