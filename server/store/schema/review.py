"""Blind review rounds: units of coding, coders, codings, resolutions."""

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
)
from sqlalchemy.types import JSON

from server.store.schema.base import ID, id_column, metadata

review_round = Table(
    "review_round",
    metadata,
    id_column(),
    id_column("study_id", of="study"),
    id_column("session_id", of="session"),
    Column("cut", String(8), nullable=False),
    Column("seq", BigInteger, nullable=False),  # the taxonomy as it stood after this event
    Column("seed", BigInteger, nullable=False),  # of the bootstrap
    Column("state", String(12), nullable=False),
    Column("codebook", JSON, nullable=False),  # the frozen entries, in order
    Column("scope", JSON, nullable=False, server_default="{}"),  # the step, or the sample drawn
    Column("strategy", String(12), nullable=False, server_default="alike"),  # begun with last
    Column("verdicts", JSON, nullable=False, server_default="{}"),  # of the sign-off, by entry
    Column("created_at", Float, nullable=False),
    Column("signed_by", Text, nullable=False, default=""),
    Column("signed_at", Float),
    Column("version", Text, nullable=False, server_default=""),  # its name, frozen by the sign-off
)

review_unit = Table(
    "review_unit",  # what is coded, cut once: line ids, in order
    metadata,
    Column("round_id", ID, ForeignKey("review_round.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("lines", JSON, nullable=False),
)

review_coder = Table(
    "review_coder",
    metadata,
    id_column(),
    id_column("round_id", of="review_round"),
    Column("name", Text, nullable=False),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("sat_in", Boolean, nullable=False, default=False),  # in the session, or leads it
    Column("done_at", Float),
)

review_login = Table(
    "review_login",  # which coder a browser is
    metadata,
    Column(
        "token_sha256",
        String(64),
        ForeignKey("login.token_sha256", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("coder_id", ID, ForeignKey("review_coder.id", ondelete="CASCADE"), primary_key=True),
)

review_coding = Table(
    "review_coding",  # no row: not seen; no codes: seen and empty
    metadata,
    Column("coder_id", ID, ForeignKey("review_coder.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("codes", JSON, nullable=False),
    Column("memo", Text, nullable=False),
    Column("at", Float, nullable=False),
)

review_resolution = Table(
    "review_resolution",
    metadata,
    Column("round_id", ID, ForeignKey("review_round.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("outcome", String(8), nullable=False),
    Column("codes", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Float, nullable=False),
)

review_remark = Table(
    "review_remark",  # what was said about a unit that was coded differently
    metadata,
    id_column(),
    id_column("round_id", of="review_round"),
    Column("number", Integer, nullable=False),
    Column("by", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Float, nullable=False),
    Index("ix_review_remark_round_id", "round_id"),
)
