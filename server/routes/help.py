"""Help that the code itself gives: the one table of keys."""

from starlette.requests import Request
from starlette.responses import Response

from server.routes.request import language_of, page
from web.i18n import translator
from web.keys import keys_view


async def keys(request: Request) -> Response:
    """`GET /help/keys`."""
    return page(request, keys_view(translator(language_of(request)).text))
