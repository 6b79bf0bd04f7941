"""Priorities marked in silence: steps of a session, and the sheet of each unit."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0021"
down_revision: str | None = "v0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.String(length=32)


def _belongs(table: str, to: str, by: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{by}_{to}"
    return sa.ForeignKeyConstraint([by], [f"{to}.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    table = "priority_round"
    op.create_table(
        table,
        sa.Column("id", _ID, nullable=False),
        sa.Column("study_id", _ID, nullable=False),
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("entries", sa.JSON(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.Float(), nullable=False),
        sa.Column("closed_at", sa.Float(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        _belongs(table, "study", "study_id"),
        _belongs(table, "session", "session_id"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )
    op.create_index("ix_priority_round_study_id", table, ["study_id"])
    table = "priority_sheet"
    op.create_table(
        table,
        sa.Column("round_id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("urgent", sa.JSON(), nullable=False),
        sa.Column("ours", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        _belongs(table, "priority_round", "round_id"),
        _belongs(table, "unit", "unit_id"),
        sa.PrimaryKeyConstraint("round_id", "unit_id", name=f"pk_{table}"),
    )
