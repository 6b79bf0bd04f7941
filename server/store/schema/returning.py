"""What goes back to the units after a session, and what they answer."""

from sqlalchemy import Column, Float, ForeignKey, String, Table, Text

from server.store.schema.base import ID, id_column, metadata

return_round = Table(
    "return_round",  # a closed session's record is with its units
    metadata,
    Column("session_id", ID, ForeignKey("session.id", ondelete="CASCADE"), primary_key=True),
    Column("opened_at", Float, nullable=False),
    Column("until", Float, nullable=False),
    Column("by", Text, nullable=False),
)

unit_return = Table(
    "unit_return",
    metadata,
    Column("session_id", ID, ForeignKey("session.id", ondelete="CASCADE"), primary_key=True),
    Column("unit_id", ID, ForeignKey("unit.id", ondelete="CASCADE"), primary_key=True),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("seen_at", Float),
    Column("replied_at", Float),
    Column("replied_by", Text, nullable=False, default=""),
    Column("quoting", String(8), nullable=False, default="name"),  # name | without | not
)

return_item = Table(
    "return_item",  # one thing that a unit corrects, withdraws or adds
    metadata,
    id_column(),
    id_column("session_id", of="session"),
    id_column("unit_id", of="unit"),
    Column("kind", String(8), nullable=False),  # correct | withdraw | add
    Column("line_id", ID),
    Column("before", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("state", String(8), nullable=False),  # open | taken | left
    Column("at", Float, nullable=False),
)
