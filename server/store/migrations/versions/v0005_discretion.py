"""Let a session keep to itself what it does not want recorded, and take back what was."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0005"
down_revision: str | None = "v0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.String(length=32)


def upgrade() -> None:
    op.create_table(
        "discretion",
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("audio", sa.String(length=8), nullable=False),
        sa.Column("off_since", sa.Float(), nullable=True),
        sa.Column("screen_delay", sa.Float(), nullable=True),
        sa.Column("screen_blank", sa.Boolean(), nullable=False),
        sa.Column("proofed_at", sa.Float(), nullable=True),
        _of_session("discretion"),
        sa.PrimaryKeyConstraint("session_id", name="pk_discretion"),
    )
    op.create_table(
        "off_record",
        sa.Column("id", _ID, nullable=False),
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("began_at", sa.Float(), nullable=False),
        sa.Column("ended_at", sa.Float(), nullable=True),
        _of_session("off_record"),
        sa.PrimaryKeyConstraint("id", name="pk_off_record"),
    )
    op.create_table(
        "redaction",
        sa.Column("id", _ID, nullable=False),
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("track_id", _ID, nullable=True),
        sa.Column("first_sample", sa.BigInteger(), nullable=True),
        sa.Column("last_sample", sa.BigInteger(), nullable=True),
        sa.Column("asked_by", _ID, nullable=False),
        sa.Column("asked_at", sa.Float(), nullable=False),
        sa.Column("done_at", sa.Float(), nullable=True),
        _of_session("redaction"),
        sa.ForeignKeyConstraint(
            ["track_id"], ["track.id"], name="fk_redaction_track_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_redaction"),
    )


def _of_session(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["session_id"], ["session.id"], name=f"fk_{table}_session_id", ondelete="CASCADE"
    )
