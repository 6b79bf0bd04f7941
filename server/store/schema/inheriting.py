"""A study that follows another: which, what it took over, and what became of each entry."""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, String, Table, Text

from server.store.schema.base import ID, id_column, metadata

study_before = Table(
    "study_before",  # the study that this one follows; that one may be on another server, or gone
    metadata,
    Column("study_id", ID, ForeignKey("study.id", ondelete="CASCADE"), primary_key=True),
    Column("before_id", ID, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Float, nullable=False),
)

inherited = Table(
    "inherited",  # an entry that was taken over; version: of its newest mark, 0 for none
    metadata,
    Column("entry_id", ID, ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True),
    Column("from_id", ID, nullable=False),  # the entry of the study before
    Column("version", Integer, nullable=False),
    Column("at", Float, nullable=False),
)

inherited_mark = Table(
    "inherited_mark",  # what became of it, as somebody said it then
    metadata,
    Column("entry_id", ID, ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("fate", String(12), nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Float, nullable=False),
)

inherited_evidence = Table(
    "inherited_evidence",  # a line or a passage that shows it; it goes with its line
    metadata,
    id_column(),
    id_column("entry_id", of="entry"),
    Column("version", Integer, nullable=False),
    Column("order", Integer, nullable=False),
    id_column("line_id", of="line", null=True),
    id_column("passage_id", of="passage", null=True),
    Index("ix_inherited_evidence_entry_id", "entry_id"),
)
