"""Seat cards: one to a person, with a code to scan, made to be printed."""

from collections.abc import Sequence

import segno
from starlette.requests import Request
from starlette.responses import Response

from schemas.ids import SessionId
from schemas.session import Language
from server.routes.request import app_state, language_of, origin_of, page, person_in
from server.services.seating import Card
from web.views import SeatCard, SeatsView

QUIET_ZONE = 4
"""Modules of white around a QR code (ISO/IEC 18004, 9.1)."""


async def seats(request: Request) -> Response:
    """`GET /sessions/{session}/seats`: for moderators."""
    person = await person_in(request, SessionId(request.path_params["session"]))
    language, origin = language_of(request), origin_of(request)
    sitting, found = await app_state(request).seating.cards(person)
    code_url = f"{origin}/join#{sitting.code}"
    code_path, code_modules = qr_path(code_url)
    view = SeatsView(
        session_title=sitting.session.title.in_(language),
        code=sitting.code,
        cards=tuple(_seat_card(card, origin + card.path, language) for card in found),
        code_url=code_url,
        code_qr_path=code_path,
        code_modules=code_modules,
    )
    return page(request, view)


def qr_path(text: str) -> tuple[str, int]:
    """Return the SVG path data of a QR code, one unit to a module, and its side with quiet zone."""
    matrix = [list(row) for row in segno.make_qr(text, error="m").matrix_iter(border=QUIET_ZONE)]
    runs = [run for y, row in enumerate(matrix) for run in _runs(row, y)]
    return "".join(runs), len(matrix)


def _runs(row: Sequence[int], y: int) -> list[str]:
    """The dark runs of one row as rectangles."""
    found, start = [], None
    for x, dark in enumerate([*row, 0]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            found.append(f"M{start} {y}h{x - start}v1h{start - x}z")
            start = None
    return found


def _seat_card(card: Card, url: str, language: Language) -> SeatCard:
    path, modules = qr_path(url)
    return SeatCard(card.person.name, card.unit.in_(language), url, path, modules)
