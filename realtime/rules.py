"""What may stand under the keys of an annotation and of a reply; schemas.document names them."""

from collections.abc import Callable, Mapping
from typing import Any

from realtime.errors import Refused
from schemas.annotation import Kind
from schemas.document import MAX_TARGETS

REQUIRED = ("author", "voice", "kind", "targets", "at", "wording", "thread")
"""An annotation enters whole: keys that it has from its first update on."""

MAX_ID_CHARACTERS = 64
MAX_NAME_CHARACTERS = 200
MAX_QUOTE_CHARACTERS = 4_000
MAX_REPLY_CHARACTERS = 2_000
MAX_REPLIES = 500

_KINDS = frozenset(str(kind) for kind in Kind)
_VOICE = frozenset(("name", "person", "unit"))
_TARGET = frozenset(("line", "revision", "start", "end", "quote"))
_REPLY = frozenset(("author", "text", "at"))


def check_id(text: str | None) -> str:
    """Return an id chosen by a browser. Raises Refused unless it is short and not empty."""
    if not text or len(text) > MAX_ID_CHARACTERS:
        raise Refused("gate.value", "id empty or too long")
    return text


def check_field(key: str, value: object, person: str) -> None:
    """Check a JSON value that `person` writes under `key` of an own annotation.

    Raises Refused.
    """
    if key == "author":
        if value != person:
            raise Refused("gate.author", "another's name as author")
        return
    check = _FIELDS.get(key)
    if check is None or not check(value):
        raise Refused("gate.value", f"value of {key}" if check else "unknown key")


def check_reply(value: object, person: str) -> None:
    """Check a reply that `person` writes. Raises Refused."""
    if not isinstance(value, Mapping) or value.keys() != _REPLY:
        raise Refused("gate.value", "reply")
    if value["author"] != person:
        raise Refused("gate.author", "another's name as author")
    if not (_is_text(value["text"], MAX_REPLY_CHARACTERS) and _is_count(value["at"])):
        raise Refused("gate.value", "reply")


def _is_voice(value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and value.keys() == _VOICE
        and _is_text(value["name"], MAX_NAME_CHARACTERS)
        and _is_reference(value["person"])
        and _is_reference(value["unit"])
    )


def _are_targets(value: object) -> bool:
    return (
        isinstance(value, list)
        and 0 < len(value) <= MAX_TARGETS
        and all(_is_target(target) for target in value)
    )


def _is_target(value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and value.keys() == _TARGET
        and _is_text(value["line"], MAX_ID_CHARACTERS)
        and _is_count(value["revision"])
        and _is_count(value["start"])
        and (value["end"] is None or _is_count(value["end"]))
        and _is_text(value["quote"], MAX_QUOTE_CHARACTERS)
    )


def _is_text(value: object, limit: int) -> bool:
    return isinstance(value, str) and len(value) <= limit


def _is_reference(value: object) -> bool:
    return value is None or _is_text(value, MAX_ID_CHARACTERS)


def _is_count(value: object) -> bool:
    # Yjs writes whole numbers as floats where they fit; bool is an int in Python
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return 0 <= value < 1 << 53 and value == int(value)


_FIELDS: Mapping[str, Callable[[Any], bool]] = {
    "voice": _is_voice,
    "kind": lambda value: isinstance(value, str) and value in _KINDS,
    "targets": _are_targets,
    "at": _is_count,
    "opened": lambda value: value is True,
    "withdrawn": lambda value: value is True,
}
