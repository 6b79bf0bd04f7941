"""The silent step of priorities over HTTP: a page of its own, and a part of the live page."""

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.errors import ColloquyError, Conflict, Invalid
from schemas.ids import EntryId, SessionId, new_id
from schemas.session import Person
from schemas.taxonomy import Entry, EntryKind
from server.domain.priorities import MOST_MARKS
from server.routes.errors import status_of
from server.routes.preparing import SEE_OTHER, problems
from server.routes.request import (
    app_state,
    form_fields,
    form_values,
    is_fragment,
    language_of,
    page,
    person_in,
)
from server.routes.solutions_view import names_of, spreads_view
from server.services.priorities import KINDS, Silence
from web.i18n import Translator, translator
from web.solution_views import MarkRowChoice, PrioritiesView, PriorityGroup
from web.views import Choice, Link

DEFAULT_MARKS = 3


async def priorities(request: Request) -> Response:
    """`GET, POST /sessions/{session}/priorities`: POST `do` = open, mark or close."""
    person = await person_in(request, SessionId(request.path_params["session"]))
    error: ColloquyError | None = None
    if request.method == "POST":
        try:
            await _do(request, person)
            if not is_fragment(request):
                return RedirectResponse(request.url.path, SEE_OTHER)
        except (Conflict, Invalid) as refused:
            error = refused
    seen = await app_state(request).priorities.seen(person)
    view = priorities_view(
        seen, translator(language_of(request)), error, is_pane=is_fragment(request)
    )
    return page(request, view, 200 if error is None else int(status_of(error)))


def priorities_view(
    seen: Silence, into: Translator, error: ColloquyError | None = None, *, is_pane: bool = False
) -> PrioritiesView:
    """Return the step in the reader's language; what the reader may not see is not in it."""
    language, here = into.language, f"/sessions/{seen.session.id}"
    sheet, most = seen.sheet, DEFAULT_MARKS if seen.round is None else seen.round.most
    marks = seen.is_open and sheet is not None
    units = names_of(seen.units, into)
    return PrioritiesView(
        session=Link(here, seen.session.title.in_(language)),
        action=f"{here}/priorities",
        key=new_id(),
        is_open=seen.is_open,
        may_hold=seen.may_hold,
        may_mark=marks,
        most=most if seen.is_open else MOST_MARKS,
        unit="" if sheet is None else units.get(sheet.unit_id, ""),
        base=0 if sheet is None else sheet.version,
        kept=into.text("priority_mark.kept") if sheet is not None and sheet.version else "",
        left=""
        if sheet is None
        else into.text(
            "priority_mark.left",
            urgent=str(most - len(sheet.urgent)),
            ours=str(most - len(sheet.ours)),
        ),
        handed_in=""
        if seen.handed_in is None
        else into.text("priority_mark.handed_in", count=str(seen.handed_in)),
        groups=_groups(seen.asked, seen, into) if marks else (),
        askable=_groups(seen.askable, seen, into),
        kinds=tuple(
            Choice(kind.value, into.text(f"priority_mark.kind_{kind.value}"), selected=kind is KINDS[0])
            for kind in KINDS
        ),
        spreads=spreads_view(seen.spreads or {}, seen.known, units, into),
        is_pane=is_pane,
        is_idle=not (is_pane or seen.is_open or seen.may_hold or seen.spreads),
        problems=() if error is None else problems(error, into),
    )  # fmt: skip


async def _do(request: Request, person: Person) -> None:
    form, service = await form_fields(request), app_state(request).priorities
    key, do = form.get("key", ""), form.get("do", "")
    if do == "open":
        kinds = {one.value: one for one in EntryKind}
        chosen = [kinds[one] for one in await form_values(request, "kind") if one in kinds]
        only = [EntryId(one) for one in await form_values(request, "entry")]
        await service.open(person, chosen, _whole(form, "most"), key=key, only=only)
    elif do == "close":
        await service.close(person, key=key)
    elif do == "mark":
        urgent = [EntryId(one) for one in await form_values(request, "urgent")]
        ours = [EntryId(one) for one in await form_values(request, "ours")]
        await service.mark(person, urgent, ours, base=_whole(form, "base"))
    else:
        raise Invalid("request.invalid", do=do)


def _groups(entries: Sequence[Entry], seen: Silence, into: Translator) -> tuple[PriorityGroup, ...]:
    """Entries that may be marked, or asked about, below their categories, in taxonomy order."""
    found: dict[str, list[MarkRowChoice]] = {}
    titles: dict[str, str] = {}
    for one in entries:
        above = _category(one, seen.known)
        group = "" if above is None else above.id
        titles[group] = (
            into.text("priority_mark.elsewhere")
            if above is None
            else above.label.in_(into.language)
        )
        found.setdefault(group, []).append(_markable(one, seen, into))
    return tuple(PriorityGroup(titles[group], tuple(rows)) for group, rows in found.items())


def _markable(one: Entry, seen: Silence, into: Translator) -> MarkRowChoice:
    sheet = seen.sheet
    return MarkRowChoice(
        id=one.id,
        link=Link(f"/entries/{one.id}", one.label.in_(into.language)),
        kind=one.kind.value,
        is_urgent=sheet is not None and one.id in sheet.urgent,
        is_own=sheet is not None and one.id in sheet.ours,
    )


def _category(one: Entry, known: Mapping[EntryId, Entry]) -> Entry | None:
    above: Entry | None = one
    while above is not None and above.kind is not EntryKind.CATEGORY:
        above = None if above.parent_id is None else known.get(above.parent_id)
    return above


def _whole(form: Mapping[str, str], name: str) -> int:
    text = form.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Invalid("request.invalid", **{name: text})
    return int(text)
