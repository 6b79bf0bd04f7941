"""Units that were not heard: the list by wording, and asking chosen ones by a link of their own."""

from collections.abc import Collection

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.errors import ColloquyError, Conflict, Invalid
from schemas.ids import StudyId
from server.domain import dates
from server.routes.errors import status_of
from server.routes.preparing import SEE_OTHER, problems
from server.routes.request import (
    account_of,
    app_state,
    form_fields,
    form_values,
    language_of,
    origin_of,
    page,
)
from server.services.asking import Found, Subject, Waiting
from server.store.unheard import Inquiry
from web.i18n import Translator, translator
from web.unheard_views import UnheardRow, UnheardView, WaitingUnit
from web.views import Link


async def unheard(request: Request) -> Response:
    """`GET, POST /studies/{study}/unheard`: POST `ask`… (wording:unit) and `due` asks the units."""
    account, study_id = account_of(request), StudyId(request.path_params["study"])
    service, into = app_state(request).asking, translator(language_of(request))
    chosen: Collection[str] = ()
    due, error = "", None
    if request.method == "POST":
        chosen = frozenset(await form_values(request, "ask"))
        due = (await form_fields(request)).get("due", "").strip()
        try:
            made = await service.ask(account, study_id, _pairs(chosen), due=due)
            return RedirectResponse(f"/questionnaires/{made}", SEE_OTHER)
        except (Invalid, Conflict) as refused:
            error = refused
    found = await service.found(account, study_id)
    view = unheard_view(found, origin_of(request), into, chosen, due, error)
    return page(request, view, 200 if error is None else status_of(error))


def unheard_view(
    found: Found,
    origin: str,
    into: Translator,
    chosen: Collection[str] = (),
    due: str = "",
    error: ColloquyError | None = None,
) -> UnheardView:
    """Return the list in the reader's language."""
    here = f"/studies/{found.study.id}"
    rows = tuple(_row(one, origin, into, chosen) for one in found.subjects)
    silent = [unit for row in rows for unit in row.units]
    asked = sum(unit.asked is not None for unit in silent)
    return UnheardView(
        study=Link(here, found.study.title.in_(into.language)),
        action=f"{here}/unheard",
        progress=into.text("unheard.progress", asked=asked, all=len(silent)) if silent else "",
        rows=rows,
        due=due,
        may_ask=asked < len(silent),
        problems=() if error is None else problems(error, into),
    )


def _row(one: Subject, origin: str, into: Translator, chosen: Collection[str]) -> UnheardRow:
    href = f"/entries/{one.about.id}" if one.about.of == "entry" else ""
    detail = one.session.in_(into.language)
    return UnheardRow(
        id=one.about.id,
        kind=one.kind,
        kind_label=into.text(f"kind.{one.kind}"),
        about=Link(href, one.text.in_(into.language), detail),
        units=tuple(_unit(each, one, origin, into, chosen) for each in one.waiting),
    )


def _unit(
    one: Waiting, subject: Subject, origin: str, into: Translator, chosen: Collection[str]
) -> WaitingUnit:
    value = f"{subject.about.id}:{one.unit.id}"
    return WaitingUnit(
        name=one.unit.name.in_(into.language),
        value="" if one.inquiry else value,
        chosen=value in chosen,
        asked=_asked(one.inquiry, into) if one.inquiry else None,
        url=f"{origin}{one.path}" if one.path else "",
    )


def _asked(one: Inquiry, into: Translator) -> Link:
    state = "opened" if one.entered_at is not None else "waiting"
    if one.released_at is not None:
        state = "answered"
    at = dates.moment(one.released_at or one.entered_at)
    label = into.text(f"unheard_state.{state}")
    detail = " · ".join(part for part in (at, one.due) if part)
    return Link(f"/questionnaires/{one.questionnaire_id}", label, detail)


def _pairs(chosen: Collection[str]) -> Collection[tuple[str, str]]:
    """What was ticked, as (wording, unit); what is not of this form names nothing that waits."""
    return {(left, right) for left, _, right in (one.partition(":") for one in chosen)}
