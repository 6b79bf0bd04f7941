"""Structured logs: JSON lines for machines, colours on a terminal; never words, names or tokens."""

import logging
import logging.config
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

SECRET_FIELDS = frozenset(
    {"token", "csrf", "cookie", "password", "ticket", "code_typed", "text", "name", "wording"}
)


def configure(*, terminal: bool | None = None, level: str = "INFO") -> None:
    """Send all logs, ours and the libraries', to standard error in one form.

    terminal: readable lines instead of JSON; by default where standard error is a terminal.
    """
    readable = sys.stderr.isatty() if terminal is None else terminal
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        mask_secrets,
    ]
    last: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer()]
        if readable
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[remove, *last])
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    structlog_names = ("server", "realtime", "transcription", "web")
    for name in structlog_names:
        logging.getLogger(name).setLevel(level)


def mask_secrets(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Mask fields that must not reach a log, should one slip in."""
    for field in SECRET_FIELDS & event.keys():
        event[field] = "***"
    return event
