"""The clock of a session's steps, decided here: how long the room has been on each.

A step's time adds up over all visits to it. What runs is the moment at which the running step
began to run; every screen counts from there by the server's clock.
"""

from dataclasses import replace

from schemas.document import AGENDA, META
from schemas.ids import StepId
from schemas.session import Session, SessionState, Step
from server.services.steps import agenda_value
from server.store import conduct, sessions
from server.store.database import Work


async def start(work: Work, session: Session, at: float) -> None:
    """Let the clock of the running step run from `at` (UTC seconds), if the session is live."""
    now = await sessions.get(work, session.id)
    if now.state is not SessionState.LIVE or now.step_id is None:
        return
    await conduct.change(work, session.id, step_since=at)
    await work.mirror(session.id, META, "step_since", at)


async def stop(work: Work, session: Session, at: float) -> None:
    """Add the visit that ends at `at` to its step; nothing happens where no clock runs."""
    since = (await conduct.get(work, session.id)).step_since
    if since is None or session.step_id is None:
        return
    step = await step_of(work, session, session.step_id)
    if step is not None:
        progress = replace(step.progress, spent=step.progress.spent + max(0.0, at - since))
        await conduct.set_progress(work, step.id, progress)
        await show(work, session, replace(step, progress=progress))
    await conduct.change(work, session.id, step_since=None)
    await work.mirror(session.id, META, "step_since", None)


async def end(work: Work, session: Session, at: float) -> None:
    """Stop the clock for good, and with it a round that still goes on."""
    await stop(work, session, at)
    if (await conduct.get(work, session.id)).round is not None:
        await conduct.change(work, session.id, round=None)
        await work.mirror(session.id, META, "round", None)


async def step_of(work: Work, session: Session, step_id: StepId) -> Step | None:
    """Return one step of a session's agenda."""
    steps = await sessions.steps(work, session.id)
    return next((step for step in steps if step.id == step_id), None)


async def show(work: Work, session: Session, step: Step) -> None:
    """Let every screen see a step as it is now."""
    await work.mirror(session.id, AGENDA, step.id, agenda_value(step))
