"""Background jobs: what was asked for, how far it is, what it made."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0016"
down_revision: str | None = "v0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.String(length=32)


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", _ID, nullable=False),
        sa.Column("study_id", _ID, nullable=False),
        sa.Column("session_id", _ID),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("node", sa.String(length=120), nullable=False),
        sa.Column("beat_at", sa.Float()),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("ended_at", sa.Float()),
        sa.Column("expires_at", sa.Float()),
        *(_foreign(of) for of in ("study", "session", "account")),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
    )
    op.create_index("ix_job_state", "job", ["state"])
    op.create_index("ix_job_study_id_account_id", "job", ["study_id", "account_id"])


def _foreign(of: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [f"{of}_id"], [f"{of}.id"], name=f"fk_job_{of}_id", ondelete="CASCADE"
    )
