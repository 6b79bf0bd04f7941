"""What is left of a struck line goes in two places, perhaps on two nodes: document and sound."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0029"
down_revision: str | None = "v0028"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("redaction", sa.Column("forgotten_at", sa.Float()))
    op.add_column("redaction", sa.Column("silenced_at", sa.Float()))
