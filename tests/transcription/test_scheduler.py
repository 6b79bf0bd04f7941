"""What is decoded next."""

from dataclasses import replace

import anyio
import pytest

from schemas.session import Language, Track, TrackKind
from schemas.transcript import Segment
from tests.transcription.memory import track
from transcription.engine import Guidance, Heard
from transcription.scheduler import Scheduler

pytestmark = pytest.mark.anyio

ONE, TWO = track("one"), track("two")


def segment(of: str, number: int) -> Segment:
    return Segment(track(of).id, number * 100, number * 100 + 50)


async def order(scheduler: Scheduler, count: int) -> list[tuple[str, int, bool]]:
    taken = []
    with anyio.fail_after(1):
        for _ in range(count):
            job = await scheduler.next()
            taken.append((str(job.track.id), job.segment.first_sample // 100, job.is_final))
    return taken


async def test_finals_go_before_interim_text_and_the_oldest_first() -> None:
    scheduler = Scheduler()
    scheduler.offer(ONE, segment("one", 9))
    scheduler.add(ONE, segment("one", 1))
    scheduler.add(ONE, segment("one", 2))

    assert await order(scheduler, 3) == [("one", 1, True), ("one", 2, True), ("one", 9, False)]


async def test_sessions_take_turns() -> None:
    scheduler = Scheduler()
    for number in range(3):
        scheduler.add(ONE, segment("one", number))
    scheduler.add(TWO, segment("two", 0))

    taken = await order(scheduler, 4)

    assert [name for name, _, _ in taken] == ["one", "two", "one", "one"]


async def test_only_the_newest_interim_of_a_track_is_decoded() -> None:
    scheduler = Scheduler()
    scheduler.offer(ONE, segment("one", 1))
    scheduler.offer(ONE, segment("one", 2))
    scheduler.offer(TWO, segment("two", 1))
    scheduler.withdraw(TWO.id)
    scheduler.add(TWO, segment("two", 5))

    assert await order(scheduler, 2) == [("two", 5, True), ("one", 2, False)]


async def test_a_final_comes_once_until_it_is_put_back() -> None:
    scheduler = Scheduler()
    scheduler.add(ONE, segment("one", 1))
    scheduler.add(ONE, segment("one", 1))
    job = await scheduler.next()
    scheduler.add(ONE, segment("one", 1))
    scheduler.put_back(job)

    again = await scheduler.next()

    assert again.attempts == 1
    with pytest.raises(TimeoutError), anyio.fail_after(0.01):
        await scheduler.next()


async def test_an_utterance_that_kills_workers_waits_for_all_others() -> None:
    scheduler = Scheduler()
    scheduler.add(ONE, segment("one", 1))
    for _ in range(3):
        scheduler.put_back(await scheduler.next())
    scheduler.add(ONE, segment("one", 2))

    assert [number for _, number, _ in await order(scheduler, 2)] == [2, 1]


async def test_drained_waits_for_every_final_of_the_track() -> None:
    scheduler = Scheduler()
    scheduler.add(ONE, segment("one", 1))
    scheduler.add(TWO, segment("two", 1))
    job = await scheduler.next()

    with pytest.raises(TimeoutError), anyio.fail_after(0.01):
        await scheduler.drained(ONE.id)
    scheduler.finished(job)
    with anyio.fail_after(1):
        await scheduler.drained(ONE.id)

    assert scheduler.lag() > 0


HEARD = Heard("said", 0.9, 0.0, 1.0, Language.EN)
PINNED = Guidance.pinned(Language.EN)


async def test_a_guess_of_the_same_samples_is_the_final() -> None:
    scheduler = Scheduler()
    spoken, segment = track(), Segment(track().id, 0, 100)
    scheduler.guess(spoken, segment)
    guess = await scheduler.next()
    scheduler.guessed(guess, HEARD, "micro", PINNED)

    scheduler.add(spoken, segment)
    final = await scheduler.next()

    kept = scheduler.take_guess(final)
    assert (guess.is_guess, final.is_final) == (True, True)
    assert kept is not None
    assert (kept.heard, kept.model, kept.guidance) == (HEARD, "micro", PINNED)
    assert scheduler.take_guess(final) is None


async def test_a_guess_of_other_samples_is_not() -> None:
    scheduler = Scheduler()
    spoken = track()
    scheduler.guess(spoken, Segment(spoken.id, 0, 100))
    scheduler.guessed(await scheduler.next(), HEARD, "micro", PINNED)

    scheduler.add(spoken, Segment(spoken.id, 0, 200))

    assert scheduler.take_guess(await scheduler.next()) is None


async def test_a_final_waits_for_its_guess_and_for_no_other() -> None:
    scheduler = Scheduler()
    spoken, other = track(), track("other")
    scheduler.guess(spoken, Segment(spoken.id, 0, 100))
    guess = await scheduler.next()

    scheduler.add(spoken, Segment(spoken.id, 0, 100))
    scheduler.add(other, Segment(other.id, 0, 100))
    first = await scheduler.next()
    scheduler.put_back(guess)  # its worker died
    second = await scheduler.next()

    assert (first.track.id, second.track.id) == (other.id, spoken.id)
    assert scheduler.take_guess(second) is None


async def test_finals_come_before_guesses_and_these_before_interim_text() -> None:
    scheduler = Scheduler()
    a, b, c = track("a"), track("b"), track("c")
    scheduler.offer(a, Segment(a.id, 0, 1))
    scheduler.guess(b, Segment(b.id, 0, 1))
    scheduler.add(c, Segment(c.id, 0, 1))

    assert [(await scheduler.next()).track.id for _ in range(3)] == ["c", "b", "a"]


def upload(name: str = "upload") -> Track:
    return replace(track(name), kind=TrackKind.UPLOAD)


async def test_uploads_wait_for_all_that_is_spoken_but_not_for_ever() -> None:
    now = 0.0
    scheduler = Scheduler(clock=lambda: now)
    for number in range(3):
        scheduler.add(upload(), segment("upload", number))
    scheduler.offer(ONE, segment("one", 9))
    scheduler.add(ONE, segment("one", 1))
    first = await order(scheduler, 2)
    scheduler.offer(ONE, segment("one", 10))
    now = 15.0
    scheduler.add(ONE, segment("one", 2))

    then = await order(scheduler, 4)

    assert first == [("one", 1, True), ("one", 9, False)]
    assert then == [
        ("one", 2, True),
        ("upload", 0, True),
        ("one", 10, False),
        ("upload", 1, True),
    ]


async def test_nobody_is_told_to_wait_for_an_upload() -> None:
    now = 0.0
    scheduler = Scheduler(clock=lambda: now)
    scheduler.add(upload(), segment("upload", 1))
    now = 100.0
    before = scheduler.lag()
    scheduler.add(ONE, segment("one", 1))
    now = 107.0

    assert (before, scheduler.lag()) == (0.0, 7.0)
