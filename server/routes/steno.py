"""The stenographer's page: lines are written, corrected and assigned without leaving the keys."""

from starlette.requests import Request
from starlette.responses import Response

from schemas.ids import SessionId
from schemas.session import SessionState
from server.domain.permissions import Action, require
from server.routes.request import app_state, language_of, login_of, page, person_in
from server.routes.sessions import boot
from web.session_views import StenoView


async def steno(request: Request) -> Response:
    """`GET /sessions/{session}/steno`: for who may correct lines."""
    person = await person_in(request, SessionId(request.path_params["session"]))
    require(person.role, Action.CORRECT, SessionState.LIVE)
    language = language_of(request)
    scene = await app_state(request).sessions.scene(person)
    view = StenoView(
        title=scene.sitting.session.title.in_(language),
        subtitle="" if scene.step is None else scene.step.title.in_(language),
        session_href=f"/sessions/{person.session_id}",
        boot=boot(scene, person, language, token=login_of(request).csrf, is_projector=False),
    )
    return page(request, view)
