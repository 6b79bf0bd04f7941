"""Leading a live session: clocks, silent minutes, rounds, questions; every screen follows."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from realtime.rooms import Rooms
from schemas.conduct import Aspect, Ending
from schemas.errors import Conflict, Forbidden, Invalid, NotFound
from schemas.ids import StepId
from schemas.session import Bilingual, Person, Role, SessionState, Step, StepDetail
from server.services.conducting import Conducting, Move
from server.services.sessions import Sessions
from server.services.transcripts import Transcripts
from server.services.walking import Walking
from server.store import events, proposals, sessions, tables
from server.store.database import Database
from tests.server.method import (
    LI,
    MODERATOR,
    PLANNING,
    SESSION,
    STUDY,
    TRAFFIC,
    WANG,
    WATER,
    ZHAO,
    Browser,
    key,
    live_room,
    person,
    small_study,
)

pytestmark = pytest.mark.anyio

WARN = Step(StepId("warn"), 1, Bilingual("Warn", "预警"), WATER, StepDetail(minutes=10))
CLOSE = Step(
    StepId("close"),
    2,
    Bilingual("Close", "封路"),
    None,
    StepDetail(probes=("Which  road?", "When?")),
)
STENO = person("steno", Role.STENOGRAPHER)


@dataclass
class Clock:
    now: float = 1_100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Hall:
    """A live session, its room, and the services that lead it by one clock."""

    database: Database
    rooms: Rooms
    clock: Clock
    conducting: Conducting
    walking: Walking
    sessions: Sessions
    transcripts: Transcripts
    keys: int = 0
    browsers: list[Browser] = field(default_factory=list)

    def key(self) -> str:
        self.keys += 1
        return key(self.keys)

    async def shown(self, root: str) -> dict[str, Any]:
        """What the document's mirror says last."""
        mirror = tables.mirror.c
        async with self.database.read() as work:
            asked = select(mirror.key, mirror.value).where(mirror.root == root)
            found = await work.connection.execute(asked.order_by(mirror.seq))
            return {row.key: row.value for row in found}

    async def meta(self, name: str) -> Any:
        return (await self.shown("meta")).get(name)

    async def progress(self, step: Step) -> Any:
        async with self.database.read() as work:
            return next(
                each.progress for each in await sessions.steps(work, SESSION) if each.id == step.id
            )

    def join(self, *people: Person) -> None:
        """Let people's browsers come into the room."""
        room = self.rooms.get(SESSION)
        assert room is not None
        for one in people:
            self.browsers.append(Browser(room, one, 10 + len(self.browsers)))


@pytest.fixture
async def hall(database: Database) -> AsyncIterator[Hall]:
    await small_study(database)
    async with database.write() as work:
        for step in (WARN, CLOSE):
            await sessions.add_step(work, SESSION, step)
    async with live_room() as (rooms, _):
        clock = Clock()
        yield Hall(
            database,
            rooms,
            clock,
            Conducting(database, rooms, clock),
            Walking(database, clock),
            Sessions(database, clock),
            Transcripts(database, clock),
        )


async def test_the_clock_of_a_step_adds_up_over_its_visits(hall: Hall) -> None:
    for step, at in ((WARN, 1_100.0), (CLOSE, 1_400.0), (WARN, 1_460.0)):
        hall.clock.now = at
        await hall.sessions.set_step(SESSION, step.id, by=MODERATOR, key=hall.key())
    hall.clock.now = 1_500.0
    await hall.sessions.set_state(SESSION, SessionState.CLOSED, by=MODERATOR, key=hall.key())

    assert (await hall.progress(WARN)).spent == 300.0 + 40.0
    assert (await hall.progress(CLOSE)).spent == 60.0
    assert await hall.meta("step_since") is None
    shown = await hall.shown("agenda")
    assert shown["warn"]["progress"]["spent"] == 340.0


async def test_a_step_is_given_more_time_and_less_again_but_not_below_its_plan(hall: Hall) -> None:
    await hall.conducting.add_time(MODERATOR, WARN.id, 5, key=hall.key())
    await hall.conducting.add_time(MODERATOR, WARN.id, -2, key=hall.key())

    assert (await hall.progress(WARN)).extra == 3
    with pytest.raises(Invalid):
        await hall.conducting.add_time(MODERATOR, WARN.id, -5, key=hall.key())
    with pytest.raises(NotFound):
        await hall.conducting.add_time(MODERATOR, StepId("none"), 1, key=hall.key())
    with pytest.raises(Forbidden):
        await hall.conducting.add_time(WANG, WARN.id, 1, key=hall.key())


async def test_preparing_the_agenda_again_leaves_what_the_room_made_of_it(hall: Hall) -> None:
    await hall.conducting.add_time(MODERATOR, WARN.id, 5, key=hall.key())

    async with hall.database.write() as work:
        await sessions.set_steps(work, SESSION, (CLOSE, WARN))

    assert (await hall.progress(WARN)).extra == 5


async def test_a_silent_minute_has_a_line_and_an_end_that_the_server_says(hall: Hall) -> None:
    once = hall.key()
    answer = await hall.conducting.hush(MODERATOR, 3, " What  fails here? ", key=once)
    again = await hall.conducting.hush(MODERATOR, 3, " What  fails here? ", key=once)

    assert answer == again
    quiet = await hall.meta("quiet")
    assert quiet == {
        "since": 1_100.0, "until": 1_280.0, "line": answer["line"], "about": "What fails here?",
    }  # fmt: skip
    line = (await hall.shown("lines"))[str(answer["line"])]
    assert (line["text"], line["person"]) == ("What fails here?", MODERATOR.id)


async def test_while_it_is_quiet_nobody_chats_and_the_session_is_not_closed(hall: Hall) -> None:
    await hall.conducting.hush(MODERATOR, 3, "Why?", key=hall.key())

    with pytest.raises(Conflict, match=r"session\.quiet"):
        await hall.transcripts.typed(WANG, "it is the pump", key=hall.key())
    with pytest.raises(Conflict, match=r"session\.quiet"):
        await hall.conducting.hush(MODERATOR, 3, "Why?", key=hall.key())
    with pytest.raises(Conflict, match=r"session\.quiet"):
        await hall.sessions.set_state(SESSION, SessionState.CLOSED, by=MODERATOR, key=hall.key())
    with pytest.raises(Forbidden):
        await hall.conducting.bring_in(WANG, key=hall.key())

    await hall.conducting.bring_in(MODERATOR, key=hall.key())

    assert await hall.meta("quiet") is None
    await hall.transcripts.typed(WANG, "it is the pump", key=hall.key())
    with pytest.raises(Conflict, match=r"session\.not_quiet"):
        await hall.conducting.bring_in(MODERATOR, key=hall.key())


@pytest.mark.parametrize(
    ("minutes", "about"), [(0, "Why?"), (21, "Why?"), (3, " "), (3, "x" * 501)]
)
async def test_a_silent_minute_without_length_or_topic_is_refused(
    hall: Hall, minutes: float, about: str
) -> None:
    with pytest.raises(Invalid):
        await hall.conducting.hush(MODERATOR, minutes, about, key=hall.key())

    assert await hall.meta("quiet") is None


async def test_a_round_goes_over_the_units_present_and_gives_each_the_floor(hall: Hall) -> None:
    hall.join(ZHAO, WANG, MODERATOR)

    turns = [await hall.conducting.move_round(MODERATOR, Move.BEGIN, key=hall.key())]
    floors = [await hall.meta("floor")]
    hall.join(LI)  # came late
    turns.append(await hall.conducting.move_round(MODERATOR, Move.SKIP, key=hall.key()))
    turns.append(await hall.conducting.move_round(MODERATOR, Move.CALL, TRAFFIC, key=hall.key()))
    floors.append(await hall.meta("floor"))
    turns.append(await hall.conducting.move_round(MODERATOR, Move.HEARD, key=hall.key()))
    turns.append(await hall.conducting.move_round(MODERATOR, Move.HEARD, key=hall.key()))
    floors.append(await hall.meta("floor"))

    assert [each["turn"] for each in turns] == [WATER, PLANNING, TRAFFIC, PLANNING, None]
    assert [floor and floor["person"] for floor in floors] == [WANG.id, LI.id, None]
    assert await hall.meta("round") == {
        "order": [WATER, PLANNING, TRAFFIC], "turn": None, "heard": [TRAFFIC, PLANNING],
        "skipped": [WATER],
    }  # fmt: skip


async def test_who_speaks_for_a_unit_gets_its_turn(hall: Hall) -> None:
    zhou = person("zhou", unit=WATER)
    async with hall.database.write() as work:
        values = {"id": zhou.id, "session_id": SESSION, "unit_id": WATER, "name": "zhou"}
        values |= {"role": "expert", "language": "en", "created_at": 2.0}
        await work.connection.execute(tables.person.insert().values(values))
        await proposals.name_speaker(work, SESSION, WATER, zhou.id)
    hall.join(WANG, zhou)

    await hall.conducting.move_round(MODERATOR, Move.BEGIN, key=hall.key())

    assert (await hall.meta("floor"))["person"] == zhou.id


async def test_a_round_needs_somebody_and_a_beginning(hall: Hall) -> None:
    with pytest.raises(Invalid, match=r"round\.empty"):
        await hall.conducting.move_round(MODERATOR, Move.BEGIN, key=hall.key())
    with pytest.raises(Conflict, match=r"round\.none"):
        await hall.conducting.move_round(MODERATOR, Move.HEARD, key=hall.key())
    with pytest.raises(Forbidden):
        await hall.conducting.move_round(LI, Move.BEGIN, key=hall.key())


async def test_what_is_asked_is_a_line_of_the_record(hall: Hall) -> None:
    answer = await hall.walking.ask(MODERATOR, CLOSE.id, 0, key=hall.key())
    await hall.walking.ask(MODERATOR, CLOSE.id, None, key=hall.key())

    shown = (await hall.shown("lines"))[str(answer["line"])]
    assert (shown["text"], shown["at"]) == ("Which road?", 100.0)
    assert [asked.probe for asked in (await hall.progress(CLOSE)).asked] == [0, None]
    with pytest.raises(Invalid):
        await hall.walking.ask(MODERATOR, CLOSE.id, 2, key=hall.key())
    with pytest.raises(Forbidden):
        await hall.walking.ask(STENO, CLOSE.id, 0, key=hall.key())


async def test_the_story_of_a_step_is_kept_by_question_and_taken_back(hall: Hall) -> None:
    async def tell(aspect: Aspect, ending: Ending | None, text: str = "") -> None:
        await hall.walking.tell(STENO, WARN.id, aspect, ending, text, key=hall.key())

    await tell(Aspect.MEANS, Ending.FAILURE, " no data at night ")
    await tell(Aspect.FIT, Ending.SUCCESS)
    await tell(Aspect.FIT, None)

    assert (await hall.shown("agenda"))["warn"]["progress"]["walk"] == {
        "means": {"ending": "failure", "text": "no data at night"}
    }
    with pytest.raises(Invalid):
        await tell(Aspect.MEANS, Ending.FAILURE, "x" * 2_001)
    with pytest.raises(Forbidden):
        await hall.walking.tell(WANG, WARN.id, Aspect.FIT, None, "", key=hall.key())


async def test_all_of_it_stands_in_the_log_without_what_was_said(hall: Hall) -> None:
    hall.join(WANG)
    await hall.conducting.hush(MODERATOR, 3, "Why?", key=hall.key())
    await hall.conducting.bring_in(MODERATOR, key=hall.key())
    await hall.conducting.move_round(MODERATOR, Move.BEGIN, key=hall.key())
    await hall.walking.tell(STENO, WARN.id, Aspect.FIT, Ending.FAILURE, "secret", key=hall.key())

    async with hall.database.read() as work:
        told = await events.of_study(work, STUDY)
    assert [each.action for each in told] == [
        "session.quiet", "session.notes_in", "session.round", "session.story",
    ]  # fmt: skip
    assert "secret" not in str(told)


async def test_a_session_that_was_live_before_there_were_clocks_goes_on(hall: Hall) -> None:
    async with hall.database.write() as work:
        await sessions.set_step(work, SESSION, WARN.id)

    await hall.sessions.set_step(SESSION, CLOSE.id, by=MODERATOR, key=hall.key())

    assert (await hall.progress(WARN)).spent == 0.0
    assert await hall.meta("step_since") == 1_100.0
