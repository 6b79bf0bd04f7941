"""The archive's page: words and facets in, hits out."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from schemas.archive import ArchiveHit, ArchiveQuery, Counts, FacetValue, Page
from schemas.errors import Invalid
from schemas.ids import AccountId
from schemas.session import Language
from schemas.taxonomy import EntryState
from server.domain import dates, facets
from server.domain.facets import Facet
from server.routes.request import app_state, language_of, login_of, page
from server.services.coding import BACKING
from server.store.limits import TooSlow
from web.archive_views import ArchiveView, FacetChoice, FacetGroup, HitRow, SavedRow
from web.filters import timecode
from web.i18n import Translator, told_of, translator
from web.views import Choice, Link, Piece
from web.words import WORDS

SHOWN = 8
"""Values of one facet on the page; those that are chosen come in any case."""

_AROUND = 40
"""Characters shown before and after one that is wrong."""

_OPEN = (Facet.OF, Facet.KIND, Facet.STAGE, Facet.UNIT)
_PLACES = {"entry": "/entries", "passage": "/passages", "answer": "/answers"}
"""Where what is no part of a session stands."""

_WORDS_OF: Mapping[Facet, tuple[str, ...]] = {
    Facet.OF: ("of",),
    Facet.KIND: ("kind",),
    Facet.STATE: ("proposal_state", "entry_state"),
    Facet.ROLE: ("role",),
    Facet.SOURCE: ("line_source",),
    Facet.LANGUAGE: ("language",),
}


async def archive(request: Request) -> Response:
    """`GET /archive`: `q`, any facet any number of times, `order`, `after`."""
    login, language = login_of(request), language_of(request)
    service = app_state(request).archive
    asked = asked_of(request)
    found, counted, problem = Page((), None), None, ""
    wrong: tuple[Piece, ...] = ()
    place: object = ""
    scope = await service.scope_of(login)
    if asked.is_empty and not scope.is_empty:
        counted = await service.counts(asked, scope=scope)  # a way in for who has no word yet
    elif not asked.is_empty:
        try:
            found = await service.search(asked, scope=scope)
            if asked.after is None:
                counted = await service.counts(asked, scope=scope)
        except Invalid as error:
            problem = problem_text(error, language)  # beside the words, which stay on the page
            wrong, place = wrong_at(asked.words, error), error.fields["at"]
        except TooSlow as error:
            problem = told_of(error.code, error.fields, language)
    view = archive_view(asked, found, counted, language, problem)
    view = replace(view, wrong=wrong, wrong_at=str(place))
    if login.account is not None:
        view = replace(
            view,
            saved=await _saved(request, login.account.id),
            entries=await _entries(request, found, language),
        )
        view = replace(view, coding_href="/archive/coding" if view.entries else "")
    return page(request, view)


async def _saved(request: Request, account_id: AccountId) -> tuple[SavedRow, ...]:
    kept = await app_state(request).searches.of_account(account_id)
    return tuple(SavedRow(one.id, one.name, f"/archive?{one.query}") for one in kept)


async def _entries(request: Request, found: Page, language: Language) -> tuple[Choice, ...]:
    """The entries that hits of this page can back; of several studies, each with its study's title."""
    service, fit = app_state(request).coding, [hit for hit in found.hits if hit.of in BACKING]
    titles = {hit.study_id: hit.study_title.in_(language) for hit in fit}
    labels = [
        (
            f"{one.label.in_(language)} · {title}" if len(titles) > 1 else one.label.in_(language),
            one.id,
        )
        for study, title in titles.items()
        for one in await service.choices(study)
    ]
    return tuple(Choice(entry, label) for label, entry in sorted(labels))


def archive_view(
    asked: ArchiveQuery,
    found: Page,
    counted: Counts | None,
    language: Language,
    problem: str = "",
) -> ArchiveView:
    """Return the page of a question and its answer."""
    into = translator(language)
    groups = _groups(asked, counted, into) if counted is not None else ()
    chosen = tuple(one for group in groups for one in group.choices if one.selected)
    return ArchiveView(
        words=asked.words,
        hits=tuple(hit_row(hit, language) for hit in found.hits),
        asked=not asked.is_empty,
        next_href="" if found.next is None else href(asked, after=found.next),
        problem=problem,
        total=_total(counted, into) if counted is not None else "",
        widened=" · ".join(found.widened),
        facets=groups,
        chosen=chosen,
        name=" · ".join(filter(None, (asked.words.strip(), *(one.label for one in chosen))))[:120],
        kept=tuple((facet, one) for facet, values in asked.narrowed.items() for one in values),
        orders=_orders(asked, found, into) if asked.words.strip() and found.hits else (),
        exports=_exports(asked, into),
        query=query_of(asked),
    )


def hit_row(hit: ArchiveHit, language: Language) -> HitRow:
    """Return one hit as its row; its text stays in the language it was said in."""
    into = translator(language)
    title = hit.session_title or hit.study_title
    return HitRow(
        key=hit.key,
        of=hit.of,
        kind=hit.kind,
        kind_label=_label(Facet.KIND, FacetValue(hit.kind, None, 0), into),
        speaker=hit.speaker,
        unit="" if hit.unit is None else hit.unit.in_(language),
        session_title=title.in_(language),
        time="" if hit.at is None else timecode(hit.at),
        pieces=tuple(_pieces(hit)),
        line_href=place_of(hit),
        context_href="" if hit.line_id is None else f"/lines/{hit.line_id}/context",
        audio_href="" if hit.track_id is None else f"/tracks/{hit.track_id}/audio.wav",
        start_seconds=hit.start or 0.0,
        language=hit.language.value,
        state=""
        if hit.state in ("", EntryState.ACTIVE.value)  # what is in force says nothing of it
        else _label(Facet.STATE, FacetValue(hit.state, None, 0), into),
        value=f"{hit.of}:{hit.ref}" if hit.of in BACKING else "",
        audio_gone=audio_gone(hit.proofed_at, into),
        day=dates.day(hit.day),
    )


def audio_gone(proofed_at: float | None, into: Translator) -> str:
    """Return when and why there is no sound any more; nothing where there is, or never was."""
    if proofed_at is None:
        return ""
    return into.text("audio.gone", day=dates.day(proofed_at))


def place_of(hit: ArchiveHit) -> str:
    """Return where a hit stands in its own page."""
    if hit.of in _PLACES:
        return f"{_PLACES[hit.of]}/{hit.ref}"
    if hit.line_id is not None:
        return f"/sessions/{hit.session_id}/transcript#line-{hit.line_id}"
    if hit.session_id is not None:
        return f"/sessions/{hit.session_id}/transcript"
    return f"/studies/{hit.study_id}"


def problem_text(error: Invalid, language: Language) -> str:
    """Return what is wrong with the words; places are counted from 1."""
    at, reason = error.fields["at"], error.fields["reason"]
    assert isinstance(at, int)
    return told_of(f"{error.code}.{reason}", {"at": at + 1}, language)


def wrong_at(words: str, error: Invalid) -> tuple[Piece, ...]:
    """Return the words around the place where they go wrong, its character marked."""
    at = error.fields["at"]
    assert isinstance(at, int)
    before, after = words[max(0, at - _AROUND) : at], words[at + 1 : at + 1 + _AROUND]
    return (
        Piece(("…" if at > _AROUND else "") + before, False),
        Piece(words[at : at + 1] or "␣", True),
        Piece(after + ("…" if len(words) > at + 1 + _AROUND else ""), False),
    )


def asked_of(request: Request) -> ArchiveQuery:
    """Return the question in the request's address."""
    return asked_in(request.query_params)


def asked_in(given: QueryParams) -> ArchiveQuery:
    """Return the question of an address's query; what it does not know is left out."""
    after = given.get("after", "")
    chosen = {facet.value: tuple(dict.fromkeys(given.getlist(facet.value))) for facet in Facet}
    return ArchiveQuery(
        words=given.get("q", ""),
        narrowed={
            facet: tuple(facets.plain(value) for value in values[:20] if value)
            for facet, values in chosen.items()
            if any(values)
        },
        after=int(after) if after.isascii() and after.isdigit() and len(after) < 19 else None,
        order="relevance" if given.get("order") == "relevance" else "newest",
    )


def query_of(asked: ArchiveQuery, **more: object) -> str:
    """Return the question as the query of an address; it names nobody."""
    pairs = [("q", asked.words)] if asked.words else []
    pairs += [(facet, value) for facet, values in asked.narrowed.items() for value in values]
    pairs += [("order", asked.order)] if asked.order != "newest" else []
    pairs += [(name, str(value)) for name, value in more.items()]
    return urlencode(pairs)


def href(asked: ArchiveQuery, **more: object) -> str:
    """Return the address of the question's page."""
    return f"/archive?{query_of(asked, **more)}"


def _groups(asked: ArchiveQuery, counted: Counts, into: Translator) -> tuple[FacetGroup, ...]:
    found = (_group(facet, asked, counted, into) for facet in Facet)
    return tuple(group for group in found if group.choices)


def _group(facet: Facet, asked: ArchiveQuery, counted: Counts, into: Translator) -> FacetGroup:
    chosen = asked.narrowed.get(facet.value, ())
    values = counted.facets.get(facet.value, ())
    shown = [one for at, one in enumerate(values) if at < SHOWN or one.value in chosen]
    if len(values) < 2 and not chosen:
        shown = []  # nothing to choose between
    choices = tuple(
        FacetChoice(
            _label(facet, one, into),
            one.count,
            href(_toggled(asked, facet, one.value)),
            one.value in chosen,
        )
        for one in shown
    )
    is_open = bool(chosen) or facet in _OPEN
    label = into.text(f"facet.{facet.value}")
    if facet is Facet.MONTH:
        label = f"{label} ({dates.zone()})"  # a session at night lies in another one elsewhere
    return FacetGroup(facet.value, label, choices, is_open)


def _toggled(asked: ArchiveQuery, facet: Facet, value: str) -> ArchiveQuery:
    chosen = asked.narrowed.get(facet.value, ())
    kept = tuple(one for one in chosen if one != value)
    narrowed = dict(asked.narrowed) | {facet.value: kept if value in chosen else (*kept, value)}
    left = {name: values for name, values in narrowed.items() if values}
    return ArchiveQuery(asked.words, left, None, asked.order)


def _label(facet: Facet, value: FacetValue, into: Translator) -> str:
    if value.name is not None:
        return value.name.in_(into.language)
    if facet is Facet.MONTH and len(value.value) == 6:
        return f"{value.value[:4]}-{value.value[4:]}"
    for group in _WORDS_OF.get(facet, ()):
        for key in WORDS:
            if key.startswith(f"{group}.") and facets.plain(key[len(group) + 1 :]) == value.value:
                return into.text(key)
    return value.value


def _total(counted: Counts, into: Translator) -> str:
    if counted.has_more:
        return into.text("archive.more_than", count=f"{counted.total:,}")
    return into.text(
        "archive.one" if counted.total == 1 else "archive.total", count=f"{counted.total:,}"
    )


def _exports(asked: ArchiveQuery, into: Translator) -> tuple[Link, ...]:
    forms = (("csv", "CSV"), ("xlsx", "Excel"), ("json", "JSON"))
    links = [Link(f"/archive/hits.{form}?{query_of(asked)}", label) for form, label in forms]
    return (*links, Link(f"/archive/hits.txt?{query_of(asked)}", into.text("archive.citations")))


def _orders(asked: ArchiveQuery, found: Page, into: Translator) -> tuple[Link, ...]:
    first = ArchiveQuery(asked.words, asked.narrowed)
    best = ArchiveQuery(asked.words, asked.narrowed, order="relevance")
    too_many = asked.order != found.order
    return (
        Link(href(first), into.text("archive.newest"), current=found.order == "newest"),
        Link(
            href(best),
            into.text("archive.relevance"),
            into.text("archive.too_many_to_rank") if too_many else "",
            current=found.order == "relevance",
        ),
    )


def _pieces(hit: ArchiveHit) -> Iterator[Piece]:
    at = 0
    for start, end in hit.marks:
        if at < start:
            yield Piece(_row(hit.text[at:start]), False)
        yield Piece(_row(hit.text[start:end]), True)
        at = end
    if at < len(hit.text):
        yield Piece(_row(hit.text[at:]), False)


def _row(text: str) -> str:
    """Texts of several lines (an entry's label and definition) stand in one row here."""
    return text.replace("\n", " · ")
