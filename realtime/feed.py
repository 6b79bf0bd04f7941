"""Tells every live room of a study what happened in the study, once and in order.

A room remembers the last bulletin that its browsers were sent, so it does not matter how often, by
whom or how late we are told that there are new ones.
"""

from collections.abc import Callable

import anyio

from realtime.bulletins import BulletinLog
from realtime.rooms import Rooms
from schemas.ids import StudyId


class Feed:
    """Sends bulletins to rooms; they are small, and each browser fetches what it may see.

    on_news: called with each study of which there is something new, here or on another node.
    """

    def __init__(self, rooms: Rooms, bulletins: BulletinLog) -> None:
        self._rooms = rooms
        self._bulletins = bulletins
        self.on_news: Callable[[StudyId], None] = lambda _: None
        self._sending = anyio.Lock()

    async def bring_level(self, study: StudyId) -> None:
        """Send every room of `study` in memory the bulletins that it was not sent yet."""
        self.on_news(study)
        async with self._sending:
            rooms = [room for room in self._rooms.loaded() if room.study == study]
            if not rooms:
                return
            posted = await self._bulletins.after(study, min(room.told for room in rooms))
            for bulletin in posted:
                for room in rooms:
                    if bulletin.seq > room.told:
                        room.send_event(bulletin.body)
                        room.told = bulletin.seq
