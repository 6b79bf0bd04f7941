"""Seat cards: one to a person, with a code to scan, made to be printed."""

from starlette.requests import Request
from starlette.responses import Response

from schemas.ids import SessionId
from schemas.session import Language
from server.routes.agendas import fresh_key
from server.routes.request import app_state, language_of, origin_of, page, person_in
from server.services.seating import Card
from web.entrance_views import SeatCard, SeatsView, WaitingRow
from web.qr import qr_path


async def seats(request: Request) -> Response:
    """`GET /sessions/{session}/seats`: for moderators."""
    person = await person_in(request, SessionId(request.path_params["session"]))
    language, origin = language_of(request), origin_of(request)
    sitting, found = await app_state(request).seating.cards(person)
    waiting = await app_state(request).seating.waiting(person)
    code_url = f"{origin}/join#{sitting.code}"
    code_path, code_modules = qr_path(code_url)
    view = SeatsView(
        session_title=sitting.session.title.in_(language),
        code=sitting.code,
        cards=tuple(_seat_card(card, origin + card.path, language) for card in found),
        code_url=code_url,
        code_qr_path=code_path,
        code_modules=code_modules,
        waiting=tuple(
            WaitingRow(one.id, one.name, unit.in_(language), fresh_key()) for one, unit in waiting
        ),
        action=f"/sessions/{person.session_id}/seats",
    )
    return page(request, view)


def _seat_card(card: Card, url: str, language: Language) -> SeatCard:
    path, modules = qr_path(url)
    return SeatCard(card.person.name, card.unit.in_(language), url, path, modules)
