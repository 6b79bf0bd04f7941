"""Ask units that were not heard: stands on entries and wordings, objections in writing."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0020"
down_revision: str | None = "v0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.String(length=32)


def upgrade() -> None:
    with op.batch_alter_table("question") as table:
        table.add_column(sa.Column("proposal_id", _ID))
        table.add_column(sa.Column("number", sa.Integer(), nullable=False, server_default="0"))
        table.create_foreign_key(
            "fk_question_proposal_id", "proposal", ["proposal_id"], ["id"], ondelete="CASCADE"
        )
    with op.batch_alter_table("challenge") as table:
        table.alter_column("session_id", existing_type=_ID, nullable=True)
        table.alter_column("person_id", existing_type=_ID, nullable=True)
