"""What every command that leads a session shares: checked, done once for its key, recorded, told."""

from collections.abc import Awaitable, Callable

from schemas.events import SessionChanged
from schemas.session import Person, Session
from server.domain.permissions import Action, require
from server.store import commands, events, sessions
from server.store.commands import Answer
from server.store.database import Database, Work

Do = Callable[[Work, Session], Awaitable[Answer]]
"""What a command does once it may, under the session's lock."""


async def command(
    database: Database,
    by: Person,
    action: Action,
    name: str,
    key: str,
    do: Do,
    *,
    now: Callable[[], float],
) -> Answer:
    """Run `do` on the session of `by` in a unit of work of its own, once for each key.

    name: of the event in the study's log, whose body is the answer.

    Raises Forbidden, Conflict `command.key_reused`, and what `do` raises; then nothing was written.
    """
    async with database.write() as work:

        async def once() -> Answer:
            session = await sessions.locked(work, by.session_id)
            require(by.role, action, session.state)
            answer = await do(work, session)
            await events.record(
                work,
                session.study_id,
                name,
                session.id,
                session_id=session.id,
                person_id=by.id,
                role=by.role.value,
                body=answer,
                at=now(),
            )
            work.publish(SessionChanged(session.study_id, session.id))
            return answer

        return await commands.once(work, key, by.id, name, once)
