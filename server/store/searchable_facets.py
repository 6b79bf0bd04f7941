"""What searchables of every kind share: their facet tokens, their language, what they back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, select

from server.domain import facets
from server.domain.facets import Facet
from server.domain.tokens import tokens
from server.store import tables
from server.store.database import Work, rows


def language_of(text: str) -> str:
    """Return the language of a text that does not say it: Chinese with any Chinese character."""
    return "zh" if tokens(text).characters else "en"


def tokens_of(values: Mapping[Facet, str | None], entries: Sequence[str]) -> Sequence[str]:
    """Return the tokens of these values, and of the entries that are backed."""
    found = {facets.token(facet, value) for facet, value in values.items() if value}
    return sorted(found.union(facets.token(Facet.ENTRY, entry) for entry in entries))


async def backs(
    work: Work, column: ColumnElement[str], ids: Sequence[str]
) -> Mapping[str, Sequence[str]]:
    """Return which entries each of these backs."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for start in range(0, len(ids), 5_000):
        asked = select(tables.evidence.c.entry_id, column.label("backing"))
        asked = asked.where(column.in_(ids[start : start + 5_000])).distinct()
        for row in rows(await work.connection.execute(asked)):
            found[row.backing].append(row.entry_id)
    return found
