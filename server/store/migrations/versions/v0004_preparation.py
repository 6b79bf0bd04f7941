"""Say which accounts run which studies; give studies, sessions and steps what is prepared.

Until now every account ran every study: each becomes an owner of those that are there.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0004"
down_revision: str | None = "v0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.String(length=32)


def upgrade() -> None:
    op.create_table(
        "membership",
        sa.Column("study_id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("share", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id"], ["study.id"], name="fk_membership_study_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_membership_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("study_id", "account_id", name="pk_membership"),
    )
    op.execute(
        "INSERT INTO membership (study_id, account_id, share) "
        "SELECT study.id, account.id, 'owner' FROM study CROSS JOIN account"
    )
    op.add_column(
        "study",
        sa.Column("languages", sa.String(length=4), nullable=False, server_default="both"),
    )
    op.add_column("study", sa.Column("retention_months", sa.Integer(), nullable=True))
    op.add_column("study", sa.Column("marking", sa.Text(), nullable=False, server_default=""))
    op.add_column("study", sa.Column("follows_id", _ID, nullable=True))
    op.add_column("session", sa.Column("place", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "session", sa.Column("starts", sa.String(length=16), nullable=False, server_default="")
    )
    op.add_column("step", sa.Column("detail", sa.JSON(), nullable=False, server_default="{}"))
