"""The reader of a session: its transcript in step with its sound, and what happened when."""

from collections import Counter
from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.annotation import Annotation
from schemas.ids import LineId, SessionId
from schemas.session import SessionState
from schemas.transcript import Line
from server.domain.participation import share
from server.routes.archive import audio_gone
from server.routes.request import app_state, language_of, login_of, page, person_in
from server.services.reading import Transcript
from server.store.events import Event
from web.filters import timecode
from web.i18n import Translator, translator
from web.session_views import ReaderLine, ReaderNote, ReaderView
from web.views import Link

_TOLD = {
    "proposal.wording_put": "reader.wording_put",
    "proposal.position_taken": "reader.position_taken",
    "entry.promoted": "reader.promoted",
    "entry.evidence_added": "reader.evidence",
    "proposal.dropped": "reader.dropped",
    "proposal.deferred": "reader.deferred",
    "proposal.kept_contested": "reader.kept_contested",
}


async def transcript(request: Request) -> Response:
    """`GET /sessions/{session}/transcript`."""
    session_id = SessionId(request.path_params["session"])
    await person_in(request, session_id)
    found = await app_state(request).reading.transcript(session_id)
    return page(request, reader_view(found, translator(language_of(request))))


async def line(request: Request) -> Response:
    """`GET /lines/{line}`: where a citation leads, for good."""
    archive = app_state(request).archive
    scope = await archive.scope_of(login_of(request))
    found = await archive.context(LineId(request.path_params["line"]), scope=scope)
    place = f"/sessions/{found.session.id}/transcript#line-{found.line.id}"
    return RedirectResponse(place, status_code=303)


def reader_view(found: Transcript, into: Translator) -> ReaderView:
    """Return the transcript in the reader's language; what was said stays in its own."""
    language = into.language
    happened = _placed(found.lines, found.happened)
    steps = {step.id: step.title.in_(language) for step in found.steps}
    rows = []
    before = None
    for one in found.lines:
        begins = one.step_id if one.step_id != before else None
        before = one.step_id
        notes = tuple(_note(note, found, into) for note in found.notes.get(one.id, ()))
        told = tuple(
            filter(None, (_told(event, found, into) for event in happened.get(one.id, ())))
        )
        rows.append(
            _line(one, found, into, notes, told, "" if begins is None else steps.get(begins, ""))
        )
    last = found.lines[-1].at if found.lines else 0.0
    return ReaderView(
        title=found.session.title.in_(language),
        subtitle=found.study.in_(language),
        live_href=f"/sessions/{found.session.id}"
        if found.session.state is not SessionState.CLOSED
        else "",
        lines=tuple(rows),
        agenda=_agenda(found, into),
        speakers=_speakers(found, into),
        minutes=int(last // 60) + 1,
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


def _placed(lines: Sequence[Line], happened: Sequence[Event]) -> Mapping[str, Sequence[Event]]:
    """Return events by the last line that was said before each; those before all by the first."""
    placed: dict[str, list[Event]] = {}
    for event in happened:
        if event.session_time is None or event.action not in _TOLD or not lines:
            continue
        before = [one for one in lines if one.at <= event.session_time]
        placed.setdefault((before[-1] if before else lines[0]).id, []).append(event)
    return placed


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


def _told(event: Event, found: Transcript, into: Translator) -> ReaderNote | None:
    proposal = found.proposals.get(str(event.body.get("proposal", event.subject)))
    label = found.labels.get(event.subject)
    text = label.in_(into.language) if label is not None else ""
    if not text and proposal is not None and proposal.wordings:
        text = proposal.wordings[-1].text
    return ReaderNote(
        kind="",
        kind_label=into.text(_TOLD[event.action]),
        text=text,
        by="" if event.action == "proposal.position_taken" else event.actor,
        language=into.language.value,
        at_seconds=max(0.0, round(event.session_time or 0.0, 2)),
    )


def _agenda(found: Transcript, into: Translator) -> tuple[Link, ...]:
    first = {line.step_id: line.id for line in reversed(found.lines) if line.step_id is not None}
    return tuple(
        Link(f"#line-{first[step.id]}" if step.id in first else "", step.title.in_(into.language))
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
