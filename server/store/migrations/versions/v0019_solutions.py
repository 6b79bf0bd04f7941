"""Solutions assessed, in versions."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0019"
down_revision: str | None = "v0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.String(length=32)
_T = "solution_assessment"


def upgrade() -> None:
    op.create_table(
        _T,
        sa.Column("id", _ID, nullable=False),
        sa.Column("study_id", _ID, nullable=False),
        sa.Column("entry_id", _ID, nullable=True),
        sa.Column("annotation_id", _ID, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("lead_id", _ID, nullable=True),
        sa.Column("supporting", sa.JSON(), nullable=False),
        sa.Column("feasibility", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("depends_on", sa.Text(), nullable=False),
        sa.Column("horizon", sa.String(length=8), nullable=False),
        sa.Column("cost", sa.String(length=8), nullable=False),
        sa.Column("regulation", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id"], ["study.id"], name=f"fk_{_T}_study_id_study", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entry.id"], name=f"fk_{_T}_entry_id_entry", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["unit.id"], name=f"fk_{_T}_lead_id_unit", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{_T}"),
        sa.UniqueConstraint("entry_id", "version", name=f"uq_{_T}_entry_id_version"),
        sa.UniqueConstraint("annotation_id", "version", name=f"uq_{_T}_annotation_id_version"),
    )
