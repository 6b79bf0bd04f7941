"""What a row of a box must be before it may come near the database: made from the tables themselves."""

import base64
from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, create_model
from sqlalchemy import Boolean, Column, Float, LargeBinary, String
from sqlalchemy.types import JSON

from server.store import boxes, tables


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


@cache
def model_of(name: str) -> type[BaseModel]:
    """Return what a row of this table must be: every column of a box, each of its type."""
    table = tables.metadata.tables[name]
    fields: dict[str, Any] = {one: (_type(table.c[one]), ...) for one in boxes.columns(name)}
    made: type[BaseModel] = create_model(name, __base__=_Row, **fields)
    return made


def _clean(text: str) -> str:
    """Refuse what a database cannot hold: a NUL, half a character."""
    if "\x00" in text:
        raise ValueError("NUL")
    text.encode()
    return text


def _decoded(value: object) -> bytes:
    if not isinstance(value, str):
        raise ValueError("not base64")
    return base64.b64decode(value, validate=True)


_Bytes = Annotated[bytes, BeforeValidator(_decoded)]
_Number = Annotated[float, Field(allow_inf_nan=False)]
_Whole = Annotated[int, Field(ge=-(2**63), lt=2**63)]


def _type(column: Column[Any]) -> Any:
    kind = column.type
    found: Any = _Whole
    if isinstance(kind, JSON):
        return Any
    if isinstance(kind, LargeBinary):
        found = _Bytes
    elif isinstance(kind, Boolean):
        found = bool
    elif isinstance(kind, Float):
        found = _Number
    elif isinstance(kind, String):
        found = Annotated[str, Field(max_length=kind.length), AfterValidator(_clean)]
    return found | None if column.nullable else found
