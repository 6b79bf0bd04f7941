"""Echo: who said the same before, in another room or an earlier stage, while a room speaks.

One line costs at most `MOST_TERMS` looks into the index, each of which stops after a few dozen keys,
and `SECONDS` together: never the length of the archive. What may be found is what a search by the
same person finds, without the session that speaks.
"""

from collections.abc import Sequence

from schemas.archive import ArchiveHit
from schemas.ids import LineId, SessionId
from server.domain import echo, facets
from server.domain.facets import Facet
from server.services import hits
from server.store import lines, search
from server.store.database import Database
from server.store.limits import TooSlow, time_limit
from server.store.search import Scope

SECONDS = 0.25
SHOWN = 3
_MOST_KNOWN = 20 * echo.CAP
"""Beyond so many items the cap alone says what is common."""


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
            terms = echo.terms_of(line.text)
            found: dict[int, Sequence[int]] = {}
            asked = 0
            try:
                async with time_limit(work, SECONDS):
                    total = await search.count(
                        work, None, scope=scope, without=here, most=_MOST_KNOWN
                    )
                    for number, term in enumerate(terms):
                        keys = await search.keys(
                            work, term, scope=scope, without=here, most=echo.CAP + 1
                        )
                        if not keys:
                            asked += 1
                        elif echo.is_telling(len(keys), total):
                            asked += 1
                            found[number] = keys
            except TooSlow:
                return ()  # an echo is an offer: the next line has another chance
            best = echo.echoes(found, asked, len(terms), SHOWN)
            known = {one.key: one for one in await search.items(work, best)}
            ordered = [known[key] for key in best if key in known]
            return await hits.load(work, ordered, None)
