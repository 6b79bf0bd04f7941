"""The append-only logs, and the documents: events, commands, mirror, updates, snapshots, owners."""

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Integer, LargeBinary, String, Table
from sqlalchemy.types import JSON

from server.store.schema.base import ID, metadata

study_event = Table(
    "study_event",  # append-only
    metadata,
    Column("study_id", ID, ForeignKey("study.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("session_id", ID),
    Column("person_id", ID),
    Column("role", String(20), nullable=False),
    Column("action", String(60), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("body", JSON, nullable=False),
    Column("base_version", Integer),
    Column("session_time", Float),
    Column("at", Float, nullable=False),
)

command = Table(
    "command",  # what an idempotency key has answered already
    metadata,
    Column("key", String(80), primary_key=True),
    Column("person_id", ID, primary_key=True),
    Column("name", String(60), nullable=False),
    Column("answer", JSON, nullable=False),
    Column("at", Float, nullable=False),
)

mirror = Table(
    "mirror",
    metadata,
    Column("session_id", ID, ForeignKey("session.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("root", String(12), nullable=False),
    Column("key", String(64), nullable=False),
    Column("value", JSON, nullable=True),  # null removes the key
)

doc_update = Table(
    "doc_update",
    metadata,
    Column("doc", ID, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("person", ID, nullable=False),  # "" for the server
    Column("client", BigInteger, nullable=False),
    Column("at", Float, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)

doc_client = Table(
    "doc_client",  # which client id belongs to whom, for good
    metadata,
    Column("doc", ID, primary_key=True),
    Column("client", BigInteger, primary_key=True, autoincrement=False),
    Column("person", ID, nullable=False),
)

doc_snapshot = Table(
    "doc_snapshot",
    metadata,
    Column("doc", ID, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("state", LargeBinary, nullable=False),  # zlib of an update v1
    Column("sha256", String(64), nullable=False),
    Column("at", Float, nullable=False),
)

doc_generation = Table(
    "doc_generation",  # how often a document's history was rewritten, plus one
    metadata,
    Column("doc", ID, primary_key=True),
    Column("generation", Integer, nullable=False),
)

session_lease = Table(
    "session_lease",  # which node owns a session's document; a row stays, so that epochs only grow
    metadata,
    Column("session_id", ID, primary_key=True),
    Column("node", ID, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("expires", Float, nullable=False),  # by the database's clock
)

bulletin = Table(
    "bulletin",  # live events of a study, in the order of their commits, for every node; kept a day
    metadata,
    Column("study_id", ID, ForeignKey("study.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("body", JSON, nullable=False),
    Column("at", Float, nullable=False),
)

refusal = Table(
    "refusal",  # who sent to a room what it did not take: codes and counts, never content
    metadata,
    Column("session_id", ID, ForeignKey("session.id", ondelete="CASCADE"), primary_key=True),
    Column("person_id", ID, primary_key=True),
    Column("code", String(60), primary_key=True),
    Column("times", Integer, nullable=False),
    Column("first_at", Float, nullable=False),
    Column("last_at", Float, nullable=False),
)
