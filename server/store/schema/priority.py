"""Priorities marked in silence: the steps that asked, and each unit's sheet."""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, Table, Text
from sqlalchemy.types import JSON

from server.store.schema.base import ID, id_column, metadata

priority_round = Table(
    "priority_round",  # a silent step of a session; closed_at: None while units mark
    metadata,
    id_column(),
    id_column("study_id", of="study"),
    id_column("session_id", of="session"),
    Column("entries", JSON, nullable=False),  # ids, as they stood when it was opened
    Column("most", Integer, nullable=False),
    Column("opened_at", Float, nullable=False),
    Column("closed_at", Float),
    Column("by", Text, nullable=False),
    Index("ix_priority_round_study_id", "study_id"),
)

priority_sheet = Table(
    "priority_sheet",  # what one unit marked; nobody else's to see before the step is closed
    metadata,
    Column("round_id", ID, ForeignKey("priority_round.id", ondelete="CASCADE"), primary_key=True),
    Column("unit_id", ID, ForeignKey("unit.id", ondelete="CASCADE"), primary_key=True),
    Column("urgent", JSON, nullable=False),  # ids of entries
    Column("ours", JSON, nullable=False),
    Column("version", Integer, nullable=False),
    Column("person_id", ID, nullable=False),
    Column("at", Float, nullable=False),
)
