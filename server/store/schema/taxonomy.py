"""The agreed entries, their evidence, links, versions and challenges."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import JSON

from server.store.schema.base import ID, id_column, metadata

entry = Table(
    "entry",
    metadata,
    id_column(),
    id_column("study_id", of="study"),
    id_column("parent_id", of="entry", null=True),
    Column("slug", String(120), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("label_en", Text, nullable=False),
    Column("label_zh", Text, nullable=False),
    Column("definition_en", Text, nullable=False),
    Column("definition_zh", Text, nullable=False),
    Column("scope", String(12), nullable=False),
    Column("scope_reason", Text, nullable=False, default=""),  # what the scope rests on
    Column("state", String(12), nullable=False),
    Column("version", Integer, nullable=False),
    Column("order", Integer, nullable=False),
    id_column("stage_id", of="stage"),
    id_column("proposal_id", null=True),
    id_column("merged_into", null=True),
    Column("created_at", Float, nullable=False),
    UniqueConstraint("study_id", "slug"),
    UniqueConstraint("proposal_id"),
)

entry_unit = Table(
    "entry_unit",
    metadata,
    Column("entry_id", ID, ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True),
    Column("unit_id", ID, ForeignKey("unit.id", ondelete="CASCADE"), primary_key=True),
    Column("heard", Boolean, nullable=False),
)

entry_link = Table(
    "entry_link",
    metadata,
    Column("from_id", ID, ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True),
    Column("to_id", ID, ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(12), primary_key=True),
)

evidence = Table(
    "evidence",
    metadata,
    id_column(),
    id_column("entry_id", of="entry"),
    id_column("session_id", of="session", null=True),
    Column("line_id", ID),
    Column("annotation_id", ID),
    Column("passage_id", ID),
    Column("track_id", ID),
    Column("start", Float),
    Column("end", Float),
    Column("quote", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    UniqueConstraint("entry_id", "annotation_id", "line_id"),
)

entry_version = Table(
    "entry_version",  # an entry as it stood from the study's event `seq` on
    metadata,
    Column("entry_id", ID, ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    id_column("study_id", of="study"),
    Column("seq", BigInteger, nullable=False),
    Column("body", JSON, nullable=False),
    Column("at", Float, nullable=False),
    Index("ix_entry_version_study_id_seq", "study_id", "seq"),
)

taxonomy_version = Table(
    "taxonomy_version",  # a name for the taxonomy as it stood after the event `seq`
    metadata,
    id_column(),
    id_column("study_id", of="study"),
    id_column("stage_id", of="stage", null=True),
    Column("name", String(120), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Float, nullable=False),
    UniqueConstraint("study_id", "name"),
)

challenge = Table(
    "challenge",  # of an entry in force, by a unit, until it is answered
    metadata,
    id_column(),
    id_column("study_id", of="study"),
    id_column("entry_id", of="entry"),
    id_column("session_id", of="session", null=True),  # null: in writing, outside of any session
    id_column("unit_id", of="unit", null=True),
    id_column("person_id", of="person", null=True),
    Column("reason", Text, nullable=False),
    Column("answer", Text, nullable=False, default=""),
    Column("at", Float, nullable=False),
    Column("answered_at", Float),
)
