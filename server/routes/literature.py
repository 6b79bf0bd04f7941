"""Stage 1 over HTTP: the list of sources, bringing some in, one source with its passages."""

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.errors import ColloquyError, Conflict, Invalid
from schemas.ids import SourceId, StudyId
from server.domain import sheets
from server.routes.errors import status_of
from server.routes.passages import desk
from server.routes.preparing import SEE_OTHER, choices, problems
from server.routes.request import (
    app_state,
    form_fields,
    form_file,
    form_sheet,
    known_login,
    language_of,
    moderator_of,
    page,
    reader_of,
)
from server.services.literature import ImportedSource, Shelf, SourceDetails
from server.store.studies import Source
from web.i18n import Translator, error_text, translator
from web.passage_views import (
    SheetPreview,
    SheetRow,
    ShelfRow,
    SourceForm,
    SourcesView,
    SourceView,
)
from web.views import Link
from web.words import WORDS

LEVELS = ("", "multi-state", "national", "provincial", "city")


async def sources(request: Request) -> Response:
    """`GET, POST /studies/{study}/sources`: the list; POST brings one document in."""
    study_id = StudyId(request.path_params["study"])
    if request.method != "POST":
        await reader_of(request, study_id)
        return await _page(request, study_id)
    account = await moderator_of(request, study_id)
    form = await form_fields(request)
    try:
        source_id = await app_state(request).literature.add(
            account,
            study_id,
            _details(form),
            file=await form_file(request, "file"),
            text=form.get("text", ""),
        )
    except (Invalid, Conflict) as error:
        return await _page(request, study_id, error, form=form)
    return RedirectResponse(f"/sources/{source_id}", SEE_OTHER)


async def source_sheet(request: Request) -> Response:
    """`POST /studies/{study}/sources/import`: `sheet` or `rows`, `do` = check, import."""
    study_id = StudyId(request.path_params["study"])
    account = await moderator_of(request, study_id)
    form, literature = await form_fields(request), app_state(request).literature
    text = ""
    try:
        sheet = await form_sheet(request, "sheet", "rows")
        text = sheets.written(sheet)
        if form.get("do") == "import":
            await literature.store(account, study_id, sheet)
            return RedirectResponse(f"/studies/{study_id}/sources?saved=sheet", SEE_OTHER)
        rows = await literature.check(account, study_id, sheet)
    except (Invalid, Conflict) as error:
        return await _page(request, study_id, sheet_error=error, text=text)
    return await _page(request, study_id, rows=rows, text=text)


async def source(request: Request) -> Response:
    """`GET /sources/{source}`: one document, its passages numbered."""
    source_id, state = SourceId(request.path_params["source"]), app_state(request)
    study_id = await state.literature.study_of(source_id)
    await reader_of(request, study_id)
    found, into = await state.literature.opened(source_id), translator(language_of(request))
    login = known_login(request)
    runs = await state.joining.runs(login, study_id)
    account = login.account.id if runs and login is not None and login.account else None
    one = found.source
    facts = (one.issuer, _word("level", one.level, into), one.year, _word("topic", one.topic, into))
    here = f"/sources/{source_id}"
    return page(
        request,
        SourceView(
            one.title,
            Link(f"/studies/{study_id}", found.study.title.in_(into.language)),
            Link(f"/studies/{study_id}/sources", into.text("source.list")),
            tuple(str(fact) for fact in facts if fact),
            one.url,
            desk(found.coded, here, into, account=account, asked=request),
        ),
    )


async def _page(
    request: Request,
    study_id: StudyId,
    error: ColloquyError | None = None,
    *,
    form: Mapping[str, str] | None = None,
    sheet_error: ColloquyError | None = None,
    rows: Sequence[ImportedSource] = (),
    text: str = "",
) -> Response:
    state, into = app_state(request), translator(language_of(request))
    found = await state.literature.shelf(study_id)
    sent = form or {}
    refused = error or sheet_error
    view = SourcesView(
        Link(f"/studies/{study_id}", found.study.title.in_(into.language)),
        f"/studies/{study_id}/sources",
        tuple(_shelf_row(one, found, into) for one in found.sources),
        await state.joining.runs(known_login(request), study_id),
        SourceForm(**{name: sent.get(name, "") for name in SourceForm.__dataclass_fields__}),
        preview(_HEAD, [_cells(row, into) for row in rows], text, into),
        choices([(level, _word("level", level, into)) for level in LEVELS], sent.get("level", "")),
        problems(error, into) if error else (),
        problems(sheet_error, into) if sheet_error else (),
        request.query_params.get("saved", ""),
    )
    return page(request, view, 200 if refused is None else status_of(refused))


_HEAD = (
    "source.col_title", "source.col_issuer", "source.col_level", "source.col_year",
    "source.col_topic", "source.col_targets",
)  # fmt: skip


def preview(
    head: Sequence[str],
    rows: Sequence[tuple[int, tuple[str, ...], str]],
    text: str,
    into: Translator,
) -> SheetPreview:
    """Return what importing a sheet would do. head: words; rows: number, cells, problem's code."""
    bad = sum(bool(problem) for _, _, problem in rows)
    return SheetPreview(
        tuple(into.text(word) for word in head),
        tuple(
            SheetRow(number, cells, error_text(problem, {}, into.language)[0] if problem else "")
            for number, cells, problem in rows
        ),
        bad,
        len(rows) - bad,
        text,
        is_ready=bool(rows) and bad == 0,
    )


def _cells(row: ImportedSource, into: Translator) -> tuple[int, tuple[str, ...], str]:
    one = row.details
    cells = (one.title, one.issuer, one.level, str(one.year or ""), one.topic, one.targets)
    return row.number, cells, row.problem


def _details(form: Mapping[str, str]) -> SourceDetails:
    """Raises Invalid `source.year`."""
    texts = {
        name: " ".join(form.get(name, "").split())
        for name in ("title", "issuer", "level", "topic", "url")
    }
    year = form.get("year", "").strip()
    if year and not (year.isascii() and year.isdigit() and len(year) == 4):
        raise Invalid("source.year")
    return SourceDetails(year=int(year) if year else None, **texts)


def _shelf_row(one: Source, found: Shelf, into: Translator) -> ShelfRow:
    return ShelfRow(
        Link(f"/sources/{one.id}", one.title),
        one.issuer,
        _word("level", one.level, into),
        str(one.year or ""),
        _word("topic", one.topic, into),
        found.counts.get(one.id, 0),
    )


def _word(group: str, value: str, into: Translator) -> str:
    key = f"{group}.{value}"
    return into.text(key) if key in WORDS else value
