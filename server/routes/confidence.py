"""What the confidant reads, and who that is; how it is told goes by `routes/proposals.py`."""

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.ids import StudyId
from server.domain import dates
from server.routes.request import account_of, app_state, form_body, language_of, moderator_of, page
from web.session_views import ConfidedRow, ConfidenceView


class _Name(BaseModel):
    me: str = ""


async def confidence(request: Request) -> Response:
    """`GET /studies/{study}/confidence`: private objections, for the confidant alone."""
    study_id, account = StudyId(request.path_params["study"]), account_of(request)
    await moderator_of(request, study_id)
    service, language = app_state(request).confidence, language_of(request)
    is_confidant = await service.is_confidant(account.id, study_id)
    found = await service.read(account.id, study_id) if is_confidant else ()
    study = await app_state(request).studies.get(study_id)
    view = ConfidenceView(
        study_title=study.title.in_(language),
        study_href=f"/studies/{study_id}",
        action=f"/studies/{study_id}/confidence",
        is_confidant=is_confidant,
        rows=tuple(
            ConfidedRow(
                time=dates.moment(one.at),
                name=one.name,
                unit=one.unit.in_(language),
                number=one.number,
                wording=one.wording,
                reason=one.reason,
            )
            for one in found
        ),
    )
    return page(request, view)


async def name_confidant(request: Request) -> Response:
    """`POST /studies/{study}/confidence`: this account becomes the confidant, or ceases to be."""
    study_id, body = StudyId(request.path_params["study"]), await form_body(request, _Name)
    account = await moderator_of(request, study_id)
    service = app_state(request).confidence
    await service.name(study_id, (account.id,) if body.me else ())
    return RedirectResponse(f"/studies/{study_id}/confidence", status_code=303)
