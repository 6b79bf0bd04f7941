"""The transcript as a file: WebVTT, SRT, plain text, DOCX."""

import io

import anyio.to_thread
from docx import Document
from docx.shared import Cm
from starlette.requests import Request
from starlette.responses import Response

from schemas.errors import NotFound
from schemas.ids import SessionId
from server.domain.cues import write_srt, write_vtt
from server.routes.reports import attachment
from server.routes.request import app_state, language_of, person_in
from server.services.subtitles import Script, cues_of, plain_text
from web.filters import timecode

_TYPES = {
    "vtt": "text/vtt; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


async def transcript(request: Request) -> Response:
    """`GET /sessions/{session}/transcript.{form}`: vtt, srt, txt or docx, for everybody in it."""
    form = request.path_params["form"]
    if form not in _TYPES:
        raise NotFound("route.unknown")
    person = await person_in(request, SessionId(request.path_params["session"]))
    script = await app_state(request).subtitles.script(person)
    title = script.session.title.in_(language_of(request))
    body = await anyio.to_thread.run_sync(_file, form, script, title)
    return attachment(body, f"{title}.{form}", _TYPES[form])


def _file(form: str, script: Script, title: str) -> bytes:
    match form:
        case "vtt":
            return write_vtt(cues_of(script.lines), title).encode()
        case "srt":
            return write_srt(cues_of(script.lines)).encode()
        case "txt":
            return f"{title}\n\n{plain_text(script.lines)}".encode()
        case _:
            return _document(script, title)


def _document(script: Script, title: str) -> bytes:
    document = Document()
    document.add_heading(_printable(title), 1)
    table = document.add_table(rows=0, cols=3)
    for line in script.lines:
        cells = table.add_row().cells
        for cell, text, width in zip(
            cells, (timecode(line.at), line.speaker, line.text), (2.2, 3.5, 10.5), strict=True
        ):
            cell.text, cell.width = _printable(text), Cm(width)
    body = io.BytesIO()
    document.save(body)
    return body.getvalue()


def _printable(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\t\n")
