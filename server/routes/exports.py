"""A study's exports: asked for, looked at, cancelled, fetched."""

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from schemas.errors import Invalid, NotFound
from schemas.ids import SessionId, StudyId
from server.domain.formats.forms import Form
from server.routes.errors import status_of
from server.routes.exports_view import exports_view, made_view
from server.routes.preparing import problems
from server.routes.reports import disposition
from server.routes.request import (
    account_of,
    app_state,
    form_body,
    language_of,
    moderator_of,
    origin_of,
    page,
)
from server.services.exports import EXPORT, KEY, SOUND, Wish
from server.store.jobs import JobId
from web.exports_views import ExportsView
from web.i18n import translator
from web.views import Problem

SEE_OTHER = 303


class _Asked(BaseModel):
    form: str = ""
    session: str = ""
    pseudonyms: str = ""
    sound: str = ""


async def exports(request: Request) -> Response:
    """`GET /studies/{study}/exports`; `session`, `form`: what is chosen to begin with."""
    chosen = _Asked(
        form=request.query_params.get("form", ""), session=request.query_params.get("session", "")
    )
    return page(request, await _view(request, chosen))


async def _view(request: Request, chosen: _Asked, told: tuple[Problem, ...] = ()) -> ExportsView:
    study_id = StudyId(request.path_params["study"])
    account = await moderator_of(request, study_id)
    state, into = app_state(request), translator(language_of(request))
    study, share = await state.exports.study(account.id, study_id)
    overview = await state.studies.overview(study_id)
    found = await state.jobs.of_study(account.id, study_id)
    return exports_view(
        study,
        overview.sessions,
        made_view(study_id, found, overview.sessions, into, share),
        into,
        session=chosen.session,
        form=chosen.form,
        ticked=[one for one in ("pseudonyms", "sound") if getattr(chosen, one)],
        problems=told,
    )


async def made(request: Request) -> Response:
    """`GET /studies/{study}/exports/made`: the list alone."""
    study_id = StudyId(request.path_params["study"])
    account = await moderator_of(request, study_id)
    state, into = app_state(request), translator(language_of(request))
    _, share = await state.exports.study(account.id, study_id)
    overview = await state.studies.overview(study_id)
    found = await state.jobs.of_study(account.id, study_id)
    return page(request, made_view(study_id, found, overview.sessions, into, share))


async def ask(request: Request) -> Response:
    """`POST /studies/{study}/exports`: `form`, `session` ("" for all), `pseudonyms`, `sound`.

    What cannot go together comes back as it was chosen, with the reason.
    """
    study_id, body = StudyId(request.path_params["study"]), await form_body(request, _Asked)
    account = await moderator_of(request, study_id)
    if body.form not in set(Form):
        raise Invalid("export.form")
    wish = Wish(
        Form(body.form),
        language_of(request),
        pseudonyms=bool(body.pseudonyms),
        session_id=SessionId(body.session) if body.session else None,
        origin=origin_of(request),
        sound=bool(body.sound),
    )
    try:
        await app_state(request).exports.ask(account.id, study_id, wish)
    except Invalid as refused:
        view = await _view(request, body, problems(refused, translator(language_of(request))))
        return page(request, view, int(status_of(refused)))
    return _back(study_id)


async def cancel(request: Request) -> Response:
    """`POST /exports/{job}/cancel`."""
    account, job_id = account_of(request), JobId(request.path_params["job"])
    job = await app_state(request).jobs.cancel(account.id, job_id)
    return _back(job.study_id)


async def again(request: Request) -> Response:
    """`POST /exports/{job}/again`: the same once more."""
    account, job_id = account_of(request), JobId(request.path_params["job"])
    job = await app_state(request).jobs.own(account.id, job_id)
    await app_state(request).exports.again(account.id, job_id)
    return _back(job.study_id)


async def fetch(request: Request) -> Response:
    """`GET /exports/{job}/{role}`: the file (`export`), the key of its pseudonyms (`key`), its `sound`."""
    account, job_id = account_of(request), JobId(request.path_params["job"])
    role = request.path_params["role"]
    if role not in (EXPORT, KEY, SOUND):
        raise NotFound("route.unknown")
    found = await app_state(request).exports.fetch(account.id, job_id, role)
    return FileResponse(found.path, media_type=found.media_type, headers=disposition(found.name))


def _back(study_id: StudyId) -> Response:
    return RedirectResponse(f"/studies/{study_id}/exports#made", SEE_OTHER)
