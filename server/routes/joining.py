"""The lobby, and the ways into a session: join code, seat card, projector link."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.errors import ColloquyError, Conflict, Invalid, NotFound
from schemas.ids import SessionId
from schemas.session import Language, SessionState, Unit
from server.domain.pinyin import typed
from server.routes import cookies
from server.routes.errors import status_of
from server.routes.request import (
    address_of,
    app_state,
    form_fields,
    has_chosen_language,
    known_login,
    language_of,
    page,
)
from server.services.attempts import TooManyAttempts
from server.services.joining import Joined, Seat
from server.services.seating import Places
from server.store.doors import Door
from server.store.sessions import Sitting
from web.entrance_views import JoinView, LobbyView, SessionCard
from web.i18n import error_text, told_of, translator
from web.views import Choice, Link, Problem

SEE_OTHER = 303
_ACCEPTED = "accepted"


async def lobby(request: Request) -> Response:
    """`GET /` and `GET /join`: join by code; for who is signed in, studies and sessions."""
    return await _lobby(request, None)


async def join(request: Request) -> Response:
    """`POST /join`: a code alone brings the form; with name, unit and notice it joins."""
    form = await form_fields(request)
    joining = app_state(request).joining
    try:
        door = await joining.door(form.get("code", ""), address=address_of(request))
    except (NotFound, Conflict, TooManyAttempts) as error:
        return await _lobby(request, error)
    login = known_login(request)
    if "name" not in form and not await joining.runs(login, door.session.study_id):
        return page(request, _join_view(request, door))
    try:
        joined = await joining.join(
            door,
            name=form.get("name", ""),
            unit=form.get("unit", ""),
            accepted=form.get("notice") == _ACCEPTED,
            language=language_of(request),
            login=login,
        )
    except Invalid as error:
        return page(request, _join_view(request, door, form, error), int(status_of(error)))
    return _into_session(request, joined)


async def seat(request: Request) -> Response:
    """`GET, POST /seat/{token}`: the notice, then in as that person; once accepted, at once."""
    joining = app_state(request).joining
    found = await joining.seat(request.path_params["token"], address=address_of(request))
    accepted = found.accepted
    if request.method == "POST":
        accepted = (await form_fields(request)).get("notice") == _ACCEPTED
    if not accepted or request.method == "HEAD":
        return page(request, _seat_view(request, found))
    joined = await joining.take_seat(found, known_login(request))
    return _into_session(request, joined, language=_tongue(request, found))


async def project(request: Request) -> Response:
    """`GET /project/{token}`: in as an observer, straight to the projector page."""
    if request.method == "HEAD":
        return Response(status_code=204)
    joined = await app_state(request).joining.project(
        request.path_params["token"], known_login(request), address=address_of(request)
    )
    return _into_session(request, joined, "/projector")


def session_card(
    sitting: Sitting, language: Language, *, projector_href: str | None = None
) -> SessionCard:
    """Return the card of a session; projector_href: for its moderators, who get all ways on."""
    session, words = sitting.session, translator(language)
    leads, is_over = projector_href is not None, session.state is SessionState.CLOSED
    here = f"/sessions/{session.id}"
    ways: list[tuple[str, str]] = []
    if session.state is not SessionState.PREPARED:
        ways.append(("document.minutes", f"{here}/minutes"))
    if leads and is_over:
        ways += [
            ("return.title", f"{here}/returns"),
            ("review.title", f"{here}/reviews"),
            ("export.title", f"/studies/{session.study_id}/exports?session={session.id}"),
        ]
    elif projector_href is not None:
        ways += [
            ("session.prepare", f"{here}/prepare"),
            ("session.projector", projector_href),
            ("session.seats", f"{here}/seats"),
        ]
    return SessionCard(
        href=here,
        title=session.title.in_(language),
        kind=words.text(f"session_kind.{session.kind.value}"),
        state=words.text(f"session_state.{session.state.value}"),
        is_live=session.state is SessionState.LIVE,
        language=words.text(f"language.{session.language.value}"),
        code=sitting.code if leads and not is_over else "",
        ways=tuple(Link(href, words.text(key)) for key, href in ways),
    )


def found_by(unit: Unit) -> str:
    """Return everything that a unit is found by: names, aliases, and their pinyin, whole and short."""
    names = (unit.name.en, unit.name.zh, *unit.aliases)
    ways = dict.fromkeys(way for name in names for way in typed(name))
    return " ".join((*names, *ways)).casefold()


async def _lobby(request: Request, error: ColloquyError | None) -> Response:
    login, language = known_login(request), language_of(request)
    places = await app_state(request).seating.places(login)
    problems: tuple[Problem, ...] = ()
    if error is not None:
        told = told_of(error.code, error.fields, language)
        problems = (Problem("code", told),)
    view = LobbyView(
        studies=tuple(
            Link(f"/studies/{study.id}", study.title.in_(language), study.city.in_(language))
            for study in places.studies
        ),
        sessions=tuple(_card(sitting, places, language) for sitting in places.sittings),
        can_sign_in=login is None or login.account is None,
        problems=problems,
        can_make_study=login is not None and login.account is not None,
    )
    return page(request, view, 200 if error is None else int(status_of(error)))


def _card(sitting: Sitting, places: Places, language: Language) -> SessionCard:
    projector = places.projectors.get(sitting.session.id)
    return session_card(sitting, language, projector_href=projector)


def _join_view(
    request: Request, door: Door, form: dict[str, str] | None = None, error: Invalid | None = None
) -> JoinView:
    language, chosen = language_of(request), (form or {}).get("unit", "")
    told = error.fields if error is not None else {}
    return JoinView(
        action="/join",
        session_title=door.session.title.in_(language),
        study_title=door.study_title.in_(language),
        code=door.code,
        name=(form or {}).get("name", ""),
        units=tuple(
            Choice(
                value=unit.id,
                label=unit.name.in_(language),
                search=found_by(unit),
                selected=unit.id == chosen,
            )
            for unit in door.units
        ),
        fixed=False,
        unit_name="",
        notice=translator(language).notice(),
        problems=tuple(
            Problem(field, error_text(str(code), {}, language)[0]) for field, code in told.items()
        ),
    )


def _seat_view(request: Request, found: Seat) -> JoinView:
    language, person, door = language_of(request), found.person, found.door
    unit = next((unit for unit in door.units if unit.id == person.unit_id), None)
    return JoinView(
        action=request.url.path,
        session_title=door.session.title.in_(language),
        study_title=door.study_title.in_(language),
        code="",
        name=person.name,
        units=(),
        fixed=True,
        unit_name=unit.name.in_(language) if unit else "",
        notice=translator(language).notice(),
    )


def _tongue(request: Request, found: Seat) -> Language:
    """The person's own language where the list says one; else that of their browser.

    Who was invited without saying a language has the session's, which is nobody's choice.
    """
    own = found.person.language
    return own if own is not found.door.session.language else language_of(request)


def _into_session(
    request: Request, joined: Joined, page_path: str = "", *, language: Language | None = None
) -> Response:
    session_id: SessionId = joined.person.session_id
    response = RedirectResponse(f"/sessions/{session_id}{page_path}", SEE_OTHER)
    if joined.token is not None:
        cookies.set_login(response, request, joined.token)
    if not has_chosen_language(request):
        cookies.set_language(response, request, language or joined.person.language)
    return response
