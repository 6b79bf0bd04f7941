"""From a proposal to positions: wordings, marks, sealed objections."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import JSON

from server.store.schema.base import ID, SERIAL, id_column, metadata

proposal = Table(
    "proposal",
    metadata,
    id_column(),
    id_column("study_id", of="study"),
    id_column("session_id", of="session"),
    Column("kind", String(12), nullable=False),
    Column("state", String(16), nullable=False),
    Column("draft_id", ID, nullable=False),  # annotation id of the opened wording
    Column("grounds", JSON, nullable=False),  # annotation ids
    Column("affected", JSON, nullable=False),  # unit ids
    id_column("entry_id", null=True),
    Column("outcome", JSON, nullable=False, default=dict),  # of a deferral, a keeping, a drop
    Column("revealed", Integer, nullable=False, default=0),  # wording whose positions were shown
    id_column("split_from", null=True),
    id_column("carried_from", null=True),  # a deferred proposal of an earlier session
    Column("claim", JSON(none_as_null=True)),  # who works on it: {person, name, until}
    Column("created_by", ID, nullable=False),
    Column("created_at", Float, nullable=False),
    UniqueConstraint("session_id", "draft_id"),
)

wording = Table(
    "wording",
    metadata,
    Column("proposal_id", ID, ForeignKey("proposal.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("authors", JSON, nullable=False),
    Column("room_seq", BigInteger, nullable=False),
    Column("put_by", ID, nullable=False),
    Column("put_at", Float, nullable=False),
)

position = Table(
    "position",
    metadata,
    Column("seq", SERIAL, primary_key=True, autoincrement=True),  # the newest of a unit counts
    id_column("proposal_id", of="proposal"),
    Column("number", Integer, nullable=False),
    id_column("unit_id", of="unit"),
    id_column("person_id", null=True),
    Column("stance", String(10), nullable=False),
    Column("reason", Text, nullable=False),
    Column("line_id", ID),  # where it was spoken
    Column("recorded_by", ID, nullable=False),
    Column("at", Float, nullable=False),
    CheckConstraint("stance <> 'object' OR reason <> ''", name="objection_has_reason"),
)

unit_speaker = Table(
    "unit_speaker",  # whose position counts, where a unit has several people in a session
    metadata,
    Column("session_id", ID, ForeignKey("session.id", ondelete="CASCADE"), primary_key=True),
    Column("unit_id", ID, ForeignKey("unit.id", ondelete="CASCADE"), primary_key=True),
    id_column("person_id", of="person"),
)

mark = Table(
    "mark",  # "we too" or "not so": one for each unit on each note or entry
    metadata,
    id_column(),
    id_column("study_id", of="study"),
    id_column("session_id", of="session"),
    id_column("unit_id", of="unit"),
    id_column("person_id", of="person"),
    Column("of", String(12), nullable=False),  # annotation | entry
    Column("ref", ID, nullable=False),
    Column("shared", Boolean, nullable=False),  # true: we too; false: not so
    Column("example", Text, nullable=False),
    Column("at", Float, nullable=False),
    UniqueConstraint("of", "ref", "unit_id"),
)

confidant = Table(
    "confidant",  # who reads what was objected to in private
    metadata,
    Column("study_id", ID, ForeignKey("study.id", ondelete="CASCADE"), primary_key=True),
    Column("account_id", ID, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
)

private_objection = Table(
    "private_objection",  # sealed: who, on what, why and when stand inside the box
    metadata,
    id_column(),
    id_column("study_id", of="study"),
    Column("box", LargeBinary, nullable=False),
)
