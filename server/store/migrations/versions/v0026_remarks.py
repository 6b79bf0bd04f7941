"""Remarks on differences of a review, the strategy begun with, and what the sign-off says of entries."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0026"
down_revision: str | None = "v0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.String(length=32)
_T = "review_remark"


def upgrade() -> None:
    op.create_table(
        _T,
        sa.Column("id", _ID, nullable=False),
        sa.Column("round_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["review_round.id"],
            name=f"fk_{_T}_round_id_review_round",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{_T}"),
    )
    op.create_index(f"ix_{_T}_round_id", _T, ["round_id"])
    op.add_column(
        "review_round",
        sa.Column("strategy", sa.String(length=12), nullable=False, server_default="alike"),
    )
    op.add_column(
        "review_round", sa.Column("verdicts", sa.JSON(), nullable=False, server_default="{}")
    )
