"""Echo: who said the same before, in another room or an earlier stage, while a room speaks.

One line costs at most `MOST_TERMS` looks into the index, each of which stops after a few dozen keys,
and `SECONDS` together: never the length of the archive. What may be found is what a search by the
same person finds, without the session that speaks.
"""

from collections.abc import Sequence

from schemas.archive import ArchiveHit
from schemas.ids import LineId, SessionId
from server.domain import echo, facets
from server.domain.echo import Term
from server.domain.facets import Facet
from server.services import hits
from server.store import lines, search, studies
from server.store.database import Database, Work
from server.store.limits import TooSlow, time_limit
from server.store.search import Scope

SECONDS = 0.5
SHOWN = 3
_MOST_COUNTED = 1_000
"""Items that are counted to know how many there are: a stretch that is cheap on both engines."""


class Echoes:
    """Finds the echoes of lines."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_line(
        self, session_id: SessionId, line_id: LineId, *, scope: Scope
    ) -> Sequence[ArchiveHit]:
        """Return what echoes a line of the session, the best first; nothing where time ran out.

        Raises NotFound `line.unknown`.
        """
        here = (facets.token(Facet.SESSION, session_id),)
        async with self._database.read() as work:
            line = await lines.get(work, line_id)
            if line.session_id != session_id:
                return ()
            families = await studies.unit_families(work, scope.studies | scope.members)
            terms = echo.terms_of(line.text, families)
            try:
                async with time_limit(work, SECONDS):
                    best = await _best(work, terms, scope, here)
            except TooSlow:
                return ()  # an echo is an offer: the next line has another chance
            known = {one.key: one for one in await search.items(work, best)}
            ordered = [known[key] for key in best if key in known]
            return await hits.load(work, ordered, None)


async def _best(
    work: Work, terms: Sequence[Term], scope: Scope, here: Sequence[str]
) -> Sequence[int]:
    newest = await search.keys(work, None, scope=scope, without=here, most=_MOST_COUNTED)
    if not newest:
        return ()
    # keys count all that was ever found: beyond what is counted they stand for its number
    total = len(newest) if len(newest) < _MOST_COUNTED else newest[0]
    most = echo.CAP + 1
    found = {
        term: await search.keys(work, term.query, scope=scope, without=here, most=most)
        for term in terms
    }
    return echo.echoes(found, total, SHOWN)
