"""The app that the tests of the routes visit, and one on a real port."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from server.routes.transport import TransportProtocol
from tests.server.house import House, house
from tests.server.routes.live_server import Live, serving


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    """A running app with a small study, and the account `chen`."""
    with house(sqlite_url, tmp_path / "data") as running:
        yield running


@pytest.fixture
async def live(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Live]:
    """A server on a real port with a small study."""
    async with serving(sqlite_url, tmp_path / "data", TransportProtocol) as started:
        yield started
