"""How much room the disk has for sound: enough, little (a warning), or none (nothing is taken)."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from schemas.wire import SAMPLE_RATE

LITTLE_BYTES = 2_000_000_000
"""Two hours of eight microphones: time to make room before anything is refused."""
LITTLE_SHARE = 0.05
SECOND_BYTES = 2 * SAMPLE_RATE

DiskState = Literal["ok", "low", "full"]


@dataclass(frozen=True, slots=True)
class Space:
    """free: bytes on the disk. reserve: what is kept for everything else. little: a warning below."""

    free: int
    reserve: int
    little: int

    @property
    def state(self) -> DiskState:
        """`full` where nothing is recorded any more, `low` where that is near."""
        if self.free < self.reserve:
            return "full"
        return "low" if self.free < self.little else "ok"

    @property
    def minutes(self) -> int:
        """How long one microphone can still be recorded."""
        return max(0, self.free - self.reserve) // (60 * SECOND_BYTES)

    def holds(self, size: int) -> bool:
        """Whether `size` bytes more leave live microphones what they need."""
        return self.free - size >= self.little


def space(folder: Path, reserve: int) -> Space:
    """Look at the disk of `folder`. Blocking, though short."""
    usage = shutil.disk_usage(folder)
    little = max(2 * reserve, min(LITTLE_BYTES, int(usage.total * LITTLE_SHARE)))
    return Space(usage.free, reserve, little)
