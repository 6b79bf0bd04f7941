"""The script's sentences: every key that is used exists, and every one that exists is used."""

import re
from pathlib import Path

from web.client_messages import MESSAGES

CLIENT = Path(__file__).resolve().parents[2] / "web" / "client"

_USED = re.compile(r"""(?<!\w)["'`]([a-z][a-z_]*)["'`]""")
_TAKEN = re.compile(r"\bmessages\.([a-z_]+)")
_BUILT = re.compile(r"`([a-z_]+_)\$\{")
_SAID = re.compile(r"""\b(?:say|announce\(say)\(\s*["']([a-z_]+)["']""")


def script() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(CLIENT.rglob("*.js")))


def test_every_key_that_is_said_has_a_sentence() -> None:
    said = set(_SAID.findall(script()))

    assert said - set(MESSAGES) == set()


def test_every_sentence_is_said_somewhere() -> None:
    source = script()
    quoted = set(_USED.findall(source)) | set(_TAKEN.findall(source))
    built = tuple(_BUILT.findall(source))

    unused = {
        key
        for key in MESSAGES
        if key.removesuffix("_one") not in quoted and not key.startswith(built)
    }

    assert unused == set()


def test_a_sentence_for_one_stands_beside_one_for_many() -> None:
    singles = {key.removesuffix("_one") for key in MESSAGES if key.endswith("_one")}

    assert singles <= set(MESSAGES)
