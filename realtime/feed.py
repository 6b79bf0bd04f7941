"""Tells every live room of a study what happened in the study."""

from dataclasses import asdict

from realtime.rooms import Rooms
from schemas.events import StudyEvent


class Feed:
    """Sends events to rooms; they are small, and each browser fetches what it may see."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def publish(self, event: StudyEvent) -> None:
        """Send `event` to all rooms of its study that are in memory."""
        payload = asdict(event)
        for room in self._rooms.loaded():
            if room.study == event.study_id:
                room.send_event(payload)
