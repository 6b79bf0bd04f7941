"""Let a session be led: clocks of steps, silent minutes, rounds, what was asked; keep agendas."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0013"
down_revision: str | None = "v0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "conduct",
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("step_since", sa.Float(), nullable=True),
        sa.Column("quiet", sa.JSON(), nullable=True),
        sa.Column("round", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name="fk_conduct_session_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", name="pk_conduct"),
    )
    op.create_table(
        "agenda_template",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("study_id", sa.String(length=32), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("kept_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id"], ["study.id"], name="fk_agenda_template_study_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_agenda_template"),
        sa.UniqueConstraint("study_id", "title", name="uq_agenda_template_study_id_title"),
    )
    for column in (
        sa.Column("spent", sa.Float(), nullable=False, server_default="0"),
        sa.Column("extra", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("walk", sa.JSON(), nullable=False, server_default="{}"),
        sa.Column("asked", sa.JSON(), nullable=False, server_default="[]"),
    ):
        op.add_column("step", column)
