"""Lay another record beside the lines, and let a session be heard again; `suggestion` was never used."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0015"
down_revision: str | None = "v0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.String(length=32)


def upgrade() -> None:
    op.drop_table("suggestion")
    op.create_table(
        "difference",
        sa.Column("id", _ID, nullable=False),
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("line_id", _ID),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("speaker", sa.Text(), nullable=False),
        sa.Column("person_id", _ID),
        sa.Column("unit_id", _ID),
        sa.Column("start", sa.Float()),
        sa.Column("end", sa.Float()),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("others", sa.JSON(), nullable=False),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("settled_by", _ID),
        sa.Column("settled_at", sa.Float()),
        sa.Column("at", sa.Float(), nullable=False),
        _belongs("difference", "session"),
        _belongs("difference", "line"),
        sa.PrimaryKeyConstraint("id", name="pk_difference"),
    )
    op.create_index("ix_difference_session_id_state", "difference", ["session_id", "state"])
    op.create_table(
        "rehearing",
        sa.Column("id", _ID, nullable=False),
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("offered", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        _belongs("rehearing", "session"),
        _belongs("rehearing", "person"),
        sa.PrimaryKeyConstraint("id", name="pk_rehearing"),
    )


def _belongs(table: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [f"{to}_id"], [f"{to}.id"], name=f"fk_{table}_{to}_id", ondelete="CASCADE"
    )
