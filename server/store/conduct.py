"""How a live session is being led: when its step began, its silent minute, its round by unit."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import delete, insert, select, update

from schemas.conduct import Asked, Aspect, Ending, Progress, Quiet, Round, Story
from schemas.ids import LineId, SessionId, StepId, UnitId
from server.store import tables
from server.store.database import Work


@dataclass(frozen=True, slots=True)
class Conduct:
    """step_since: UTC seconds at which the running step began to run; None: no clock runs."""

    step_since: float | None = None
    quiet: Quiet | None = None
    round: Round | None = None


async def get(work: Work, session_id: SessionId) -> Conduct:
    """Return how a session is being led; nothing runs where there is no row."""
    table = tables.conduct
    asked = select(table).where(table.c.session_id == session_id)
    row = (await work.connection.execute(asked)).one_or_none()
    if row is None:
        return Conduct()
    return Conduct(row.step_since, _quiet(row.quiet), _round(row.round))


async def change(work: Work, session_id: SessionId, **values: object) -> Conduct:
    """Store what has changed, under the session's lock; return how it is now."""
    table = tables.conduct
    now = replace(await get(work, session_id), **values)  # type: ignore[arg-type]  # own names
    await work.connection.execute(delete(table).where(table.c.session_id == session_id))
    await work.connection.execute(
        insert(table).values(
            session_id=session_id,
            step_since=now.step_since,
            quiet=None if now.quiet is None else asdict(now.quiet),
            round=None if now.round is None else asdict(now.round),
        )
    )
    return now


async def set_progress(work: Work, step_id: StepId, progress: Progress) -> None:
    """Store what the room has made of a step."""
    step = tables.step
    await work.connection.execute(
        update(step).where(step.c.id == step_id).values(progress_values(progress))
    )


def progress_values(progress: Progress) -> dict[str, Any]:
    """Return progress as the columns of a step, and as the document shows it."""
    return {
        "spent": progress.spent,
        "extra": progress.extra,
        "walk": {aspect.value: asdict(story) for aspect, story in progress.walk.items()},
        "asked": [asdict(asked) for asked in progress.asked],
    }


def progress_of(spent: float, extra: int, walk: Mapping[str, Any], asked: list[Any]) -> Progress:
    """Return the progress that these columns hold."""
    stories = {
        Aspect(key): Story(Ending(story["ending"]), story["text"]) for key, story in walk.items()
    }
    put = tuple(Asked(one["probe"], one["at"], LineId(one["line"])) for one in asked)
    return Progress(spent, extra, stories, put)


def _quiet(value: Mapping[str, Any] | None) -> Quiet | None:
    if value is None:
        return None
    return Quiet(value["since"], value["until"], LineId(value["line"]), value["about"])


def _round(value: Mapping[str, Any] | None) -> Round | None:
    if value is None:
        return None
    order, heard, skipped = (
        tuple(UnitId(unit) for unit in value[key]) for key in ("order", "heard", "skipped")
    )
    return Round(order, None if value["turn"] is None else UnitId(value["turn"]), heard, skipped)
