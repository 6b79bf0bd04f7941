"""What every room rests on goes on after a round that met what nobody foresaw."""

from collections.abc import Callable
from typing import Any

import anyio
import pytest

from server.background.compaction import Compactor
from server.background.doorkeeper import Doorkeeper
from server.background.vitals import Vitals

pytestmark = pytest.mark.anyio


class Broken:
    """Stands for every part; whatever is asked of it fails, and is counted."""

    def __init__(self) -> None:
        self.asked = 0
        self.enough = anyio.Event()

    def __getattr__(self, name: str) -> Any:
        self.asked += 1
        if self.asked > 1:
            self.enough.set()
        raise KeyError(name)


@pytest.mark.parametrize(
    "made",
    [
        lambda broken: Compactor(broken),
        lambda broken: Doorkeeper(broken, broken, broken),
        lambda broken: Vitals(broken, broken, broken),
    ],
    ids=["compactor", "doorkeeper", "vitals"],
)
async def test_a_round_that_breaks_is_outlived(
    made: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Broken()
    part = made(broken)
    sleep = anyio.sleep
    monkeypatch.setattr(anyio, "sleep", lambda _seconds: sleep(0))
    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(part.run)
            await broken.enough.wait()
            tasks.cancel_scope.cancel()

    assert broken.asked > 1
