"""The pages of a return in the reader's language: board, sheet, form on paper, read-back."""

from collections.abc import Mapping
from dataclasses import replace

from schemas.errors import ColloquyError
from schemas.ids import LineId
from schemas.taxonomy import Stance
from schemas.transcript import Line
from server.domain import dates
from server.domain.quoting import Quoting
from server.routes.minutes_view import downloads
from server.routes.preparing import problems
from server.services.minutes import Record
from server.services.returns import Board, Reply, Row, Sheet
from server.store.returns import Item
from web.filters import timecode
from web.i18n import Translator
from web.numerals import section_number, statement_number
from web.report_views import ReportView, Section, Statement, Table
from web.return_views import (
    ChangeRow,
    ReturnRow,
    ReturnsView,
    ReturnView,
    SaidRow,
    WordingAsked,
)
from web.views import Choice, Link, Problem

_READ_ALOUD = ("agreed", "kept_contested", "deferred", "undecided")


def returns_view(
    found: Board, origin: str, into: Translator, error: ColloquyError | None = None
) -> ReturnsView:
    """Return the board: units by state, with what they change."""
    session = found.sitting.session
    here = f"/sessions/{session.id}"
    answered = sum(row.answer.replied_at is not None for row in found.rows)
    rows = tuple(_row(row, found, origin, into) for row in found.rows)
    return ReturnsView(
        session=Link(f"{here}/minutes", session.title.in_(into.language)),
        action=f"{here}/returns",
        until=_until(found),
        progress=into.text("return.progress", answered=answered, units=len(rows)),
        rows=rows,
        problems=() if error is None else problems(error, into),
    )


def _until(found: Board) -> str:
    return "" if found.round is None else dates.day(found.round.until)


def _row(row: Row, found: Board, origin: str, into: Translator) -> ReturnRow:
    answer, unit = row.answer, row.unit.name.in_(into.language)
    session, until = found.sitting.session, _until(found)
    title = session.title.in_(into.language)
    url = f"{origin}{row.path}" if until else ""
    return ReturnRow(
        unit_id=row.unit.id,
        unit=unit,
        state=into.text(f"return_state.{_state(row) if until else 'not_sent'}"),
        is_answered=answer.replied_at is not None,
        when=" · ".join(
            part for part in (dates.moment(answer.replied_at), answer.replied_by) if part
        ),
        quoting=into.text(f"quoting.{answer.quoting}"),
        missing=into.text("return.missing", count=row.missing) if row.missing else "",
        url=url,
        reminder=into.text("return.reminder", unit=unit, session=title, until=until, url=url),
        form_href=f"/sessions/{session.id}/returns/{row.unit.id}",
        changes=tuple(_change(item, found.lines, into) for item in row.items),
    )


def _state(row: Row) -> str:
    if row.answer.replied_at is None:
        return "sent" if row.answer.seen_at is None else "seen"
    return "changed" if row.items else "confirmed"


def _change(item: Item, said: Mapping[LineId, Line], into: Translator) -> ChangeRow:
    line = None if item.line_id is None else said.get(item.line_id)
    return ChangeRow(
        id=item.id,
        kind=into.text(f"return_change.{item.kind}"),
        place="" if line is None else f"{timecode(line.at)} {line.speaker}",
        before=item.before,
        text=item.text,
        state="" if item.kind == "withdraw" else into.text(f"return_fate.{item.state}"),
        is_open=item.state == "open",
    )


def return_view(
    sheet: Sheet,
    token: str,
    into: Translator,
    *,
    is_sent: bool = False,
    reply: Reply | None = None,
    told: tuple[Problem, ...] = (),
) -> ReturnView:
    """Return a unit's page; reply: what it has just sent and could not be taken."""
    language, session = into.language, sheet.sitting.session
    rows = {line.id: _said(line, sheet, reply) for line in sheet.lines}
    added = next((one.text for one in sheet.items if one.kind == "add"), "")
    quoting = sheet.answer.quoting if reply is None else reply.quoting
    chosen = sheet.answer.replied_at is not None or reply is not None
    return ReturnView(
        study=sheet.study_title.in_(language),
        session=session.title.in_(language),
        unit=sheet.unit.name.in_(language),
        action=f"/return/{token}",
        until=dates.day(sheet.round.until),
        is_open=sheet.is_open,
        is_sent=is_sent,
        quoted=tuple(row for line_id, row in rows.items() if line_id in sheet.quoted),
        others=tuple(row for line_id, row in rows.items() if line_id not in sheet.quoted),
        wordings=_wordings(sheet, reply, into),
        quoting=tuple(
            Choice(one.value, into.text(f"quoting.{one}"), selected=chosen and one is quoting)
            for one in Quoting
        ),
        added=added if reply is None else reply.added,
        name=sheet.answer.replied_by if reply is None else reply.name,
        problems=told,
    )


def _wordings(sheet: Sheet, reply: Reply | None, into: Translator) -> tuple[WordingAsked, ...]:
    found = []
    for proposal in sheet.missing:
        taken = None if reply is None else reply.positions.get(proposal.id)
        stances = tuple(
            Choice(
                stance.value,
                into.text(f"stance.{stance.value}"),
                selected=taken is not None and taken[0] is stance,
            )
            for stance in Stance
        )
        kind = proposal.kind.value
        text, reason = proposal.wordings[-1].text, "" if taken is None else taken[1]
        label = into.text(f"kind.{kind}")
        lacks = taken is not None and taken[0] is Stance.OBJECT and not reason.strip()
        found.append(WordingAsked(proposal.id, kind, label, text, stances, reason, lacks))
    return tuple(found)


def _said(line: Line, sheet: Sheet, reply: Reply | None) -> SaidRow:
    corrected: Mapping[LineId, str] = {
        one.line_id: one.text
        for one in sheet.items
        if one.kind == "correct" and one.state == "open" and one.line_id is not None
    }
    withdrawn = {one.line_id for one in sheet.items if one.kind == "withdraw"}
    if reply is not None:
        corrected, withdrawn = reply.texts, {*reply.withdrawn}
    return SaidRow(
        id=line.id,
        time=timecode(line.at),
        speaker=line.speaker,
        language=line.language.value,
        text=line.text,
        corrected=corrected.get(line.id, line.text),
        withdrawn=line.id in withdrawn,
    )


def form_view(sheet: Sheet, into: Translator) -> ReportView:
    """Return the reply form on paper: the same questions, with boxes to tick and lines to fill."""
    language, session = into.language, sheet.sitting.session
    marks = into.text("return.paper_marks")
    rule = "_" * 40
    said = [line for line in sheet.lines if line.id in sheet.quoted] or sheet.lines
    stances = "   ".join(f"☐ {into.text(f'stance.{stance.value}')}" for stance in Stance)
    lines = tuple(
        Statement(
            statement_number(1, number, language),
            line.text,
            notes=((timecode(line.at), marks), (into.text("return.paper_text"), rule)),
        )
        for number, line in enumerate(said, 1)
    )
    wordings = tuple(
        Statement(
            statement_number(2, number, language),
            one.wordings[-1].text,
            notes=((into.text("minutes.positions"), stances), (into.text("minutes.reason"), rule)),
        )
        for number, one in enumerate(sheet.missing, 1)
    )
    choices = "   ".join(f"☐ {into.text(f'quoting.{one}')}" for one in Quoting)
    ends = ("return.paper_name", "return.paper_date", "return.paper_seal")
    signing = Table(
        into.text("return.paper_end"), tuple(into.text(one) for one in ends), ((rule[:16],) * 3,)
    )
    titles = ("return.paper_said", "return.paper_asked", "return.paper_quoting", "return.paper_end")
    parts = (
        Section("said", "", "", statements=lines, empty=into.text("return.paper_nothing")),
        Section("asked", "", "", statements=wordings, empty=into.text("return.paper_nothing")),
        Section("quoting", "", "", choices),
        Section("end", "", "", into.text("return.paper_added", line=rule), table=signing),
    )
    here = f"/sessions/{session.id}/returns"
    return ReportView(
        title=into.labelled(into.text("return.paper"), sheet.unit.name.in_(language)),
        over=sheet.study_title.in_(language),
        facts=(
            (into.text("place.session"), session.title.in_(language)),
            (into.text("return.until"), dates.day(sheet.round.until)),
        ),
        sections=tuple(
            replace(part, number=section_number(number, language), title=into.text(title))
            for number, (part, title) in enumerate(zip(parts, titles, strict=True), 1)
        ),
        back=Link(here, into.text("return.title")),
        downloads=downloads(f"{here}/{sheet.unit.id}/form", into),
    )


def readback_view(whole: ReportView, record: Record, into: Translator) -> ReportView:
    """Return what is read aloud at closing: each wording once, without its grounds."""
    kept = [
        replace(section, statements=tuple(replace(one, quotes=()) for one in section.statements))
        for section in whole.sections
        if section.id in _READ_ALOUD and section.statements
    ]
    here = f"/sessions/{record.sitting.session.id}"
    return replace(
        whole,
        title=into.labelled(
            into.text("return.readback"), record.sitting.session.title.in_(into.language)
        ),
        facts=(),
        sections=tuple(
            replace(one, number=section_number(number, into.language))
            for number, one in enumerate(kept, 1)
        ),
        back=Link(here, record.sitting.session.title.in_(into.language)),
        downloads=(),
        further=(Link(f"{here}/minutes", into.text("document.minutes")),),
        warning="" if kept else into.text("return.readback_empty"),
    )
