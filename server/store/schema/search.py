"""What the archive searches, and what people keep of their searches."""

from sqlalchemy import BigInteger, Column, Float, Integer, String, Table, Text, UniqueConstraint

from server.store.schema.base import SERIAL, id_column, metadata

search_item = Table(
    "search_item",  # what the archive finds; its tokens lie beside it, see store/search.py
    metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),  # order of arrival
    Column("of", String(12), nullable=False),  # see store/search.py, Of
    Column("ref", String(48), nullable=False),  # id of what is found; a wording's with its number
    id_column("study_id", of="study"),
    id_column("session_id", of="session", null=True),
    Column("text", Text, nullable=False),  # as it was indexed
    Column("speaker", Text, nullable=False, default=""),
    Column("facets", Text, nullable=False, default=""),  # tokens of domain/facets.py
    Column("version", Integer, nullable=False),  # of the tokeniser
    UniqueConstraint("of", "ref"),  # browsers choose annotation ids: one may equal a line's
    sqlite_autoincrement=True,  # no key twice: what is left of a removed item must find nothing
)

search_due = Table(
    "search_due",  # lines and notes that the index has not taken in yet; see store/search_due.py
    metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),  # order in which they were told
    Column("of", String(12), nullable=False),
    Column("ref", String(48), nullable=False),
)

search_state = Table(
    "search_state",  # "version": the tokeniser of the whole index; "study <id>": events followed
    metadata,
    Column("name", String(48), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

search_changed = Table(
    "search_changed",  # items changed while the index is rebuilt, as they were before
    metadata,
    Column("item_id", SERIAL, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("facets", Text, nullable=False),
)

saved_search = Table(
    "saved_search",
    metadata,
    id_column(),
    id_column("account_id", of="account"),
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False),  # the query of its address
    Column("created_at", Float, nullable=False),
    UniqueConstraint("account_id", "name"),
)
