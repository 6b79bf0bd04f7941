"""The reader of a session: its transcript in step with its sound, and what happened when."""

from collections import Counter
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.annotation import Annotation
from schemas.ids import LineId, SessionId
from schemas.session import SessionState
from schemas.transcript import Line
from server.domain.participation import share
from server.routes import reading_events
from server.routes.archive import audio_gone
from server.routes.request import app_state, language_of, login_of, page, person_in
from server.services.reading import Transcript
from web.filters import timecode
from web.i18n import Translator, translator
from web.session_views import ReaderLine, ReaderNote, ReaderStep, ReaderView


async def transcript(request: Request) -> Response:
    """`GET /sessions/{session}/transcript`; `cited`: line and version of a citation, `id.n`."""
    session_id = SessionId(request.path_params["session"])
    await person_in(request, session_id)
    line_id, _, version = request.query_params.get("cited", "").partition(".")
    cited = (LineId(line_id), int(version)) if _is_number(version) else None
    found = await app_state(request).reading.transcript(session_id, cited=cited)
    return page(request, reader_view(found, translator(language_of(request))))


async def line(request: Request) -> Response:
    """`GET /lines/{line}`: where a citation leads, for good; `version`: the one that it cites."""
    archive = app_state(request).archive
    scope = await archive.scope_of(login_of(request))
    found = await archive.context(LineId(request.path_params["line"]), scope=scope)
    version = request.query_params.get("version", "")
    cited = f"?cited={found.line.id}.{version}" if _is_number(version) else ""
    place = f"/sessions/{found.session.id}/transcript{cited}#line-{found.line.id}"
    return RedirectResponse(place, status_code=303)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 7


def reader_view(found: Transcript, into: Translator) -> ReaderView:
    """Return the transcript in the reader's language; what was said stays in its own."""
    language = into.language
    happened = reading_events.placed(found)
    steps = {step.id: step.title.in_(language) for step in found.steps}
    rows = []
    before = None
    for one in found.lines:
        begins = one.step_id if one.step_id != before else None
        before = one.step_id
        notes = tuple(_note(note, found, into) for note in found.notes.get(one.id, ()))
        events = happened.get(one.id, ())
        told = tuple(filter(None, (reading_events.told(each, found, into) for each in events)))
        rows.append(
            _line(one, found, into, notes, told, "" if begins is None else steps.get(begins, ""))
        )
    return ReaderView(
        title=found.session.title.in_(language),
        subtitle=found.study.in_(language),
        live_href=f"/sessions/{found.session.id}"
        if found.session.state is not SessionState.CLOSED
        else "",
        lines=tuple(rows),
        agenda=_agenda(found, into),
        speakers=_speakers(found, into),
        minutes=int(reading_events.seconds(found) // 60) + 1,
        unassigned=_unassigned(found.lines, into),
    )


def _unassigned(lines: Sequence[Line], into: Translator) -> str:
    """How much of the speech is nobody's; beside every figure on who took part."""
    found = share(lines)
    if found.seconds == 0:
        return ""
    return into.text(
        "share.unassigned", n=str(round(100 * found.unassigned)), m=str(round(100 * found.presumed))
    )


def _line(
    one: Line,
    found: Transcript,
    into: Translator,
    notes: tuple[ReaderNote, ...],
    happened: tuple[ReaderNote, ...],
    step: str,
) -> ReaderLine:
    gone = audio_gone(found.proofed_at if one.track_id is not None else None, into)
    unit = None if one.unit_id is None else found.units.get(one.unit_id)
    return ReaderLine(
        id=one.id,
        time=timecode(one.at),
        at_seconds=round(one.at, 2),
        speaker=one.speaker,
        unit="" if unit is None else unit.in_(into.language),
        text=into.text("line.withdrawn") if one.id in found.withdrawn else one.text,
        language=one.language.value,
        audio_href="" if one.track_id is None or gone else f"/tracks/{one.track_id}/audio.wav",
        start_seconds=one.start or 0.0,
        end_seconds=one.end or 0.0,
        notes=notes,
        happened=happened,
        step=step,
        step_id=one.step_id or "",
        cited=""
        if found.cited is None or found.cited.line_id != one.id
        else into.text("line.cited", version=found.cited.version, text=found.cited.text),
        audio_gone=gone,
    )


def _note(note: Annotation, found: Transcript, into: Translator) -> ReaderNote:
    opened = found.session.opened_at or 0.0
    return ReaderNote(
        kind=note.kind.value,
        kind_label=into.text(f"kind.{note.kind.value}"),
        text=note.text,
        by=note.voice.name,
        language=into.language.value,
        at_seconds=max(0.0, round(note.at - opened, 2)),
    )


def _agenda(found: Transcript, into: Translator) -> tuple[ReaderStep, ...]:
    first = {line.step_id: line.id for line in reversed(found.lines) if line.step_id is not None}
    began = reading_events.begun(found)
    return tuple(
        ReaderStep(
            step.id,
            f"#line-{first[step.id]}" if step.id in first else "",
            step.title.in_(into.language),
            timecode(began[step.id]) if step.id in began else "",
            began.get(step.id, 0.0),
        )
        for step in found.steps
    )


def _speakers(found: Transcript, into: Translator) -> tuple[tuple[str, str, int], ...]:
    """Who spoke, for which unit, in how many lines; in the order in which they began."""
    said = Counter((line.speaker, line.unit_id) for line in found.lines if line.speaker)
    return tuple(
        (
            name,
            found.units[unit].in_(into.language)
            if unit is not None and unit in found.units
            else "",
            count,
        )
        for (name, unit), count in said.items()
    )
