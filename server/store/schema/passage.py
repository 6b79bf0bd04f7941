"""Passages of sources and of answers, which are coded beside lines, and notes on them."""

from sqlalchemy import Column, Float, Integer, String, Table, Text, UniqueConstraint

from server.store.schema.base import id_column, metadata

passage = Table(
    "passage",
    metadata,
    id_column(),
    id_column("study_id", of="study"),
    id_column("source_id", of="source", null=True),
    id_column("answer_id", of="answer", null=True),  # either a source's or an answer
    id_column("unit_id", of="unit", null=True),  # whose answer it is
    Column("number", Integer, nullable=False),
    Column("heading", Text, nullable=False),  # under which it stands; of an answer the question
    Column("text", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    UniqueConstraint("source_id", "number"),
    UniqueConstraint("answer_id"),
)

passage_note = Table(
    "passage_note",
    metadata,
    id_column(),
    id_column("passage_id", of="passage"),
    id_column("account_id", of="account"),
    Column("kind", String(12), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Float, nullable=False),
)
