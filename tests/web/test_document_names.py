"""`web/client/document.js` and `wire.js` name what `schemas` names."""

import json
from typing import Any

import pytest

from schemas import document, wire
from tests.web.nodejs import node


def exported(module: str) -> dict[str, Any]:
    """Return the constants that a browser module exports."""
    script = (
        f'import * as module from "./web/client/{module}";'
        "const data = Object.entries(module).filter(([, value]) => typeof value !== 'function');"
        "console.log(JSON.stringify(Object.fromEntries(data)));"
    )
    names: dict[str, Any] = json.loads(node("--input-type=module", "--eval", script))
    return names


def constants(module: Any) -> dict[str, Any]:
    """Return the public constants of a schema as JSON would give them back."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in vars(module).items()
        if name.isupper() and not name.startswith("_")
    }


def test_document_names_are_those_of_the_schema() -> None:
    assert exported("document.js") == constants(document)


@pytest.mark.parametrize(
    "name",
    ["CLOSE_PROTOCOL", "CLOSE_UNAUTHENTICATED", "CLOSE_FORBIDDEN", "CLOSE_GENERATION",
     "CLOSE_TOO_LARGE", "SAMPLE_RATE", "MAX_FRAME_SAMPLES", "FLAG_MUTED", "FLAG_END",
     "AUDIO_HEADER_BYTES"],
)  # fmt: skip
def test_wire_constants_are_those_of_the_schema(name: str) -> None:
    assert exported("wire.js")[name] == constants(wire)[name]
