"""Let lines be corrected, split, joined and heard again, and recordings be brought in."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0006"
down_revision: str | None = "v0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.String(length=32)


def upgrade() -> None:
    op.add_column("line", sa.Column("edits", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("line", sa.Column("family", _ID, nullable=True))
    op.add_column("redaction", sa.Column("kin", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "suggestion",
        sa.Column("id", _ID, nullable=False),
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("line_id", _ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        _belongs("suggestion", "session"),
        _belongs("suggestion", "line"),
        sa.PrimaryKeyConstraint("id", name="pk_suggestion"),
    )
    op.create_table(
        "term",
        sa.Column("study_id", _ID, nullable=False),
        sa.Column("text", sa.String(length=80), nullable=False),
        sa.Column("by", _ID, nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        _belongs("term", "study"),
        sa.PrimaryKeyConstraint("study_id", "text", name="pk_term"),
    )
    op.create_table(
        "upload",
        sa.Column("id", _ID, nullable=False),
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("stereo", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("position", sa.Float(), nullable=False),
        sa.Column("length", sa.Float(), nullable=False),
        sa.Column("tracks", sa.JSON(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        _belongs("upload", "session"),
        _belongs("upload", "person"),
        sa.PrimaryKeyConstraint("id", name="pk_upload"),
    )


def _belongs(table: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [f"{to}_id"], [f"{to}.id"], name=f"fk_{table}_{to}_id", ondelete="CASCADE"
    )
