"""The one writer of the update log: group commit over all rooms of the process.

Rooms submit rows and go on; whoever waits for one is told after the commit. The queue holds what
is not on disk, at most MAX_PENDING_BYTES: then rooms refuse further edits, which stay in their
authors' browsers. A log that fails is tried again until it takes the same rows; nothing is lost
and nothing overtakes. Rows of an owner that was replaced are dropped: nobody was told that they are
saved, and their authors' browsers send them to the new owner.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence

import anyio
import structlog

from realtime.log import Stale, UpdateLog, UpdateRow
from schemas.errors import ColloquyError

log = structlog.get_logger(__name__)

LINGER_SECONDS = 0.002
SPACING_SECONDS = 0.045
"""From one commit's begin to the next: the first edit of a pause is on disk at once, those of a
busy room share commits, which cost more than all else of an edit (`make bench BENCH=sync`)."""
MAX_BATCH_ROWS = 500
MAX_BATCH_BYTES = 1024 * 1024
MAX_PENDING_BYTES = 64 * 1024 * 1024
APPEND_SECONDS = 10.0
RETRY_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.0)

Durable = Callable[[int], None]


class Writer:
    """Writes rows in the order in which they were submitted.

    on_health: called with False when the log begins to fail and with True when it works again.
    on_stale: called with a document and an epoch of ours that another owner has followed.
    """

    def __init__(
        self,
        update_log: UpdateLog,
        on_health: Callable[[bool], None],
        on_stale: Callable[[str, int], None],
    ) -> None:
        self.is_failing = False
        self.commits = 0
        self.last_commit_seconds = 0.0
        self._log = update_log
        self._on_health, self._on_stale = on_health, on_stale
        self._queue: deque[tuple[UpdateRow, Durable]] = deque()
        self._bytes = 0
        self._arrived = anyio.Event()
        self._idle = anyio.Event()
        self._idle.set()

    @property
    def is_full(self) -> bool:
        """Whether no more edits can be taken until the log works again."""
        return self._bytes > MAX_PENDING_BYTES

    @property
    def unsaved(self) -> int:
        """How many rows are not on disk yet."""
        return len(self._queue)

    def submit(self, row: UpdateRow, durable: Durable) -> None:
        """Write `row` soon; `durable(row.seq)` is called when it is on disk."""
        self._queue.append((row, durable))
        self._bytes += len(row.payload)
        self._arrived.set()
        if self._idle.is_set():
            self._idle = anyio.Event()

    async def run(self) -> None:
        """Write until cancelled."""
        began = 0.0
        while True:
            await self._arrived.wait()
            self._arrived = anyio.Event()
            spaced = began + SPACING_SECONDS - time.monotonic()
            await anyio.sleep(max(LINGER_SECONDS, spaced))
            began = time.monotonic()
            while self._queue:
                await self._write_batch()
            self._idle.set()

    async def drained(self) -> None:
        """Wait until everything submitted is on disk."""
        while self._queue:
            await self._idle.wait()

    async def _write_batch(self) -> None:
        batch = self._next_batch()
        stale = await self._append([row for row, _ in batch])
        last: dict[Durable, int] = {}
        for row, durable in batch:
            self._queue.popleft()
            self._bytes -= len(row.payload)
            if (row.doc, row.epoch) not in stale:
                last[durable] = row.seq
        for durable, seq in last.items():
            durable(seq)
        for doc, epoch in stale:
            self._on_stale(doc, epoch)

    def _next_batch(self) -> Sequence[tuple[UpdateRow, Durable]]:
        batch, size = [], 0
        for entry in self._queue:
            batch.append(entry)
            size += len(entry[0].payload)
            if len(batch) >= MAX_BATCH_ROWS or size >= MAX_BATCH_BYTES:
                break
        return batch

    async def _append(self, rows: Sequence[UpdateRow]) -> Stale:
        tries = 0
        while True:
            began = time.perf_counter()
            try:
                with anyio.fail_after(APPEND_SECONDS):
                    stale = await self._log.append(rows)
            except (ColloquyError, TimeoutError) as error:
                log.warning("log.failing", error=repr(error), rows=len(rows), tries=tries)
                self._tell(failing=True)
                await anyio.sleep(RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)])
                tries += 1
            else:
                self.commits += 1
                self.last_commit_seconds = time.perf_counter() - began
                self._tell(failing=False)
                return stale

    def _tell(self, *, failing: bool) -> None:
        if failing != self.is_failing:
            self.is_failing = failing
            self._on_health(not failing)
