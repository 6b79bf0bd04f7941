"""The built files: sent as the build compressed them, to every browser that takes that."""

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope
from typing_extensions import override

COMPRESSED = ".gz"


class BuiltFiles(StaticFiles):
    """Files of a folder, each with a `.gz` of itself beside it.

    A request for a range gets it of the file as it is: what a range of compressed bytes means
    is understood differently from browser to browser.
    """

    @override
    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer one request."""
        headers = Request(scope).headers
        takes = {
            part.split(";")[0].strip() for part in headers.get("accept-encoding", "").split(",")
        }
        response = None
        if "gzip" in takes and "range" not in headers:
            response = await self._compressed(path, scope)
        if response is None:
            response = await super().get_response(path, scope)
        response.headers.add_vary_header("Accept-Encoding")
        return response

    async def _compressed(self, path: str, scope: Scope) -> Response | None:
        try:
            response = await super().get_response(path + COMPRESSED, scope)
        except HTTPException as error:
            if error.status_code != 404:
                raise
            return None
        MutableHeaders(raw=response.raw_headers)["Content-Encoding"] = "gzip"
        return response
