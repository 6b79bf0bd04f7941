"""A session, its agenda, and what the room decided about its record."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import JSON

from server.store.schema.base import ID, id_column, metadata

session = Table(
    "session",
    metadata,
    id_column(),
    id_column("study_id", of="study"),
    id_column("stage_id", of="stage"),
    id_column("theme_id", of="theme", null=True),
    Column("kind", String(24), nullable=False),
    Column("title_en", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("language", String(2), nullable=False),
    Column("state", String(12), nullable=False),
    Column("code_sha256", String(64), nullable=False),  # the join code, normalised
    Column("code", String(12), nullable=False),  # shown to moderators only
    Column("recording", String(40), nullable=False, default=""),  # bundled recording, if any
    Column("place", Text, nullable=False, default=""),
    Column("starts", String(16), nullable=False, default=""),  # local time, YYYY-MM-DDTHH:MM
    Column("opened_at", Float),
    Column("closed_at", Float),
    id_column("step_id", null=True),
    id_column("floor", null=True),
    id_column("on_table", null=True),  # the proposal that the room is on
    Column("mirror_seq", BigInteger, nullable=False, default=0),
    Column("created_at", Float, nullable=False),
)

step = Table(
    "step",
    metadata,
    id_column(),
    id_column("session_id", of="session"),
    Column("order", Integer, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    id_column("actor_unit_id", of="unit", null=True),
    Column("detail", JSON, nullable=False, default=dict),  # see schemas.session.StepDetail
    Column("spent", Float, nullable=False, default=0.0),  # here on: schemas.conduct.Progress
    Column("extra", Integer, nullable=False, default=0),
    Column("walk", JSON, nullable=False, default=dict),
    Column("asked", JSON, nullable=False, default=list),
    UniqueConstraint("session_id", "order"),
)

agenda_template = Table(
    "agenda_template",  # an agenda kept to begin others with
    metadata,
    id_column(),
    id_column("study_id", of="study"),
    Column("title", Text, nullable=False),
    Column("rows", JSON, nullable=False),  # [{title: {en, zh}, actor, detail}]
    Column("kept_at", Float, nullable=False),
    UniqueConstraint("study_id", "title"),
)

discretion = Table(
    "discretion",  # what a session keeps to itself; no row: as the columns' defaults say
    metadata,
    Column("session_id", ID, ForeignKey("session.id", ondelete="CASCADE"), primary_key=True),
    Column("audio", String(8), nullable=False),  # kept | deleted | none
    Column("off_since", Float),  # off the record since
    Column("screen_delay", Float),  # seconds before a projector shows speech; null: never
    Column("screen_blank", Boolean, nullable=False),
    Column("proofed_at", Float),  # when the audio was deleted because the transcript was proofed
)

conduct = Table(
    "conduct",  # how a live session is being led; no row: nothing of it runs
    metadata,
    Column("session_id", ID, ForeignKey("session.id", ondelete="CASCADE"), primary_key=True),
    Column("step_since", Float),  # when the running step began to run
    Column("quiet", JSON(none_as_null=True)),  # schemas.conduct.Quiet
    Column("round", JSON(none_as_null=True)),  # schemas.conduct.Round
)

off_record = Table(
    "off_record",
    metadata,
    id_column(),
    id_column("session_id", of="session"),
    Column("began_at", Float, nullable=False),
    Column("ended_at", Float),
)

speech = Table(
    "speech",  # what is spoken in a session and how it is written; no row: as the columns' defaults say
    metadata,
    Column("session_id", ID, ForeignKey("session.id", ondelete="CASCADE"), primary_key=True),
    Column("either", Boolean, nullable=False),  # Chinese and English, else only the track's own
    Column("script", String(4), nullable=False),  # hans | hant
)
