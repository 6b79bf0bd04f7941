"""A review round may take one step of a session, or a sample of its units."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0018"
down_revision: str | None = "v0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    scope = sa.Column("scope", sa.JSON(), nullable=False, server_default="{}")
    op.add_column("review_round", scope)
