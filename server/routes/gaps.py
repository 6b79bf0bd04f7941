"""Detail gaps: which units to hear in a focus group, and why; and the focus group made of them."""

from collections import Counter
from collections.abc import Collection

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.errors import ColloquyError, Conflict, Invalid
from schemas.ids import StudyId
from server.domain.gaps import WEIGHTS, Asked, Gap
from server.routes.errors import status_of
from server.routes.preparing import SEE_OTHER, problems
from server.routes.request import account_of, app_state, form_values, language_of, page
from server.services.gaps import Found
from web.gap_views import AskedUnit, GapRow, GapsView
from web.i18n import Translator, translator
from web.views import Link


async def gaps(request: Request) -> Response:
    """`GET, POST /studies/{study}/gaps`: POST `gap`… prepares a focus group that asks them."""
    account, study_id = account_of(request), StudyId(request.path_params["study"])
    service, into = app_state(request).gaps, translator(language_of(request))
    chosen: Collection[str] = ()
    error: ColloquyError | None = None
    if request.method == "POST":
        chosen = frozenset(await form_values(request, "gap"))
        try:
            made = await service.convene(account, study_id, chosen)
            return RedirectResponse(f"/sessions/{made}/prepare", SEE_OTHER)
        except (Invalid, Conflict) as refused:
            error = refused
    view = gaps_view(await service.found(account, study_id), into, chosen, error)
    return page(request, view, 200 if error is None else status_of(error))


def gaps_view(
    found: Found,
    into: Translator,
    chosen: Collection[str] = (),
    error: ColloquyError | None = None,
) -> GapsView:
    """Return the ranked list in the reader's language."""
    here = f"/studies/{found.study.id}"
    return GapsView(
        study=Link(here, found.study.title.in_(into.language)),
        action=f"{here}/gaps",
        units=tuple(
            _unit(asked, rank, found, into, chosen)
            for rank, asked in enumerate(found.ranking.units, 1)
        ),
        nobody=tuple(_row(gap, into, chosen) for gap in found.ranking.open),
        problems=() if error is None else problems(error, into),
    )


def _unit(
    asked: Asked, rank: int, found: Found, into: Translator, chosen: Collection[str]
) -> AskedUnit:
    counted = Counter(gap.reason for gap in asked.gaps)
    stop = into.text("document.name_stop")
    why = stop.join(
        into.text("gap.counted", reason=into.text(f"gap.{reason}"), count=count)
        for reason, count in counted.items()
    )
    return AskedUnit(
        id=asked.unit_id,
        rank=rank,
        name=found.units[asked.unit_id].name.in_(into.language),
        weight=asked.weight,
        why=why,
        rows=tuple(_row(gap, into, chosen) for gap in asked.gaps),
    )


def _row(gap: Gap, into: Translator, chosen: Collection[str]) -> GapRow:
    language = into.language
    return GapRow(
        id=gap.id,
        reason=into.text(f"gap.{gap.reason}"),
        about=Link(
            f"/entries/{gap.subject.id}" if gap.subject.of == "entry" else "",
            gap.subject.text.in_(language),
            gap.subject.session.in_(language),
        ),
        question=gap.question.in_(language),
        sum=into.text("gap.sum", base=WEIGHTS[gap.reason], breadth=gap.breadth),
        weight=gap.weight,
        chosen=gap.id in chosen,
    )
