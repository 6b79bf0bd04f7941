"""Logs are lines of JSON, and secrets that slip in are masked."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from server import logs


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def test_one_event_is_one_line_whatever_its_fields_hold(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure(terminal=False)

    structlog.get_logger("server.x").info("x.done", token="secret", text="words", room="a\nb")
    logging.getLogger("library").warning("two\nlines")

    ours, foreign = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert (ours["event"], ours["token"], ours["text"]) == ("x.done", "***", "***")
    assert ours["room"] == "a\nb"
    assert foreign["event"] == "two\nlines"
