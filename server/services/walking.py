"""Walking through the steps of an agenda: what was asked of the room, and how each step goes."""

import time
from collections.abc import Callable
from dataclasses import replace

from schemas.conduct import Asked, Aspect, Ending, Story
from schemas.errors import Invalid, NotFound
from schemas.ids import StepId
from schemas.session import Person, Session, Step
from server.domain.permissions import Action
from server.services import clocks, leading
from server.services.transcripts import write_typed
from server.store import conduct
from server.store.commands import Answer
from server.store.database import Database, Work

MAX_STORY = 2_000
MAX_ASKED = 100


class Walking:
    """Commands of who leads or records; each once for its key, in one unit of work.

    All raise Forbidden `permission.denied` and NotFound `step.unknown`; then nothing was written.
    """

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    async def ask(self, by: Person, step_id: StepId, probe: int | None, *, key: str) -> Answer:
        """Put a step's question, or one of its probes, to the room; answers `{step, probe, line}`.

        Its words become a line of the moderator: what follows in the record answers them.

        Raises Invalid `step.probe`, Conflict `session.off_record`.
        """

        async def do(work: Work, session: Session) -> Answer:
            step = await _step(work, session, step_id)
            words = _words(step, probe, session)
            now = self._now()
            line = await write_typed(work, session, by, words, key, at=now)
            asked = Asked(probe, now - (session.opened_at or now), line.id)
            progress = replace(step.progress, asked=(*step.progress.asked, asked)[-MAX_ASKED:])
            await _keep(work, session, replace(step, progress=progress))
            return {"step": step_id, "probe": probe, "line": line.id}

        return await leading.command(
            self._database, by, Action.ASK, "session.asked", key, do, now=self._now
        )

    async def tell(
        self,
        by: Person,
        step_id: StepId,
        aspect: Aspect,
        ending: Ending | None,
        text: str,
        *,
        key: str,
    ) -> Answer:
        """Record the room's story of a step on one of the four questions; None takes it back.

        Answers `{step, aspect, ending}`. Raises Invalid `step.story`.
        """
        told = text.strip()
        if len(told) > MAX_STORY:
            raise Invalid("step.story", most=MAX_STORY)

        async def do(work: Work, session: Session) -> Answer:
            step = await _step(work, session, step_id)
            walk = {each: story for each, story in step.progress.walk.items() if each is not aspect}
            if ending is not None:
                walk[aspect] = Story(ending, told)
            await _keep(work, session, replace(step, progress=replace(step.progress, walk=walk)))
            return {
                "step": step_id,
                "aspect": aspect.value,
                "ending": None if ending is None else ending.value,
            }

        return await leading.command(
            self._database, by, Action.TELL_STORY, "session.story", key, do, now=self._now
        )


async def _step(work: Work, session: Session, step_id: StepId) -> Step:
    step = await clocks.step_of(work, session, step_id)
    if step is None:
        raise NotFound("step.unknown", step=step_id)
    return step


def _words(step: Step, probe: int | None, session: Session) -> str:
    words = step.title.in_(session.language)
    if probe is not None:
        probes = step.detail.probes
        if not 0 <= probe < len(probes):
            raise Invalid("step.probe", step=step.id, probe=probe)
        words = probes[probe]
    return " ".join(words.split())


async def _keep(work: Work, session: Session, step: Step) -> None:
    await conduct.set_progress(work, step.id, step.progress)
    await clocks.show(work, session, step)
