"""Guiding: what the ear is told of a session before anybody speaks.

The words come from the study's corrections, people, units and taxonomy, so what was agreed is heard
better. They are read once and kept; an event of the study has them read again for the next
utterance, and what happens without one (a name corrected) is noticed after `KEEP_SECONDS`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from schemas.ids import SessionId, StudyId
from schemas.session import Language, Track
from server.domain import hotwords
from server.store import sessions, speech, studies, terms
from server.store.database import Database, Work
from server.store.speech import Speech
from transcription.engine import Guidance

KEEP_SECONDS = 15.0
MOST_KEPT = 1_000
"""Sessions; more than that are not live at once. Then all are read again."""


@dataclass(frozen=True, slots=True)
class _Known:
    study_id: StudyId
    until: float
    speech: Speech
    words: dict[tuple[Language, ...], tuple[str, ...]]


class Guiding:
    """Given to the ear as its Guide."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[SessionId, _Known] = {}

    async def guidance(self, track: Track) -> Guidance:
        """Return what may be said on a track, and how it is written."""
        known = self._known.get(track.session_id)
        if known is None or self._clock() >= known.until:
            known = await self._read(track.session_id)
        languages = _spoken(track.language, is_either=known.speech.is_either or track.is_either)
        return Guidance(languages, known.speech.script, known.words[languages])

    def forget(self, study_id: StudyId) -> None:
        """Something of the study has changed: read its sessions' words again when they are asked."""
        gone = [session for session, known in self._known.items() if known.study_id == study_id]
        for session in gone:
            del self._known[session]

    async def _read(self, session_id: SessionId) -> _Known:
        until = self._clock() + KEEP_SECONDS
        async with self._database.read() as work:
            study_id = (await sessions.get(work, session_id)).study_id
            declared = await speech.get(work, session_id)
            words = await _words(work, session_id, study_id)
        if len(self._known) >= MOST_KEPT:
            self._known.clear()
        known = self._known[session_id] = _Known(study_id, until, declared, words)
        return known


def _spoken(language: Language, *, is_either: bool) -> tuple[Language, ...]:
    """The track's own language, and the other one where either may be spoken."""
    others = [one for one in Language if one is not language]
    return (language, *others) if is_either else (language,)


async def _words(
    work: Work, session_id: SessionId, study_id: StudyId
) -> dict[tuple[Language, ...], tuple[str, ...]]:
    """The words for a track of each language, and for one on which either is spoken."""
    guests = await speech.guests(work, session_id)
    here = {guest.unit_id for guest in guests}
    units = sorted(await studies.units(work, study_id), key=lambda unit: unit.id not in here)
    corrected = await terms.of_study(work, study_id)
    labels = await speech.labels(work, study_id)
    names = [guest.name for guest in guests]
    spoken = [_spoken(one, is_either=either) for one in Language for either in (False, True)]
    return {each: hotwords.ranked(corrected, names, units, labels, each) for each in spoken}
