"""The archive's index on PostgreSQL in parts by key, each with a GIN of its own."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from server.store import search

revision: str = "v0027"
down_revision: str | None = "v0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_PART = 1 << 17
_KIND = "SELECT CAST(relkind AS text) FROM pg_class WHERE oid = to_regclass('search_index')"


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    if connection.execute(sa.text(_KIND)).scalar_one() == "p":
        return  # made now by the first migrations, which ask for the index as it is today
    op.execute("SET LOCAL statement_timeout = 0")  # some minutes for a million items
    op.execute("ALTER TABLE search_index RENAME TO search_index_whole")
    search.create_index(connection)
    last = connection.execute(sa.text("SELECT max(id) FROM search_index_whole")).scalar_one() or 0
    for part in range(last // _PART + 1):
        name, low, high = f"search_index_{part}", part * _PART, (part + 1) * _PART
        op.execute(f"CREATE TABLE {name} (LIKE search_index INCLUDING DEFAULTS)")
        op.execute(
            f"INSERT INTO {name} SELECT id, terms FROM search_index_whole"  # noqa: S608
            f" WHERE id >= {low} AND id < {high}"
        )
        op.execute(f"CREATE INDEX ON {name} USING gin (terms)")
        op.execute(
            f"ALTER TABLE search_index ATTACH PARTITION {name} FOR VALUES FROM ({low}) TO ({high})"
        )
    op.execute("DROP TABLE search_index_whole")
