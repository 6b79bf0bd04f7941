"""The requirement specification: numbered statements, and every version of each."""

from sqlalchemy import Column, Float, ForeignKey, Integer, String, Table, Text, UniqueConstraint
from sqlalchemy.types import JSON

from server.store.schema.base import ID, id_column, metadata

requirement = Table(
    "requirement",
    metadata,
    id_column(),
    id_column("study_id", of="study"),
    Column("number", Integer, nullable=False),  # never given twice
    Column("version", Integer, nullable=False),
    Column("created_at", Float, nullable=False),
    UniqueConstraint("study_id", "number"),
)

requirement_version = Table(
    "requirement_version",  # what a requirement said from then on
    metadata,
    Column(
        "requirement_id", ID, ForeignKey("requirement.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("version", Integer, primary_key=True),
    Column("priority", String(8), nullable=False),
    Column("standing", String(12), nullable=False),
    Column("body", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Float, nullable=False),
)
