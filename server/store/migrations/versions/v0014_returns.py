"""Return a session's record to its units: links, answers, corrections, how to be quoted."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0014"
down_revision: str | None = "v0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.String(length=32)


def upgrade() -> None:
    op.create_table(
        "return_round",
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("opened_at", sa.Float(), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        _foreign("return_round", "session"),
        sa.PrimaryKeyConstraint("session_id", name="pk_return_round"),
    )
    op.create_table(
        "unit_return",
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("seen_at", sa.Float()),
        sa.Column("replied_at", sa.Float()),
        sa.Column("replied_by", sa.Text(), nullable=False),
        sa.Column("quoting", sa.String(length=8), nullable=False),
        _foreign("unit_return", "session"),
        _foreign("unit_return", "unit"),
        sa.PrimaryKeyConstraint("session_id", "unit_id", name="pk_unit_return"),
        sa.UniqueConstraint("token_sha256", name="uq_unit_return_token_sha256"),
    )
    op.create_table(
        "return_item",
        sa.Column("id", _ID, nullable=False),
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("line_id", _ID),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        _foreign("return_item", "session"),
        _foreign("return_item", "unit"),
        sa.PrimaryKeyConstraint("id", name="pk_return_item"),
    )


def _foreign(table: str, of: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [f"{of}_id"], [f"{of}.id"], name=f"fk_{table}_{of}_id", ondelete="CASCADE"
    )
