"""Which moderator works on which wording of the shared queue."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0023"
down_revision: str | None = "v0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("proposal", sa.Column("claim", sa.JSON()))
