"""Let several nodes share one database: leases, bulletins, generations; remember refusals."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0011"
down_revision: str | None = "v0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.String(length=32)


def upgrade() -> None:
    op.add_column(
        "study", sa.Column("bulletin_seq", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.create_table(
        "doc_generation",
        sa.Column("doc", _ID, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("doc", name="pk_doc_generation"),
    )
    op.create_table(
        "session_lease",
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("node", _ID, nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_session_lease"),
    )
    op.create_table(
        "bulletin",
        sa.Column("study_id", _ID, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        _belongs("bulletin", "study"),
        sa.PrimaryKeyConstraint("study_id", "seq", name="pk_bulletin"),
    )
    op.create_table(
        "refusal",
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.Float(), nullable=False),
        sa.Column("last_at", sa.Float(), nullable=False),
        _belongs("refusal", "session"),
        sa.PrimaryKeyConstraint("session_id", "person_id", "code", name="pk_refusal"),
    )


def _belongs(table: str, to: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{to}_id_{to}"
    return sa.ForeignKeyConstraint([f"{to}_id"], [f"{to}.id"], name=name, ondelete="CASCADE")
