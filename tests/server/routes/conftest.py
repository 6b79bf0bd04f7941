"""The app that the tests of the routes visit."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.house import House, house


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    """A running app with a small study, and the account `chen`."""
    with house(sqlite_url, tmp_path / "data") as running:
        yield running
