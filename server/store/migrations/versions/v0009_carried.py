"""Let a proposal be taken up in a later session, with its wordings and positions."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0009"
down_revision: str | None = "v0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("proposal", sa.Column("carried_from", sa.String(length=32), nullable=True))
