"""Again, better: a session is transcribed once more by another model, in the background.

    running → done · cancelled · failed (why: `code`)

Each utterance is heard again and shared out over the lines that say it. A line that nobody touched
gets the new text as its next version; where a person has corrected, the person's text stands and
the new one is offered as a difference, as is what no line says. Notes move with their words or are
shown as having lost them. After a restart it goes on where it was; what was done twice changes nothing.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Self

import anyio
import structlog
from anyio import to_thread
from anyio.abc import TaskGroup

from schemas.errors import Conflict, NotFound, Unavailable
from schemas.ids import new_id
from schemas.session import Person, Session, Track
from schemas.transcript import Line, LineSource
from server.domain.alignment import same_words
from server.domain.groups import Group, grouped
from server.domain.permissions import Action, require
from server.domain.rewriting import joined
from server.domain.sharing import shared_out
from server.services.corrections import Corrections
from server.services.outliving import outlived
from server.store import (
    commands,
    differences,
    discretion,
    events,
    homes,
    lines,
    rehearings,
    sessions,
)
from server.store.commands import Answer
from server.store.database import Database, Work
from server.store.differences import Difference
from server.store.rehearings import Rehearing
from transcription import model
from transcription.ear import Ear
from transcription.errors import ModelUnusable
from transcription.ports import Guide
from transcription.recording import TrackStore
from transcription.rehearing import Rehearer

RETRY_SECONDS = 10.0
"""How long a session waits for a database that is away."""

log = structlog.get_logger()


class Rehearings:
    """`async with Rehearings(…)`: one session at a time, the oldest request first.

    models: a folder with models, one a folder; own: the model that hears the rooms.
    """

    def __init__(
        self,
        database: Database,
        store: TrackStore,
        ear: Ear,
        guide: Guide,
        corrections: Corrections,
        own: Path,
        models: Path,
        now: Callable[[], float] = time.time,
        *,
        node: str = "",
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._node = node
        self._retry_seconds = retry_seconds
        self._database = database
        self._store = store
        self._ear = ear
        self._guide = guide
        self._corrections = corrections
        self._own = own
        self._models = models
        self._now = now
        self._turn = anyio.Lock()
        self._scopes: dict[str, anyio.CancelScope] = {}
        self._ended: dict[str, anyio.Event] = {}
        self._stack = AsyncExitStack()
        self._tasks: TaskGroup

    async def __aenter__(self) -> Self:
        """Go on with what an earlier process did not finish."""
        self._tasks = await self._stack.enter_async_context(anyio.create_task_group())
        self._stack.callback(self._tasks.cancel_scope.cancel)
        async with self._database.read() as work:
            unfinished = [
                one
                for one in await rehearings.running(work)
                if await homes.is_here(work, one.session_id, self._node)
            ]
        for one in unfinished:
            self._start(one)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop; what is not done goes on at the next start."""
        await self._stack.aclose()

    async def models(self) -> Mapping[str, Path]:
        """Return the models that a session can be heard by, by name."""
        return await to_thread.run_sync(_found, self._own, self._models)

    async def begin(self, by: Person, *, name: str, key: str) -> Answer:
        """Have the person's session heard again by a model; answers {"rehearing": id}.

        Raises Forbidden, NotFound `rehearing.model`, or Conflict: `rehearing.no_sound` where its sound was
        deleted, `rehearing.nothing` where nothing was heard, `rehearing.running`; or Unavailable
        `audio.elsewhere` where another node has it.
        """
        if name not in await self.models():
            raise NotFound("rehearing.model", model=name)
        begun: list[Rehearing] = []
        async with self._database.write() as work:

            async def once() -> Answer:
                session = await sessions.locked(work, by.session_id)
                require(by.role, Action.REHEAR, session.state)
                if (await discretion.get(work, session.id)).proofed_at is not None:
                    raise Conflict("rehearing.no_sound")
                if not await homes.is_here(work, session.id, self._node):
                    raise Unavailable("audio.elsewhere")
                if any(
                    one.state == "running" for one in await rehearings.of_session(work, session.id)
                ):
                    raise Conflict("rehearing.running")
                total = sum(len(some) for _, some in await rehearings.heard(work, session.id))
                if total == 0:
                    raise Conflict("rehearing.nothing")
                one = Rehearing(new_id(), session.id, by.id, name, "running", 0, total, 0, 0, "")
                await rehearings.add(work, one, at=self._now())
                await differences.forget(work, session.id, "heard", name)
                await self._note(work, session, by, one)
                begun.append(one)
                return {"rehearing": one.id}

            answer = await commands.once(work, key, by.id, "record.rehear", once)
        for one in begun:
            self._start(one)
        return answer

    async def list(self, by: Person) -> Sequence[Rehearing]:
        """Return those of the person's session, newest first. Raises Forbidden."""
        async with self._database.read() as work:
            session = await sessions.get(work, by.session_id)
            require(by.role, Action.CORRECT, session.state)
            return await rehearings.of_session(work, session.id)

    async def cancel(self, by: Person, rehearing_id: str) -> None:
        """Stop; what has been changed and offered so far stays. Raises NotFound or Forbidden."""
        async with self._database.write() as work:
            one = await rehearings.get(work, rehearing_id)
            session = await sessions.get(work, by.session_id)
            if one.session_id != session.id:
                raise NotFound("rehearing.unknown", rehearing=rehearing_id)
            require(by.role, Action.REHEAR, session.state)
            if one.state != "running":
                return
            await rehearings.change(work, one.id, state="cancelled")
        if scope := self._scopes.get(rehearing_id):
            scope.cancel()

    async def ended(self, rehearing_id: str) -> None:
        """Wait until this process has nothing left to do of one."""
        if event := self._ended.get(rehearing_id):
            await event.wait()

    def _start(self, one: Rehearing) -> None:
        self._scopes[one.id] = anyio.CancelScope()
        self._ended[one.id] = anyio.Event()
        self._tasks.start_soon(self._run, one)

    async def _run(self, one: Rehearing) -> None:
        try:
            with self._scopes[one.id]:
                while not await self._is_over(one.id):
                    continue
        finally:
            del self._scopes[one.id]
            self._ended.pop(one.id).set()

    async def _is_over(self, rehearing_id: str) -> bool:
        """Hear it, and say what became of it; False, a while later, where the database is away."""
        with outlived("rehearing.failed", rehearing=rehearing_id) as tried:
            async with self._turn:
                async with self._database.write() as work:
                    one = await rehearings.get(work, rehearing_id)
                await self._hear(one)
        if tried.code == "database.unavailable":
            await anyio.sleep(self._retry_seconds)
            return False
        state = "done" if tried.is_well else "failed"
        with outlived("rehearing.failed", rehearing=rehearing_id) as told:
            async with self._database.write() as work:
                if (await rehearings.get(work, rehearing_id)).state == "running":
                    await rehearings.change(work, rehearing_id, state=state, code=tried.code)
        return told.is_well

    async def _hear(self, one: Rehearing) -> None:
        directory = (await self.models()).get(one.model)
        if directory is None:
            raise ModelUnusable("ear.model_missing", directory=one.model)
        async with self._database.read() as work:
            said = await lines.of_session(work, one.session_id)
            tracks = await rehearings.heard(work, one.session_id)
        groups = [
            (track, group)
            for track, segments in tracks
            for group in grouped(segments, [line for line in said if line.track_id == track.id])
        ]
        at = 0
        async with Rehearer(directory, self._store, self._guide, self._ear) as again:
            for track, group in groups:
                at += len(group.utterances)
                if at <= one.done:
                    continue
                text = ""
                for segment in group.utterances:
                    text, _ = joined(text, await again.hear(track, segment))
                one = await self._apply(one, track, group, text, at)

    async def _apply(
        self, one: Rehearing, track: Track, group: Group, text: str, at: int
    ) -> Rehearing:
        """Put what was heard again into the record, and how far we are: one unit of work."""
        async with self._database.write() as work:
            session = await sessions.locked(work, one.session_id)
            now = {line.id: line for line in await lines.among(work, [x.id for x in group.lines])}
            # joined into another one or struck meanwhile: nothing stands there to be better
            standing = [now[x.id] for x in group.lines if x.id in now and now[x.id].text]
            if text and not group.lines:
                await self._offer(work, one, at, _new(one, track, group, text))
                one = replace(one, offered=one.offered + 1)
            elif text and len(standing) == len(group.lines):
                touched = await lines.corrected(work, session.id)
                parts = shared_out([line.text for line in standing], text)
                for number, (line, part) in enumerate(zip(standing, parts, strict=True)):
                    if not part or part == line.text or line.source is not LineSource.SPOKEN:
                        continue
                    if line.id not in touched:
                        await self._corrections.rewrite(work, session, line, part, by=None)
                        one = replace(one, changed=one.changed + 1)
                    elif not same_words(part, line.text):
                        await self._offer(work, one, at + number, _better(one, line, part))
                        one = replace(one, offered=one.offered + 1)
            one = replace(one, done=at)
            await rehearings.change(work, one.id, done=at, changed=one.changed, offered=one.offered)
        return one

    async def _offer(self, work: Work, one: Rehearing, order: int, found: Difference) -> None:
        await differences.add(work, found, order=order, at=self._now())

    async def _note(self, work: Work, session: Session, by: Person, one: Rehearing) -> None:
        await events.record(
            work,
            session.study_id,
            "record.rehear",
            one.id,
            session_id=session.id,
            person_id=by.id,
            role=by.role.value,
            body={"model": one.model, "utterances": one.total},
            at=self._now(),
        )


def _found(own: Path, folder: Path) -> Mapping[str, Path]:
    places = [own, *(sorted(folder.iterdir()) if folder.is_dir() else [])]
    found: dict[str, Path] = {}
    for place in places:
        for directory in (place, place / "ct2"):
            try:
                found.setdefault(model.name_of(model.check(directory)), directory)
            except ModelUnusable:
                continue  # not one, or not a whole one
    return found


def _better(one: Rehearing, line: Line, text: str) -> Difference:
    return Difference(
        id=new_id(),
        session_id=one.session_id,
        line_id=line.id,
        text=text,
        speaker="",
        person_id=None,
        unit_id=None,
        start=None,
        end=None,
        language=line.language,
        others=(),
        origin="heard",
        source=one.model,
    )


def _new(one: Rehearing, track: Track, group: Group, text: str) -> Difference:
    start = track.offset + group.utterances[0].start
    return Difference(
        id=new_id(),
        session_id=one.session_id,
        line_id=None,
        text=text,
        speaker="",
        person_id=None,
        unit_id=None,
        start=start,
        end=track.offset + group.utterances[-1].end,
        language=track.language,
        others=(),
        origin="heard",
        source=one.model,
    )
