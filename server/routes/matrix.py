"""Across borders: the matrix of units, entries and stages as a page and as a file."""

import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from starlette.requests import Request
from starlette.responses import Response

from schemas.errors import NotFound
from schemas.ids import StageId, StudyId
from server.domain.crossing import HOWS
from server.domain.formats import cells
from server.domain.participation import Share
from server.routes.exporting import TYPES
from server.routes.reports import attachment
from server.routes.request import app_state, language_of, moderator_of, page
from server.services.crossing import Matrix
from web.i18n import Translator, translator
from web.numerals import section_number
from web.report_views import ReportView, Section, Table
from web.views import Link

MOST_TIES = 100


async def matrix(request: Request) -> Response:
    """`GET /studies/{study}/matrix`: for who runs the study; participation is theirs alone to see."""
    return page(request, matrix_view(await _matrix(request), translator(language_of(request))))


async def matrix_file(request: Request) -> Response:
    """`GET /studies/{study}/matrix.{form}`: `csv` or `xlsx`, one row for each cell."""
    form = request.path_params["form"]
    if form not in ("csv", "xlsx"):
        raise NotFound("route.unknown")
    into = translator(language_of(request))
    head, rows = table(await _matrix(request), into)
    body = csv_file(head, rows) if form == "csv" else xlsx_file(head, rows)
    return attachment(body, f"{into.text('matrix.title')}.{form}", TYPES[form])


async def _matrix(request: Request) -> Matrix:
    study_id = StudyId(request.path_params["study"])
    await moderator_of(request, study_id)
    return await app_state(request).crossing.matrix(study_id, language_of(request))


def table(found: Matrix, into: Translator) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the cells as rows: unit in protocol order, then entry, then stage.

    Behind them stands, for each stage, how much of the speech is nobody's.
    """
    language = into.language
    head = ("document.unit", "matrix.entry", "matrix.stage", *(f"matrix.{how}" for how in HOWS))
    rows = []
    for unit in found.units:
        for entry in found.entries.values():
            for stage in found.stages:
                counted = found.cells.get((unit.id, entry.id, stage.id))
                if counted:
                    told = (unit.name.in_(language), entry.label.in_(language))
                    counts = tuple(str(counted.get(how, 0)) for how in HOWS)
                    rows.append((*told, stage.title.in_(language), *counts))
    rows += [
        (
            into.text("matrix.unassigned"),
            share_said(one, into),
            stage.title.in_(language),
            "",
            "",
            "",
        )
        for stage in found.stages
        if (one := found.shares.get(stage.id)) is not None
    ]
    return tuple(into.text(key) for key in head), rows


def matrix_view(found: Matrix, into: Translator) -> ReportView:
    """Return the page: a table for each stage in which somebody spoke, then the ties."""
    language, here = into.language, f"/studies/{found.study.id}"
    parts = [
        Section(
            f"stage-{stage.number}",
            "",
            stage.title.in_(language),
            table=_stage(found, stage.id, into),
        )
        for stage in found.stages
        if any(key[2] == stage.id for key in found.cells)
    ]
    if not parts:
        parts = [Section("none", "", into.text("matrix.title"), empty=into.text("matrix.empty"))]
    parts.append(
        Section(
            "ties",
            "",
            into.text("matrix.ties"),
            table=_ties(found, into) if found.ties else None,
            empty=into.text("matrix.no_ties"),
        )
    )
    shares = [
        (f"{into.text('matrix.unassigned')} · {stage.title.in_(language)}", found.shares[stage.id])
        for stage in found.stages
        if stage.id in found.shares
    ]
    if len(shares) != 1:
        shares = [(into.text("matrix.unassigned"), found.share), *shares]
    return ReportView(
        title=into.text("matrix.title"),
        over=found.study.title.in_(language),
        facts=tuple((label, share_said(one, into)) for label, one in shares),
        sections=tuple(
            Section(
                one.id,
                section_number(number, language),
                one.title,
                table=one.table,
                empty=one.empty,
            )
            for number, one in enumerate(parts, 1)
        ),
        back=Link(here, found.study.title.in_(language)),
        downloads=(Link(f"{here}/matrix.csv", "CSV"), Link(f"{here}/matrix.xlsx", "XLSX")),
    )


def share_said(share: Share, into: Translator) -> str:
    """Return how much of the speech is nobody's, and whether a unit may be called silent."""
    if share.seconds == 0:
        return into.text("matrix.no_speech")
    return into.text(
        "matrix.share" if share.may_call_silent else "matrix.share_too_large",
        percent=round(100 * share.unassigned),
        presumed=round(100 * share.presumed),
        minutes=round(share.seconds / 60),
    )


def _stage(found: Matrix, stage_id: StageId, into: Translator) -> Table:
    """Units by entries of one stage; a cell is how many voices there are, of all three kinds."""
    language = into.language
    inside = {key: counted for key, counted in found.cells.items() if key[2] == stage_id}
    columns = [one for one in found.entries.values() if any(key[1] == one.id for key in inside)]
    rows = []
    for unit in found.units:
        counts = [sum(inside.get((unit.id, one.id, stage_id), {}).values()) for one in columns]
        if any(counts):
            rows.append((unit.name.in_(language), *(str(one) if one else "" for one in counts)))
    head = (into.text("document.unit"), *(one.label.in_(language) for one in columns))
    return Table(into.text("matrix.title"), head, tuple(rows))


def _ties(found: Matrix, into: Translator) -> Table:
    language = into.language
    names = {unit.id: unit.name.in_(language) for unit in found.units}
    stop = "；" if language.value == "zh" else "; "
    rows = tuple(
        (
            f"{names[tie.one]} – {names[tie.other]}",
            stop.join(found.entries[one].label.in_(language) for one in tie.entries),
            stop.join(tie.steps),
        )
        for tie in found.ties[:MOST_TIES]
    )
    head = tuple(into.text(key) for key in ("matrix.pair", "matrix.through", "matrix.steps"))
    return Table(into.text("matrix.ties"), head, rows)


def csv_file(head: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """Return a table as CSV; what a spreadsheet would take for a formula is text."""
    return cells.csv_bytes([head, *rows])


def xlsx_file(head: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """Return a table as XLSX: text is never a formula, counts are numbers."""
    book = Workbook(write_only=False)
    sheet = book.active
    assert sheet is not None
    for at, row in enumerate((head, *rows), start=1):
        for column, text in enumerate(row, start=1):
            cell = sheet.cell(at, column)
            if text.isdecimal() and text.isascii():
                cell.value = int(text)
                continue
            cell.value = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text)
            cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
