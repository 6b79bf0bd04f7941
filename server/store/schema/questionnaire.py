"""Questionnaires: questions, one response for each unit, answers that are typed together."""

from sqlalchemy import (
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

questionnaire = Table(
    "questionnaire",
    metadata,
    id_column(),
    id_column("study_id", of="study"),
    id_column("stage_id", of="stage"),
    Column("title_en", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("intro_en", Text, nullable=False),
    Column("intro_zh", Text, nullable=False),
    Column("cities", JSON, nullable=False),  # names to compare with
    Column("due", String(10), nullable=False),  # YYYY-MM-DD, "" for none
    Column("state", String(12), nullable=False),  # prepared | open | closed
    Column("created_at", Float, nullable=False),
)

question = Table(
    "question",
    metadata,
    id_column(),
    id_column("questionnaire_id", of="questionnaire"),
    Column("order", Integer, nullable=False),
    id_column("theme_id", of="theme", null=True),  # null: every unit is asked
    id_column("entry_id", of="entry", null=True),  # a stand on this entry is asked for
    id_column("proposal_id", of="proposal", null=True),  # or on this wording that is not settled
    Column("number", Integer, nullable=False, default=0),  # version or wording that is asked about
    Column("kind", String(12), nullable=False),  # open | level | stance
    Column("text_en", Text, nullable=False),
    Column("text_zh", Text, nullable=False),
    Column("units", JSON, nullable=False),  # unit ids who alone are asked; [] as the theme says
)

response = Table(
    "response",
    metadata,
    id_column(),
    id_column("questionnaire_id", of="questionnaire"),
    id_column("unit_id", of="unit"),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("contact", Text, nullable=False),  # who is to release it
    Column("entered_at", Float),
    Column("begun_at", Float),
    Column("released_at", Float),
    Column("released_by", Text, nullable=False),
    Column("reopened_at", Float),
    Column("reopen_reason", Text, nullable=False),
    Column("reminded_at", Float),
    UniqueConstraint("questionnaire_id", "unit_id"),
)

response_login = Table(
    "response_login",  # browsers that came by a unit's link
    metadata,
    Column(
        "token_sha256",
        String(64),
        ForeignKey("login.token_sha256", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("response_id", ID, ForeignKey("response.id", ondelete="CASCADE"), primary_key=True),
    Column("name", Text, nullable=False),
)

answer = Table(
    "answer",
    metadata,
    id_column(),
    id_column("response_id", of="response"),
    id_column("question_id", of="question"),
    Column("text", Text, nullable=False),
    Column("levels", JSON, nullable=False),  # level or stance by what it is of: "own", a city
    Column("version", Integer, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Float, nullable=False),
    UniqueConstraint("response_id", "question_id"),
)
