"""Give the negotiation its outcomes, marks and sealed table, and the taxonomy its versions.

Every entry that stands already gets its present state as a version, so that a difference to any
later moment can be shown.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "v0003"
down_revision: str | None = "v0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.String(length=32)


def upgrade() -> None:
    op.add_column("session", sa.Column("on_table", _ID, nullable=True))
    op.add_column("proposal", sa.Column("outcome", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column(
        "proposal", sa.Column("revealed", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("proposal", sa.Column("split_from", _ID, nullable=True))
    op.add_column("entry", sa.Column("scope_reason", sa.Text(), nullable=False, server_default=""))
    _negotiation()
    _taxonomy()
    _first_versions()


def _negotiation() -> None:
    op.create_table(
        "unit_speaker",
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        _foreign("unit_speaker", "session"),
        _foreign("unit_speaker", "unit"),
        _foreign("unit_speaker", "person"),
        sa.PrimaryKeyConstraint("session_id", "unit_id", name="pk_unit_speaker"),
    )
    op.create_table(
        "mark",
        sa.Column("id", _ID, nullable=False),
        sa.Column("study_id", _ID, nullable=False),
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("of", sa.String(length=12), nullable=False),
        sa.Column("ref", _ID, nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("example", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        *(_foreign("mark", name) for name in ("study", "session", "unit", "person")),
        sa.PrimaryKeyConstraint("id", name="pk_mark"),
        sa.UniqueConstraint("of", "ref", "unit_id", name="uq_mark_of_ref_unit_id"),
    )
    op.create_table(
        "confidant",
        sa.Column("study_id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        _foreign("confidant", "study"),
        _foreign("confidant", "account"),
        sa.PrimaryKeyConstraint("study_id", "account_id", name="pk_confidant"),
    )
    op.create_table(
        "private_objection",
        sa.Column("id", _ID, nullable=False),
        sa.Column("study_id", _ID, nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        _foreign("private_objection", "study"),
        sa.PrimaryKeyConstraint("id", name="pk_private_objection"),
    )


def _taxonomy() -> None:
    op.create_table(
        "entry_version",
        sa.Column("entry_id", _ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("study_id", _ID, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        _foreign("entry_version", "entry"),
        _foreign("entry_version", "study"),
        sa.PrimaryKeyConstraint("entry_id", "version", name="pk_entry_version"),
    )
    op.create_index("ix_entry_version_study_id_seq", "entry_version", ["study_id", "seq"])
    op.create_table(
        "taxonomy_version",
        sa.Column("id", _ID, nullable=False),
        sa.Column("study_id", _ID, nullable=False),
        sa.Column("stage_id", _ID, nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        _foreign("taxonomy_version", "study"),
        _foreign("taxonomy_version", "stage"),
        sa.PrimaryKeyConstraint("id", name="pk_taxonomy_version"),
        sa.UniqueConstraint("study_id", "name", name="uq_taxonomy_version_study_id_name"),
    )
    op.create_table(
        "challenge",
        sa.Column("id", _ID, nullable=False),
        sa.Column("study_id", _ID, nullable=False),
        sa.Column("entry_id", _ID, nullable=False),
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=True),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("answered_at", sa.Float(), nullable=True),
        *(_foreign("challenge", name) for name in ("study", "entry", "session", "unit", "person")),
        sa.PrimaryKeyConstraint("id", name="pk_challenge"),
    )


def _first_versions() -> None:
    connection = op.get_bind()
    entry = sa.table(
        "entry",
        *(sa.column(name) for name in ("id", "study_id", "version", "created_at", *_BODY)),
    )
    link = sa.table("entry_link", sa.column("from_id"), sa.column("to_id"), sa.column("kind"))
    links: dict[str, list[list[str]]] = {}
    for one in connection.execute(sa.select(link).order_by(link.c.kind, link.c.to_id)):
        links.setdefault(one.from_id, []).append([one.kind, one.to_id])
    study = sa.table("study", sa.column("id"), sa.column("event_seq"))
    seqs = {one.id: one.event_seq for one in connection.execute(sa.select(study))}
    version = sa.table(
        "entry_version",
        sa.column("entry_id"),
        sa.column("version"),
        sa.column("study_id"),
        sa.column("seq"),
        sa.column("body", sa.JSON()),
        sa.column("at"),
    )
    found = [
        {
            "entry_id": one.id,
            "version": one.version,
            "study_id": one.study_id,
            "seq": seqs[one.study_id],
            "body": {name: getattr(one, name) for name in _BODY}
            | {"scope_reason": "", "links": links.get(one.id, [])},
            "at": one.created_at,
        }
        for one in connection.execute(sa.select(entry))
    ]
    if found:
        connection.execute(sa.insert(version), found)


_BODY = (
    "kind", "parent_id", "label_en", "label_zh", "definition_en", "definition_zh", "scope",
    "state", "order", "merged_into",
)  # fmt: skip


def _foreign(table: str, other: str) -> sa.ForeignKeyConstraint:
    column = f"{other}_id"
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE"
    )
