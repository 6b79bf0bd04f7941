"""What the archive's index has not taken in yet."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0030"
down_revision: str | None = "v0029"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "search_due",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("of", sa.String(length=12), nullable=False),
        sa.Column("ref", sa.String(length=48), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_due")),
    )
