"""Hits as a file: CSV, XLSX, JSON, or citations, each with what never changes.

What a spreadsheet would take for a formula is text (`domain.formats.cells`).
"""

import json
from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response

from schemas.archive import ArchiveHit
from schemas.errors import NotFound
from schemas.session import Language
from server.domain import dates
from server.domain.formats import cells
from server.domain.sheets import Sheet
from server.routes.archive import asked_of, place_of
from server.routes.request import app_state, language_of, login_of, origin_of
from web.filters import timecode

MOST = 5_000
"""Hits in one file; more are cut off, newest first."""

COLUMNS = (
    "study", "session", "date", "time", "speaker", "unit", "kind", "state", "text", "of", "id",
    "version", "address",
)  # fmt: skip

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}


async def export(request: Request) -> Response:
    """`GET /archive/hits.{form}`: the same question as the page's."""
    form = request.path_params["form"]
    if form not in TYPES:
        raise NotFound("route.unknown")
    service = app_state(request).archive
    scope = await service.scope_of(login_of(request))
    found = await service.printable(asked_of(request), scope=scope, most=MOST)
    rows = [row_of(hit, language_of(request), origin_of(request)) for hit in found]
    headers = {"Content-Disposition": f'attachment; filename="colloquy-hits.{form}"'}
    return Response(written(form, rows), media_type=TYPES[form], headers=headers)


def row_of(hit: ArchiveHit, language: Language, origin: str) -> Mapping[str, str]:
    """Return the cells of one hit; ids, time and version stay as they are for good."""
    is_line = hit.line_id is not None
    version = "" if hit.revision is None else f"?version={hit.revision}"
    return {
        "study": hit.study_title.in_(language),
        "session": "" if hit.session_title is None else hit.session_title.in_(language),
        "date": dates.day(hit.day),
        "time": "" if hit.at is None else timecode(hit.at),
        "speaker": hit.speaker,
        "unit": "" if hit.unit is None else hit.unit.in_(language),
        "kind": hit.kind,
        "state": hit.state,
        "text": hit.text,
        "of": hit.of,
        "id": hit.ref,
        "version": "" if hit.revision is None else str(hit.revision),
        "address": origin + (f"/lines/{hit.line_id}{version}" if is_line else place_of(hit)),
    }


def written(form: str, rows: Sequence[Mapping[str, str]]) -> bytes:
    """Return the rows as a file of this form."""
    match form:
        case "csv":
            return cells.csv_bytes(_sheet(rows))
        case "xlsx":
            return cells.xlsx_bytes(_sheet(rows), "hits")
        case "json":
            return json.dumps(list(rows), ensure_ascii=False, indent=1).encode()
    return "\n\n".join(citation(row) for row in rows).encode()


def citation(row: Mapping[str, str]) -> str:
    """Return one hit as a citation: words, study, session, day, time, id, version, address.

    Who spoke is not in it: that may be put right later, and a citation never changes. It stands at
    the address, and in the other forms.
    """
    where = ", ".join(filter(None, (row["study"], row["session"], row["date"], row["time"])))
    version = f", v{row['version']}" if row["version"] else ""
    said = row["text"].replace("\n", " · ")
    return f"“{said}” {where}. {row['of']} {row['id']}{version}. {row['address']}"


def _sheet(rows: Sequence[Mapping[str, str]]) -> Sheet:
    return [COLUMNS, *([row[column] for column in COLUMNS] for row in rows)]
