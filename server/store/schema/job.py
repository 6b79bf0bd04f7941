"""Background jobs as people see them; the engine that runs them keeps tables of its own."""

from sqlalchemy import Column, Float, Index, Integer, String, Table
from sqlalchemy.types import JSON

from server.store.schema.base import id_column, metadata

job = Table(
    "job",
    metadata,
    id_column(),
    id_column("study_id", of="study"),
    id_column("session_id", of="session", null=True),
    id_column("account_id", of="account"),  # who asked, and to whom alone it is shown
    Column("kind", String(20), nullable=False),
    Column("params", JSON, nullable=False),
    Column("state", String(12), nullable=False),  # see store/jobs.py, JobState
    Column("done", Integer, nullable=False, default=0),
    Column("total", Integer, nullable=False, default=0),
    Column("code", String(60), nullable=False, default=""),  # why it failed
    Column("fields", JSON, nullable=False, default=dict),
    Column("files", JSON, nullable=False, default=list),  # what it made: name, size, sha256
    Column("node", String(120), nullable=False, default=""),  # the process that runs it
    Column("beat_at", Float),  # when that process last said so
    Column("created_at", Float, nullable=False),
    Column("ended_at", Float),
    Column("expires_at", Float),  # when what it made is removed
    Index("ix_job_state", "state"),
    Index("ix_job_study_id_account_id", "study_id", "account_id"),
)
