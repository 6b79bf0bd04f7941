"""Let foreign Yjs programs into a session by a bearer token that can be revoked."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0012"
down_revision: str | None = "v0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.String(length=32)


def upgrade() -> None:
    op.create_table(
        "peer_token",
        sa.Column("id", _ID, nullable=False),
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("revoked_at", sa.Float(), nullable=True),
        _belongs("peer_token", "session"),
        _belongs("peer_token", "person"),
        sa.PrimaryKeyConstraint("id", name="pk_peer_token"),
        sa.UniqueConstraint("token_sha256", name="uq_peer_token_token_sha256"),
    )


def _belongs(table: str, to: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{to}_id_{to}"
    return sa.ForeignKeyConstraint([f"{to}_id"], [f"{to}.id"], name=name, ondelete="CASCADE")
