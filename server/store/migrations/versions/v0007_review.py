"""Review rounds: units of coding, blind coders, what they chose, and how differences were settled."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0007"
down_revision: str | None = "v0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.String(length=32)


def upgrade() -> None:
    op.create_table(
        "review_round",
        sa.Column("id", _ID, nullable=False),
        sa.Column("study_id", _ID, nullable=False),
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("cut", sa.String(length=8), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("codebook", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.Float()),
        _foreign("review_round", "study"),
        _foreign("review_round", "session"),
        sa.PrimaryKeyConstraint("id", name="pk_review_round"),
    )
    op.create_table(
        "review_unit",
        sa.Column("round_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        _foreign("review_unit", "review_round", "round_id"),
        sa.PrimaryKeyConstraint("round_id", "number", name="pk_review_unit"),
    )
    op.create_table(
        "review_coder",
        sa.Column("id", _ID, nullable=False),
        sa.Column("round_id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("sat_in", sa.Boolean(), nullable=False),
        sa.Column("done_at", sa.Float()),
        _foreign("review_coder", "review_round", "round_id"),
        sa.PrimaryKeyConstraint("id", name="pk_review_coder"),
        sa.UniqueConstraint("token_sha256", name="uq_review_coder_token_sha256"),
    )
    op.create_table(
        "review_login",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("coder_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["token_sha256"],
            ["login.token_sha256"],
            name="fk_review_login_token_sha256",
            ondelete="CASCADE",
        ),
        _foreign("review_login", "review_coder", "coder_id"),
        sa.PrimaryKeyConstraint("token_sha256", "coder_id", name="pk_review_login"),
    )
    op.create_table(
        "review_coding",
        sa.Column("coder_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("memo", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        _foreign("review_coding", "review_coder", "coder_id"),
        sa.PrimaryKeyConstraint("coder_id", "number", name="pk_review_coding"),
    )
    op.create_table(
        "review_resolution",
        sa.Column("round_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        _foreign("review_resolution", "review_round", "round_id"),
        sa.PrimaryKeyConstraint("round_id", "number", name="pk_review_resolution"),
    )


def _foreign(table: str, of: str, column: str = "") -> sa.ForeignKeyConstraint:
    name = column or f"{of}_id"
    return sa.ForeignKeyConstraint(
        [name], [f"{of}.id"], name=f"fk_{table}_{name}", ondelete="CASCADE"
    )
