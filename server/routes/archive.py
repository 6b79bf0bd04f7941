"""The archive's page: words in, hits out."""

from collections.abc import Iterator

from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import Response

from schemas.archive import ArchiveHit, ArchiveQuery, Page
from schemas.errors import Invalid
from schemas.ids import SessionId, StudyId
from schemas.session import Language
from server.routes.request import app_state, language_of, login_of, page
from server.store.studies import Study
from web.filters import timecode
from web.i18n import error_text, translator
from web.views import ArchiveView, Choice, HitRow, Piece


async def archive(request: Request) -> Response:
    """`GET /archive`: `q`, `study`, `session`, `after`."""
    login, language = login_of(request), language_of(request)
    state = app_state(request)
    asked = _asked(request)
    found, problem = Page((), None), ""
    if asked.words.strip():
        scope = await state.archive.scope_of(login)
        try:
            found = await state.archive.search(asked, scope=scope)
        except Invalid as error:
            problem = problem_text(error, language)  # beside the words, which stay on the page
    studies = await state.studies.every() if login.account is not None else ()
    view = ArchiveView(
        words=asked.words,
        studies=tuple(_choice(study, asked, language) for study in studies),
        hits=tuple(hit_row(hit, language) for hit in found.hits),
        asked=bool(asked.words.strip()),
        next_href=_next(request, found),
        problem=problem,
    )
    return page(request, view)


def hit_row(hit: ArchiveHit, language: Language) -> HitRow:
    """Return one hit as its row; its text stays in the language it was said in."""
    into = translator(language)
    is_note = hit.of == "annotation"
    return HitRow(
        key=hit.key,
        of=hit.of,
        kind=hit.kind if is_note else "line",
        kind_label=into.text(f"kind.{hit.kind}" if is_note else "kind.line"),
        speaker=hit.speaker,
        unit="" if hit.unit is None else hit.unit.in_(language),
        session_title=hit.session_title.in_(language),
        time=timecode(hit.at),
        pieces=tuple(_pieces(hit)),
        line_href=f"/sessions/{hit.session_id}#line-{hit.line_id}",
        context_href=f"/lines/{hit.line_id}/context",
        audio_href="" if hit.track_id is None else f"/tracks/{hit.track_id}/audio.wav",
        start_seconds=hit.start or 0.0,
        language=hit.language.value,
    )


def problem_text(error: Invalid, language: Language) -> str:
    """Return what is wrong with the words; places are counted from 1."""
    at, reason = error.fields["at"], error.fields["reason"]
    assert isinstance(at, int)
    return " ".join(error_text(f"{error.code}.{reason}", {"at": at + 1}, language))


def _asked(request: Request) -> ArchiveQuery:
    given = request.query_params
    study, session, after = given.get("study"), given.get("session"), given.get("after", "")
    return ArchiveQuery(
        words=given.get("q", ""),
        study_id=StudyId(study) if study else None,
        session_id=SessionId(session) if session else None,
        after=int(after) if after.isascii() and after.isdigit() and len(after) < 19 else None,
    )


def _choice(study: Study, asked: ArchiveQuery, language: Language) -> Choice:
    return Choice(study.id, study.title.in_(language), selected=study.id == asked.study_id)


def _next(request: Request, found: Page) -> str:
    if found.next is None:
        return ""
    url: URL = request.url.include_query_params(after=found.next)
    return f"{url.path}?{url.query}"


def _pieces(hit: ArchiveHit) -> Iterator[Piece]:
    at = 0
    for start, end in hit.marks:
        if at < start:
            yield Piece(hit.text[at:start], False)
        yield Piece(hit.text[start:end], True)
        at = end
    if at < len(hit.text):
        yield Piece(hit.text[at:], False)
