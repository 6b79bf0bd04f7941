"""What is spoken in a session, and in which characters Chinese is written."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0010"
down_revision: str | None = "v0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "speech",
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("either", sa.Boolean(), nullable=False),
        sa.Column("script", sa.String(length=4), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name="fk_speech_session_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", name="pk_speech"),
    )
