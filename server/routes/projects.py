"""Projects of other tools over HTTP: sent, looked at, chosen, brought in, taken back."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.errors import ColloquyError, Conflict, Invalid
from schemas.ids import StageId, StudyId
from server.domain.project_plan import Becomes
from server.routes.errors import status_of
from server.routes.preparing import SEE_OTHER, problems
from server.routes.projects_view import project_view, projects_view, way_of
from server.routes.request import (
    account_of,
    app_state,
    form_fields,
    form_kept,
    language_of,
    moderator_of,
    page,
)
from server.services.projects import Shown
from server.store.projects import Choices, ImportId
from web.i18n import translator


async def projects(request: Request) -> Response:
    """`GET, POST /studies/{study}/projects`: the list; POST `project`: a `.qdpx` to look at."""
    study_id, into = StudyId(request.path_params["study"]), translator(language_of(request))
    account, state = await moderator_of(request, study_id), app_state(request)
    refused: ColloquyError | None = None
    if request.method == "POST":
        try:
            async with form_kept(request, "project", state.projects.arriving) as (file, name):
                if file is None:
                    raise Invalid("project.choose")
                one = await state.projects.take(account, study_id, file, name)
            return RedirectResponse(f"/projects/{one}", SEE_OTHER)
        except (Invalid, Conflict) as error:
            refused = error
    study, found = await state.projects.listed(account, study_id)
    told = problems(refused, into) if refused else ()
    view = projects_view(study, found, into, told)
    return page(request, view, 200 if refused is None else int(status_of(refused)))


async def project(request: Request) -> Response:
    """`GET, POST /projects/{import}`: `do` = look, import, discard, back; `way`, `stage`, `text-N`."""
    account, state = account_of(request), app_state(request)
    import_id, into = ImportId(request.path_params["import"]), translator(language_of(request))
    refused: ColloquyError | None = None
    if request.method == "POST":
        form = await form_fields(request)
        try:
            if form.get("do") == "discard":
                study_id = await state.projects.discard(account, import_id)
                return RedirectResponse(f"/studies/{study_id}/projects", SEE_OTHER)
            if form.get("do") == "back":
                await state.projects.take_back(account, import_id)
            else:
                shown = await state.projects.shown(account, import_id)
                await state.projects.choose(account, import_id, _choices(form, shown))
                if form.get("do") == "import":
                    await state.projects.ask(account, import_id)
            return RedirectResponse(f"/projects/{import_id}", SEE_OTHER)
        except (Invalid, Conflict) as error:
            refused = error
    shown = await state.projects.shown(account, import_id)
    view = project_view(shown, into, problems(refused, into) if refused else ())
    return page(request, view, 200 if refused is None else int(status_of(refused)))


async def cancel(request: Request) -> Response:
    """`POST /projects/{import}/cancel`: stops what waits or runs."""
    account, state = account_of(request), app_state(request)
    import_id = ImportId(request.path_params["import"])
    shown = await state.projects.shown(account, import_id)
    if shown.one.job_id is not None:
        await state.jobs.cancel(account.id, shown.one.job_id)
    return RedirectResponse(f"/projects/{import_id}", SEE_OTHER)


def _choices(form: Mapping[str, str], shown: Shown) -> Choices:
    """What a form says, where it differs from what was found. Raises Invalid `project.choice`."""
    plan, one = shown.plan, shown.one
    if plan is None:
        raise Conflict("project.state", state=one.state.value)
    way = way_of(form.get("way", ""))
    becomes = dict(one.choices.becomes or {})
    for number, text in enumerate(plan.texts):
        told = form.get(f"text-{number}", text.becomes.value)
        if told not in {*Becomes}:
            raise Invalid("project.choice")
        if told != text.becomes.value:
            becomes[text.guid] = Becomes(told)
    stage = form.get("stage", "")
    found = one.ways[0].dialect
    return Choices(None if way == found else way, becomes, StageId(stage) if stage else None)
