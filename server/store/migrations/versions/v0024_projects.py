"""Projects of other tools, and who coded in them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0024"
down_revision: str | None = "v0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.String(length=32)
_T = "project_import"


def upgrade() -> None:
    op.create_table(
        _T,
        sa.Column("id", _ID, nullable=False),
        sa.Column("study_id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("ways", sa.JSON(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("job_id", _ID, nullable=True),
        sa.Column("made", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("ended_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["study_id"], ["study.id"], name=f"fk_{_T}_study_id_study", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=f"fk_{_T}_account_id_account", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{_T}"),
    )
    op.create_index(f"ix_{_T}_study_id_account_id", _T, ["study_id", "account_id"])
    op.create_table(
        "evidence_coder",
        sa.Column("evidence_id", _ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_id"],
            ["evidence.id"],
            name="fk_evidence_coder_evidence_id_evidence",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("evidence_id", "name", name="pk_evidence_coder"),
    )
