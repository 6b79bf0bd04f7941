"""The solutions of a study over HTTP: what was proposed, and what focus groups say of each."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.errors import ColloquyError, Conflict, Forbidden, Invalid, NotFound
from schemas.ids import AnnotationId, EntryId, SessionId, StudyId, UnitId
from schemas.session import SessionState
from server.domain.permissions import Action, allowed
from server.domain.solutions import Assessment, Cost, Feasibility, Horizon, Solution
from server.routes.errors import status_of
from server.routes.preparing import SEE_OTHER, problems
from server.routes.request import (
    app_state,
    form_fields,
    form_values,
    is_fragment,
    language_of,
    login_of,
    moderator_of,
    page,
    person_in,
    reader_of,
)
from server.routes.solutions_view import ref_of, solution_view, solutions_view
from server.services.solutions import Assessor, Offer, Offered
from web.i18n import translator


async def solutions(request: Request) -> Response:
    """`GET /studies/{study}/solutions`: the lists; `session`: as a pane of that focus group's page."""
    study_id = StudyId(request.path_params["study"])
    await reader_of(request, study_id)
    session_id = await _seat_session(request, request.query_params.get("session", ""))
    view = solutions_view(
        await _offer(request, study_id),
        translator(language_of(request)),
        may_assess=await _may_assess(request, study_id, session_id),
        session_id=session_id,
    )
    return page(request, view)


async def solution(request: Request) -> Response:
    """`GET, POST /studies/{study}/solutions/{solution}`: POST is its next assessment, over `base`."""
    study_id, state = StudyId(request.path_params["study"]), app_state(request)
    await reader_of(request, study_id)
    asked = _solution(request.path_params["solution"])
    form = await form_fields(request) if request.method == "POST" else {}
    named = form.get("session", "") or request.query_params.get("session", "")
    session_id = await _seat_session(request, named)
    error: ColloquyError | None = None
    typed: Assessment | None = None
    _among(await _offer(request, study_id), asked)  # only what this reader may see
    if request.method == "POST":
        by = await _assessor(request, study_id, session_id)
        try:
            typed = await _assessment(request)
            base = _whole(form.get("base", ""))
            await state.solutions.assess(by, study_id, asked, typed, base=base)
            typed = None
            if not is_fragment(request):
                return RedirectResponse(f"{request.url.path}?saved", SEE_OTHER)
        except (Conflict, Invalid) as refused:
            error = refused
    found, into = await _offer(request, study_id), translator(language_of(request))
    view = solution_view(
        found,
        _among(found, asked),
        await state.solutions.versions(study_id, asked),
        into,
        may_assess=await _may_assess(request, study_id, session_id),
        session_id=session_id,
        typed=typed,
        saved="saved" in request.query_params or (request.method == "POST" and error is None),
        problems=() if error is None else problems(error, into),
    )
    return page(request, view, 200 if error is None else int(status_of(error)))


async def _offer(request: Request, study_id: StudyId) -> Offer:
    state = app_state(request)
    scope = await state.archive.scope_of(login_of(request))
    return await state.solutions.offer(study_id, scope)


async def _assessor(request: Request, study_id: StudyId, session_id: SessionId | None) -> Assessor:
    if session_id is None:
        return Assessor((await moderator_of(request, study_id)).name)
    person = await person_in(request, session_id)
    return Assessor(person.name or login_of(request).name, person)


async def _may_assess(request: Request, study_id: StudyId, session_id: SessionId | None) -> bool:
    """Whether this reader may write: decides which forms are drawn, never what is done."""
    if session_id is not None:
        person = await person_in(request, session_id)
        return allowed(person.role, Action.ASSESS, SessionState.LIVE)
    try:
        await moderator_of(request, study_id)
    except (Forbidden, NotFound):
        return False
    return True


async def _seat_session(request: Request, named: str) -> SessionId | None:
    """The session that a pane names, once its reader is known to be in it."""
    if not named:
        return None
    return (await person_in(request, SessionId(named))).session_id


def _solution(ref: str) -> Solution:
    of, _, named = ref.partition("-")
    if of == "entry" and named:
        return Solution(entry_id=EntryId(named))
    if of == "note" and named:
        return Solution(annotation_id=AnnotationId(named))
    raise NotFound("solution.unknown")


def _among(found: Offer, asked: Solution) -> Offered:
    """The solution as this reader may see it. Raises NotFound `solution.unknown`."""
    for one in (*found.agreed, *found.shelf):
        if ref_of(one.solution) == ref_of(asked):
            return one
    raise NotFound("solution.unknown")


async def _assessment(request: Request) -> Assessment:
    form = await form_fields(request)
    chosen = {"feasibility": Feasibility, "horizon": Horizon, "cost": Cost}
    for name, values in chosen.items():
        if form.get(name, "") not in set(values):
            raise Invalid("request.invalid", **{name: form.get(name, "")})
    lead = form.get("lead", "")
    return Assessment(
        lead=UnitId(lead) if lead else None,
        supporting=tuple(UnitId(one) for one in await form_values(request, "supporting")),
        feasibility=Feasibility(form["feasibility"]),
        reason=form.get("reason", "").strip(),
        depends_on=form.get("depends_on", "").strip(),
        horizon=Horizon(form["horizon"]),
        cost=Cost(form["cost"]),
        regulation=form.get("regulation", "").strip(),
    )


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Invalid("request.invalid", base=text)
    return int(text)
