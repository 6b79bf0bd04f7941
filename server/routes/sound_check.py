"""The pre-flight page: can this browser and this microphone be heard, and how well."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from schemas.errors import Invalid
from schemas.ids import SessionId
from schemas.session import Language
from server.domain.permissions import Action, require
from server.domain.reading_test import advice
from server.routes.request import app_state, language_of, login_of, page, person_in
from server.services.reading_test import MOST_SECONDS, paragraph
from web.i18n import messages, translator
from web.session_views import SoundCheckView


async def sound_check(request: Request) -> Response:
    """`GET /sessions/{session}/sound`: for who may speak or record."""
    person = await person_in(request, SessionId(request.path_params["session"]))
    scene = await app_state(request).sessions.scene(person)
    session = scene.sitting.session
    require(person.role, Action.TRY_SOUND, session.state)
    language = language_of(request)
    asked = request.query_params.get("read", "")
    spoken = Language(asked) if asked in list(Language) else session.language
    href = f"/sessions/{session.id}"
    view = SoundCheckView(
        title=session.title.in_(language),
        session_href=href,
        paragraph=paragraph(spoken),
        language=spoken.value,
        languages=tuple(
            (one.value, f"{href}/sound?read={one.value}", one is spoken) for one in Language
        ),
        boot={
            "token": login_of(request).csrf,
            "path": f"/api{href}/sound?language={spoken.value}",
            "messages": messages(language),
            "most": MOST_SECONDS,
            "ear": app_state(request).ear.status.state,
        },
    )
    return page(request, view)


async def try_sound(request: Request) -> Response:
    """`POST /api/sessions/{session}/sound?language=`: the body is what was read, PCM16 at 16 kHz."""
    person = await person_in(request, SessionId(request.path_params["session"]))
    asked = request.query_params.get("language", "")
    if asked not in list(Language):
        raise Invalid("request.invalid", language="en or zh")
    service = app_state(request).reading_tests
    tried = await service.try_out(person, Language(asked), await request.body())
    found, into = tried.reading, translator(language_of(request))
    return JSONResponse(
        {
            "heard": tried.heard,
            "errors": found.errors,
            "level": found.level,
            "noise": found.noise,
            "clipped": found.clipped,
            "delay": found.delay,
            "advice": [into.text(f"reading.{one}") for one in advice(found)],
        }
    )
