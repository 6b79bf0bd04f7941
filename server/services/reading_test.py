"""The reading test through the real ear: nothing of what is read is kept."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import anyio
import numpy as np
from anyio import to_thread

from schemas.errors import Invalid, Unavailable
from schemas.ids import TrackId, new_id
from schemas.session import Language, Person, Track, TrackKind
from schemas.wire import SAMPLE_RATE
from server.domain.permissions import Action, require
from server.domain.reading_test import Reading, character_errors
from server.store import sessions
from server.store.database import Database
from transcription import bundled
from transcription.ear import Ear
from transcription.sounding import sound

MOST_SECONDS = 30
LEAST_SECONDS = 2
PATIENCE = 90.0
SENTENCES = {Language.EN: 3, Language.ZH: 2}


@dataclass(frozen=True, slots=True)
class Tried:
    """What was heard and measured."""

    heard: str
    reading: Reading


class ReadingTests:
    """One at a time: a trial must not hold up a room that is speaking."""

    def __init__(
        self, database: Database, ear: Ear, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._ear = ear
        self._clock = clock
        self._turn = anyio.Semaphore(1)

    async def try_out(self, by: Person, language: Language, pcm: bytes) -> Tried:
        """Hear a reading of the paragraph of `language`: int16 little-endian, 16 kHz mono.

        Raises Forbidden, Invalid `reading.short`, `reading.long` or `reading.silent`, or Unavailable
        `reading.ear_off`, `reading.busy`.
        """
        async with self._database.read() as work:
            session = await sessions.get(work, by.session_id)
            require(by.role, Action.TRY_SOUND, session.state)
        if len(pcm) < 2 * LEAST_SECONDS * SAMPLE_RATE or len(pcm) % 2:
            raise Invalid("reading.short", seconds=LEAST_SECONDS)
        if len(pcm) > 2 * MOST_SECONDS * SAMPLE_RATE:
            raise Invalid("reading.long", seconds=MOST_SECONDS)
        if self._ear.status.state == "off":
            raise Unavailable("reading.ear_off")
        samples = np.frombuffer(pcm, "<i2")
        measured = await to_thread.run_sync(sound, samples)
        if measured.speech == 0.0:
            raise Invalid("reading.silent")
        track = Track(
            TrackId(new_id()), session.id, TrackKind.RECORDING, "reading test", language, None, 0.0
        )
        try:
            with anyio.fail_after(PATIENCE):
                async with self._turn:
                    began = self._clock()
                    found = await self._ear.trial(track, samples)
                    delay = self._clock() - began
        except TimeoutError as error:
            raise Unavailable("reading.busy") from error
        heard = (" " if language is Language.EN else "").join(one.text for one in found if one.text)
        errors = character_errors(paragraph(language), heard)
        reading = Reading(errors, measured.level, measured.noise, measured.clipped, delay)
        return Tried(heard, reading)


def paragraph(language: Language) -> str:
    """Return what is to be read aloud: words that every model here was made for."""
    name = {Language.EN: "workshop-en", Language.ZH: "workshop-zh"}[language]
    cues = bundled.recordings()[name].cues[: SENTENCES[language]]
    return (" " if language is Language.EN else "").join(cue.text for cue in cues)
