"""Prepare a study whole: succession, departments, people, passages, questionnaires, inheritance."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0008"
down_revision: str | None = "v0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.String(length=32)


def upgrade() -> None:
    op.add_column("evidence", sa.Column("passage_id", _ID, nullable=True))
    _prepared()
    _asked()
    _coded()


def _prepared() -> None:
    op.create_table(
        "unit_succession",
        sa.Column("id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("from_id", _ID),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("on", sa.String(length=10), nullable=False),
        _belongs("unit_succession", "unit", "unit_id"),
        _belongs("unit_succession", "unit", "from_id"),
        sa.PrimaryKeyConstraint("id", name="pk_unit_succession"),
    )
    op.create_table(
        "department",
        sa.Column("id", _ID, nullable=False),
        sa.Column("theme_id", _ID, nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        _belongs("department", "theme", "theme_id"),
        sa.PrimaryKeyConstraint("id", name="pk_department"),
    )
    op.create_table(
        "colleague",
        sa.Column("id", _ID, nullable=False),
        sa.Column("study_id", _ID, nullable=False),
        sa.Column("unit_id", _ID),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("expertise", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        _belongs("colleague", "study", "study_id"),
        _belongs("colleague", "unit", "unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_colleague"),
    )


def _asked() -> None:
    op.create_table(
        "questionnaire",
        sa.Column("id", _ID, nullable=False),
        sa.Column("study_id", _ID, nullable=False),
        sa.Column("stage_id", _ID, nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("intro_en", sa.Text(), nullable=False),
        sa.Column("intro_zh", sa.Text(), nullable=False),
        sa.Column("cities", sa.JSON(), nullable=False),
        sa.Column("due", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        _belongs("questionnaire", "study", "study_id"),
        _belongs("questionnaire", "stage", "stage_id"),
        sa.PrimaryKeyConstraint("id", name="pk_questionnaire"),
    )
    op.create_table(
        "question",
        sa.Column("id", _ID, nullable=False),
        sa.Column("questionnaire_id", _ID, nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("theme_id", _ID),
        sa.Column("entry_id", _ID),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("units", sa.JSON(), nullable=False),
        _belongs("question", "questionnaire", "questionnaire_id"),
        _belongs("question", "theme", "theme_id"),
        _belongs("question", "entry", "entry_id"),
        sa.PrimaryKeyConstraint("id", name="pk_question"),
    )
    op.create_table(
        "response",
        sa.Column("id", _ID, nullable=False),
        sa.Column("questionnaire_id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.Float()),
        sa.Column("begun_at", sa.Float()),
        sa.Column("released_at", sa.Float()),
        sa.Column("released_by", sa.Text(), nullable=False),
        sa.Column("reopened_at", sa.Float()),
        sa.Column("reopen_reason", sa.Text(), nullable=False),
        sa.Column("reminded_at", sa.Float()),
        _belongs("response", "questionnaire", "questionnaire_id"),
        _belongs("response", "unit", "unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_response"),
        sa.UniqueConstraint("token_sha256", name="uq_response_token_sha256"),
        sa.UniqueConstraint(
            "questionnaire_id", "unit_id", name="uq_response_questionnaire_id_unit_id"
        ),
    )
    op.create_table(
        "response_login",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("response_id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["token_sha256"],
            ["login.token_sha256"],
            name="fk_response_login_token_sha256",
            ondelete="CASCADE",
        ),
        _belongs("response_login", "response", "response_id"),
        sa.PrimaryKeyConstraint("token_sha256", "response_id", name="pk_response_login"),
    )
    op.create_table(
        "answer",
        sa.Column("id", _ID, nullable=False),
        sa.Column("response_id", _ID, nullable=False),
        sa.Column("question_id", _ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        _belongs("answer", "response", "response_id"),
        _belongs("answer", "question", "question_id"),
        sa.PrimaryKeyConstraint("id", name="pk_answer"),
        sa.UniqueConstraint("response_id", "question_id", name="uq_answer_response_id_question_id"),
    )


def _coded() -> None:
    op.create_table(
        "passage",
        sa.Column("id", _ID, nullable=False),
        sa.Column("study_id", _ID, nullable=False),
        sa.Column("source_id", _ID),
        sa.Column("answer_id", _ID),
        sa.Column("unit_id", _ID),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        _belongs("passage", "study", "study_id"),
        _belongs("passage", "source", "source_id"),
        _belongs("passage", "answer", "answer_id"),
        _belongs("passage", "unit", "unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_passage"),
        sa.UniqueConstraint("source_id", "number", name="uq_passage_source_id_number"),
        sa.UniqueConstraint("answer_id", name="uq_passage_answer_id"),
    )
    op.create_table(
        "passage_note",
        sa.Column("id", _ID, nullable=False),
        sa.Column("passage_id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        _belongs("passage_note", "passage", "passage_id"),
        _belongs("passage_note", "account", "account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_passage_note"),
    )
    op.create_table(
        "inherited",
        sa.Column("entry_id", _ID, nullable=False),
        sa.Column("from_id", _ID, nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence_id", _ID),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.Float()),
        _belongs("inherited", "entry", "entry_id"),
        sa.PrimaryKeyConstraint("entry_id", name="pk_inherited"),
    )


def _belongs(table: str, of: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{of}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE"
    )
