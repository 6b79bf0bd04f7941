"""What a citation calls study and session: as they were called when it was said, for good.

A session may get another title while it is live, a study at any time. A citation that was printed
before must not differ from one that is made after, so each change of a title keeps the one before
in its event (`was`), and citations go by these.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from schemas.archive import ArchiveHit
from schemas.session import Bilingual
from server.services.steps import both
from server.store import events
from server.store.database import Work

SESSION_CHANGED, STUDY_CHANGED = "session.changed", "study.changed"
_MOST = 5_000


@dataclass(frozen=True, slots=True)
class _Renaming:
    at: float
    was: Bilingual


def was_called(before: Bilingual, after: Bilingual) -> Mapping[str, object]:
    """Return what the event of a change keeps: the title before, where there is another now."""
    return {} if before == after else {"was": both(before)}


async def as_called_then(work: Work, hits: Sequence[ArchiveHit]) -> Sequence[ArchiveHit]:
    """Return hits with the titles of the time at which they were said; what has no time of its own
    goes by the first title.
    """
    known: defaultdict[str, list[_Renaming]] = defaultdict(list)
    for study_id in sorted({hit.study_id for hit in hits}):
        actions = {SESSION_CHANGED, STUDY_CHANGED}
        for one in await events.of_actions(work, study_id, actions, before=None, limit=_MOST):
            was = one.body.get("was")
            if isinstance(was, dict):
                title = Bilingual(str(was["en"]), str(was["zh"]))
                known[one.subject].append(_Renaming(one.at, title))
    return [_named(hit, known) for hit in hits] if known else hits


def _named(hit: ArchiveHit, known: Mapping[str, Sequence[_Renaming]]) -> ArchiveHit:
    said_at = -math.inf if hit.day is None else hit.day + (hit.at or 0.0)
    session = hit.session_title
    if hit.session_id is not None and session is not None:
        session = _then(known.get(hit.session_id, ()), said_at, session)
    study = _then(known.get(hit.study_id, ()), said_at, hit.study_title)
    return replace(hit, session_title=session, study_title=study)


def _then(renamed: Sequence[_Renaming], said_at: float, now: Bilingual) -> Bilingual:
    return next((one.was for one in renamed if one.at > said_at), now)
