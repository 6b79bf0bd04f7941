"""The version of the taxonomy that a review's sign-off freezes."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0028"
down_revision: str | None = "v0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "review_round", sa.Column("version", sa.Text(), nullable=False, server_default="")
    )
