"""The app that the tests of the routes visit, and one on a real port."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from server.routes.transport import TransportProtocol
from tests.server.house import Browser, House, house
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


@pytest.fixture(scope="module")
def common(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One app for a whole module, whose requests change nothing: what is refused."""
    folder = tmp_path_factory.mktemp("common")
    shutil.copy(_sqlite_template, folder / "colloquy.sqlite")
    with house(f"sqlite+aiosqlite:///{folder / 'colloquy.sqlite'}", folder / "data") as running:
        yield running


@pytest.fixture(scope="module")
def insider(common: House) -> Browser:
    """A browser of the common app that is signed in."""
    browser = common.browser()
    browser.sign_in()
    return browser
