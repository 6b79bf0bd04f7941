"""Projects of other tools that were brought into a study, and who coded what they brought."""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, String, Table, Text
from sqlalchemy.types import JSON

from server.store.schema.base import ID, id_column, metadata

project_import = Table(
    "project_import",
    metadata,
    id_column(),
    id_column("study_id", of="study"),
    id_column("account_id", of="account"),  # who brings it in, and to whom alone it is shown
    Column("file", Text, nullable=False),  # its name as it came
    Column("title", Text, nullable=False),
    Column("origin", Text, nullable=False),  # the tool that wrote it
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("ways", JSON, nullable=False),  # how positions may be counted, likeliest first
    Column("choices", JSON, nullable=False),  # see store/projects.py, Choices
    Column("state", String(12), nullable=False),  # see store/projects.py, ImportState
    id_column("job_id", null=True),  # the job that brought it in, or is to
    Column("made", JSON, nullable=False),  # ids of what it made, by kind; empty until it is in
    Column("counts", JSON, nullable=False),
    Column("at", Float, nullable=False),
    Column("ended_at", Float),  # when it was in, or taken back
    Index("ix_project_import_study_id_account_id", "study_id", "account_id"),
)

evidence_coder = Table(
    "evidence_coder",  # who coded a piece of evidence elsewhere; none for what was coded here
    metadata,
    Column("evidence_id", ID, ForeignKey("evidence.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(200), primary_key=True),
)
