"""A study follows another: what it took over, each mark of what became of it, with evidence.

The table `inherited` of v0008 was never written: it held one mark, with one piece of evidence.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0025"
down_revision: str | None = "v0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.String(length=32)


def _belongs(table: str, to: str, by: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{by}_{to}"
    return sa.ForeignKeyConstraint([by], [f"{to}.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    op.drop_table("inherited")
    op.create_table(
        "study_before",
        sa.Column("study_id", _ID, nullable=False),
        sa.Column("before_id", _ID, nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        _belongs("study_before", "study", "study_id"),
        sa.PrimaryKeyConstraint("study_id", name="pk_study_before"),
    )
    op.create_table(
        "inherited",
        sa.Column("entry_id", _ID, nullable=False),
        sa.Column("from_id", _ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        _belongs("inherited", "entry", "entry_id"),
        sa.PrimaryKeyConstraint("entry_id", name="pk_inherited"),
    )
    op.create_table(
        "inherited_mark",
        sa.Column("entry_id", _ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fate", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        _belongs("inherited_mark", "entry", "entry_id"),
        sa.PrimaryKeyConstraint("entry_id", "version", name="pk_inherited_mark"),
    )
    op.create_table(
        "inherited_evidence",
        sa.Column("id", _ID, nullable=False),
        sa.Column("entry_id", _ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("line_id", _ID, nullable=True),
        sa.Column("passage_id", _ID, nullable=True),
        _belongs("inherited_evidence", "entry", "entry_id"),
        _belongs("inherited_evidence", "line", "line_id"),
        _belongs("inherited_evidence", "passage", "passage_id"),
        sa.PrimaryKeyConstraint("id", name="pk_inherited_evidence"),
    )
    op.create_index("ix_inherited_evidence_entry_id", "inherited_evidence", ["entry_id"])
