"""Drafts, and the projection of what the document holds."""

from sqlalchemy import Boolean, Column, Float, String, Table, Text
from sqlalchemy.types import JSON

from server.store.schema.base import ID, SERIAL, id_column, metadata

draft = Table(
    "draft",
    metadata,
    id_column(),
    id_column("session_id", of="session"),
    id_column("person_id", of="person"),
    Column("body", JSON, nullable=False),  # {kind, targets, text, ...}, the browser's own shape
    Column("updated_at", Float, nullable=False),
)

annotation = Table(
    "annotation",  # a projection of the document, rebuilt at will
    metadata,
    Column("seq", SERIAL, primary_key=True, autoincrement=True),
    Column("id", ID, nullable=False, unique=True),
    id_column("session_id", of="session"),
    Column("author", ID, nullable=False),
    Column("line_id", ID, nullable=False),  # the first target
    Column("unit_id", ID),  # the voice's unit
    Column("voice_name", Text, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("text", Text, nullable=False),
    Column("targets", JSON, nullable=False),
    Column("opened", Boolean, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("at", Float, nullable=False),
)
