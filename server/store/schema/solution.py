"""Solutions assessed: every version of what a focus group said about one."""

from sqlalchemy import Column, Float, Integer, String, Table, Text, UniqueConstraint
from sqlalchemy.types import JSON

from server.store.schema.base import ID, id_column, metadata

solution_assessment = Table(
    "solution_assessment",  # one version; the newest of its solution is what stands
    metadata,
    id_column(),
    id_column("study_id", of="study"),
    id_column("entry_id", of="entry", null=True),  # the solution: an entry,
    Column("annotation_id", ID),  # or what lies on the shelf; one of the two
    Column("version", Integer, nullable=False),
    id_column("lead_id", of="unit", null=True),
    Column("supporting", JSON, nullable=False),  # ids of units
    Column("feasibility", String(12), nullable=False),
    Column("reason", Text, nullable=False),
    Column("depends_on", Text, nullable=False),
    Column("horizon", String(8), nullable=False),
    Column("cost", String(8), nullable=False),
    Column("regulation", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Float, nullable=False),
    UniqueConstraint("entry_id", "version"),
    UniqueConstraint("annotation_id", "version"),
)
