"""Hits that become evidence of an entry, with preview and undo; and searches that are kept."""

import time
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.errors import Invalid
from schemas.ids import EntryId
from server.routes.archive import asked_in, hit_row
from server.routes.request import (
    account_of,
    app_state,
    form_fields,
    language_of,
    login_of,
    moderator_of,
    page,
)
from server.services.coding import MOST, Preview
from web.archive_views import CodingView
from web.i18n import translator

MAX_NAME = 120
SEE_OTHER = 303


async def save(request: Request) -> Response:
    """`POST /archive/saved`: `name`, `query`."""
    account, form = account_of(request), await form_fields(request)
    name, query = " ".join(form.get("name", "").split()), _clean(form.get("query", ""))
    if not 0 < len(name) <= MAX_NAME:
        raise Invalid("archive.saved_name", most=MAX_NAME)
    await app_state(request).searches.keep(account.id, name, query, at=time.time())
    return RedirectResponse(f"/archive?{query}", SEE_OTHER)


async def remove_saved(request: Request) -> Response:
    """`POST /archive/saved/{saved}/remove`."""
    account, form = account_of(request), await form_fields(request)
    await app_state(request).searches.remove(account.id, request.path_params["saved"])
    return RedirectResponse(f"/archive?{_clean(form.get('query', ''))}", SEE_OTHER)


async def preview(request: Request) -> Response:
    """`POST /archive/coding`: `entry`, `query`, `hit` any number of times, or `all`."""
    found = await _previewed(request)
    query = await _query(request)
    values = tuple(f"{hit.of}:{hit.ref}" for hit in found.fresh)
    return page(request, _view(request, found, values, query=query))


async def add(request: Request) -> Response:
    """`POST /archive/coding/add`: `entry`, `hit` any number of times."""
    found = await _previewed(request)
    account = await moderator_of(request, found.entry.study_id)
    seq = await app_state(request).coding.code(found, by=account.name)
    place = urlencode({"entry": found.entry.id, "seq": seq, "query": await _query(request)})
    return RedirectResponse(f"/archive/coding?{place}", SEE_OTHER)


async def added(request: Request) -> Response:
    """`GET /archive/coding`: `entry`, `seq`, `query`: what was added then and still stands, to be taken back."""
    state, asked = app_state(request), request.query_params
    entry_id = EntryId(asked.get("entry", ""))
    await moderator_of(request, await state.taxonomy.study_of(entry_id))
    seq = _number(asked.get("seq", ""))
    entry, names = await state.coding.added(entry_id, seq)
    scope = await state.archive.scope_of(login_of(request))
    hits = await state.archive.chosen(names, scope=scope)
    found = Preview(entry, hits, 0, 0)
    query = _clean(asked.get("query", ""))
    view = _view(
        request, found, (), query=query, seq=seq if hits else None, none="coding.taken_back"
    )
    return page(request, view)


async def undo(request: Request) -> Response:
    """`POST /archive/coding/undo`: `entry`, `seq`."""
    form = await form_fields(request)
    state, entry_id = app_state(request), EntryId(form.get("entry", ""))
    study_id = await state.taxonomy.study_of(entry_id)
    account = await moderator_of(request, study_id)
    await state.coding.take_back(study_id, _number(form.get("seq", "")), by=account.name)
    return RedirectResponse(f"/entries/{entry_id}", SEE_OTHER)


async def _previewed(request: Request) -> Preview:
    state = app_state(request)
    form = await request.form(max_files=0, max_fields=MOST + 50)
    entry_id = EntryId(str(form.get("entry", "")))
    await moderator_of(request, await state.taxonomy.study_of(entry_id))
    scope = await state.archive.scope_of(login_of(request))
    if form.get("all"):
        asked = asked_in(QueryParams(str(form.get("query", ""))))
        hits = await state.archive.every(asked, scope=scope, most=MOST + 1)
    else:
        hits = await state.archive.chosen(_chosen(form), scope=scope)
    return await state.coding.preview(entry_id, hits)


def _chosen(form: FormData) -> list[tuple[str, str]]:
    parts = (str(value).partition(":") for value in form.getlist("hit"))
    return [(of, ref) for of, _, ref in parts]


def _view(
    request: Request,
    found: Preview,
    values: tuple[str, ...],
    *,
    query: str,
    seq: int | None = None,
    none: str = "coding.none",
) -> CodingView:
    language = language_of(request)
    into = translator(language)
    return CodingView(
        entry_id=found.entry.id,
        entry=found.entry.label.in_(language),
        entry_href=f"/entries/{found.entry.id}",
        hits=tuple(hit_row(hit, language) for hit in found.fresh),
        values=values,
        count=len(found.fresh),
        known=found.known,
        unfit=found.unfit,
        kind_label=into.text(f"kind.{found.entry.kind.value}"),
        kind=found.entry.kind.value,
        seq=seq,
        coding_href="",
        back_href=f"/archive?{query}" if query else "/archive",
        query=query,
        none="" if found.fresh or found.known or found.unfit else into.text(none),
    )


async def _query(request: Request) -> str:
    form = await request.form(max_files=0, max_fields=MOST + 50)
    return _clean(str(form.get("query", "")))


def _number(seq: str) -> int:
    return int(seq) if seq.isascii() and seq.isdigit() and len(seq) < 16 else 0


def _clean(query: str) -> str:
    """A query as an address carries it; whatever was sent, it stays within /archive."""
    return urlencode(parse_qsl(query.replace("\n", " "), keep_blank_values=False)[:100])
