"""Bringing in a codebook: a file or pasted rows, what they would do, and doing it."""

from collections import Counter
from dataclasses import replace

import anyio
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.errors import Conflict, Invalid
from schemas.ids import StudyId
from schemas.taxonomy import Entry
from server.domain.codebook_plan import Planned
from server.domain.formats import codebook_reader
from server.domain.sheets import Sheet
from server.routes.errors import status_of
from server.routes.literature import preview
from server.routes.preparing import problems
from server.routes.request import (
    app_state,
    form_fields,
    form_file,
    language_of,
    moderator_of,
    page,
)
from server.services.codebook_import import Plan
from server.services.curation import Curator
from web.i18n import Translator, translator
from web.taxonomy_views import CodebookView
from web.views import Link

_HEAD = ("codebook.does", "codebook.entry", "field.parent", "codebook.changes")


async def codebook(request: Request) -> Response:
    """`GET, POST /studies/{study}/codebook`: `sheet` or `rows`, `do` = check, import, `seal` of what was shown."""
    study_id, into = StudyId(request.path_params["study"]), translator(language_of(request))
    account, state = await moderator_of(request, study_id), app_state(request)
    plan, text, error = Plan(()), "", None
    if request.method == "POST":
        form = await form_fields(request)
        try:
            sheet = await _sheet(request, form.get("rows", ""))
            text = codebook_reader.written(sheet)
            plan = await state.codebook_import.check(study_id, sheet)
            if form.get("do") == "import":
                by, seal = Curator(account.id, account.name), form.get("seal", "")
                await state.codebook_import.store(by, study_id, sheet, seal=seal)
                return RedirectResponse(f"/studies/{study_id}/taxonomy", 303)
        except (Invalid, Conflict) as refused:
            error = refused
    study = (await state.taxonomy.atlas(study_id)).study
    shown = preview(_HEAD, [_cells(row, into) for row in plan.rows], text, into)
    view = CodebookView(
        study.title.in_(into.language),
        Link(f"/studies/{study_id}/taxonomy", into.text("codebook.taxonomy")),
        f"/studies/{study_id}/codebook",
        replace(shown, seal=plan.seal if shown.is_ready else ""),
        _counts(plan, into),
        problems(error, into) if error else (),
    )
    return page(request, view, 200 if error is None else int(status_of(error)))


async def _sheet(request: Request, pasted: str) -> Sheet:
    file = await form_file(request, "sheet")
    if file:
        return await anyio.to_thread.run_sync(codebook_reader.read, file)
    return codebook_reader.parse(pasted)


def _does(row: Planned) -> str:
    if row.problem:
        return "bad"
    if row.before is None:
        return "added"
    return "changed" if row.changes else "left"


def _counts(plan: Plan, into: Translator) -> str:
    counts = Counter(_does(row) for row in plan.rows)
    names = [name for name in ("added", "changed", "left", "bad") if counts[name]]
    return " · ".join(into.labelled(into.text(f"codebook.{name}"), counts[name]) for name in names)


def _cells(row: Planned, into: Translator) -> tuple[int, tuple[str, ...], str]:
    changes = []
    if row.before is not None and row.entry is not None:
        for name in row.changes:
            old, new = _said(row.before, name, into), _said(row.entry, name, into)
            if name == "parent":
                changes.append(into.labelled(into.text("field.parent"), f"→ {row.parent}"))
            else:
                changes.append(into.labelled(into.text(f"field.{name}"), f"{old} → {new}"))
    cells = (into.text(f"codebook.{_does(row)}"), row.label, row.parent, "; ".join(changes))
    return row.number, cells, row.problem


def _said(entry: Entry, field: str, into: Translator) -> str:
    match field:
        case "kind":
            return into.text(f"kind.{entry.kind.value}")
        case "scope":
            return into.text(f"scope.{entry.scope.value}")
        case "scope_reason":
            return entry.scope_reason
        case _:
            name, _, language = field.partition("_")
            text = entry.label if name == "label" else entry.definition
            return text.zh if language == "zh" else text.en
