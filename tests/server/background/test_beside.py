"""What goes on beside the requests, and ends with the server."""

import anyio
import pytest

from server.background.beside import beside

pytestmark = pytest.mark.anyio


async def test_it_goes_on_meanwhile_and_may_finish_its_work_at_the_end() -> None:
    told: list[str] = []
    begun = anyio.Event()

    async def run() -> None:
        begun.set()
        try:
            await anyio.sleep_forever()
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.lowlevel.checkpoint()
                told.append("finished")

    async with beside(run):
        await begun.wait()
        assert told == []

    assert told == ["finished"]


async def test_what_it_lets_through_ends_what_it_goes_on_beside() -> None:
    async def run() -> None:
        raise ValueError("not handled")

    with pytest.raises(ExceptionGroup) as ended:
        async with beside(run):
            await anyio.sleep_forever()

    assert ended.group_contains(ValueError)
