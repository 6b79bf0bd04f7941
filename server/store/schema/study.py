"""The study and what it prepares: stages, themes, departments, units, people, sources."""

from sqlalchemy import (
    BigInteger,
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

study = Table(
    "study",
    metadata,
    id_column(),
    Column("slug", String(80), nullable=False, unique=True),
    Column("title_en", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("city_en", Text, nullable=False),
    Column("city_zh", Text, nullable=False),
    Column("rule", JSON, nullable=False),
    Column("languages", String(4), nullable=False, default="both"),  # both | en | zh
    Column("retention_months", Integer),  # null: kept without a limit
    Column("marking", Text, nullable=False, default=""),  # printed on every document
    id_column("follows_id", null=True),  # the earlier study whose results this one starts from
    Column("event_seq", BigInteger, nullable=False, default=0),
    Column("bulletin_seq", BigInteger, nullable=False, default=0, server_default="0"),
    Column("created_at", Float, nullable=False),
)

stage = Table(
    "stage",
    metadata,
    id_column(),
    id_column("study_id", of="study"),
    Column("number", Integer, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    UniqueConstraint("study_id", "number"),
)

theme = Table(
    "theme",
    metadata,
    id_column(),
    id_column("study_id", of="study"),
    Column("number", Integer, nullable=False),
    Column("slug", String(80), nullable=False),
    Column("title_en", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    UniqueConstraint("study_id", "number"),
)

unit = Table(
    "unit",
    metadata,
    id_column(),
    id_column("study_id", of="study"),
    id_column("theme_id", of="theme", null=True),
    Column("slug", String(80), nullable=False),
    Column("name_en", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("order", Integer, nullable=False),
    UniqueConstraint("study_id", "slug"),
)

unit_alias = Table(
    "unit_alias",
    metadata,
    id_column(),
    id_column("unit_id", of="unit"),
    Column("alias", Text, nullable=False),
    UniqueConstraint("unit_id", "alias"),
)

unit_succession = Table(
    "unit_succession",  # what a unit came from: another unit, or only a name of before
    metadata,
    id_column(),
    Column("unit_id", ID, ForeignKey("unit.id", ondelete="CASCADE"), nullable=False),
    id_column("from_id", of="unit", null=True),  # null: the unit itself under another name
    Column("kind", String(12), nullable=False),  # renamed | merged | split
    Column("name_en", Text, nullable=False),  # what was there before, as it was called
    Column("name_zh", Text, nullable=False),
    Column("on", String(10), nullable=False),  # YYYY, YYYY-MM or YYYY-MM-DD; "" unknown
)

department = Table(
    "department",  # of a theme: the source does not tie them to units
    metadata,
    id_column(),
    id_column("theme_id", of="theme"),
    Column("order", Integer, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
)

colleague = Table(
    "colleague",  # people of a study, before anybody invites them to a session
    metadata,
    id_column(),
    id_column("study_id", of="study"),
    id_column("unit_id", of="unit", null=True),
    Column("name", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("expertise", Text, nullable=False),
    Column("role", String(20), nullable=False),
    Column("language", String(2), nullable=False),
    Column("created_at", Float, nullable=False),
)

source = Table(
    "source",
    metadata,
    id_column(),
    id_column("study_id", of="study"),
    id_column("stage_id", of="stage"),
    Column("slug", String(80), nullable=False),
    Column("title", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("level", String(40), nullable=False),
    Column("year", Integer),
    Column("topic", String(80), nullable=False),
    Column("targets", Text, nullable=False),
    Column("url", Text, nullable=False),
    UniqueConstraint("study_id", "slug"),
)
