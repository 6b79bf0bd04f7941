"""Each track remembers the node on whose disk it lies, and whether either language is spoken on it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0022"
down_revision: str | None = "v0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.String(32)


def upgrade() -> None:
    for table in ("track", "upload"):
        op.add_column(
            table, sa.Column("either", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.create_table(
        "track_home",
        sa.Column("track_id", _ID, nullable=False),
        sa.Column("node", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["track_id"], ["track.id"], name="fk_track_home_track_id_track", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("track_id", name="pk_track_home"),
    )
