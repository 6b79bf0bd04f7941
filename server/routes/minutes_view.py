"""The minutes of a session as a document in the reader's language."""

from collections.abc import Iterator, Mapping

from schemas.ids import UnitId
from schemas.session import Person, Session, SessionState, Unit
from schemas.taxonomy import Position, Stance
from server.domain import dates
from server.domain.participation import Share
from server.routes.walk_view import walk
from server.services.minutes import NumberedLine, Outcome, Record, StepSpan
from web.filters import timecode
from web.i18n import Translator
from web.numerals import section_number, statement_number
from web.report_views import Quote, ReportView, Section, Statement, Table
from web.views import Link


def minutes_view(record: Record, into: Translator, *, leads: bool = False) -> ReportView:
    """Return the minutes; leads: a moderator reads, who may have the session reviewed."""
    session, language = record.sitting.session, into.language
    units = {unit.id: unit for unit in record.units}
    parts = [_present(record, into), _agenda(record, units, into)]
    parts += walk([one.step for one in record.agenda], units, into)
    parts += [_outcomes(name, record, units, into) for name in record.groups]
    if record.returned:
        parts.append(_returned(record, units, into))
    here = f"/sessions/{session.id}"
    open_still = session.state is not SessionState.CLOSED
    return ReportView(
        title=into.labelled(into.text("document.minutes"), session.title.in_(language)),
        over=record.study.title.in_(language),
        facts=_facts(record, into),
        sections=tuple(_numbered(part, number, into) for number, part in enumerate(parts, 1)),
        back=Link(here, session.title.in_(language)),
        downloads=downloads(f"{here}/minutes", into),
        further=_further(here, session, into, leads=leads, is_closed=not open_still),
        marking=record.study.marking,
        warning=into.text("document.draft") if open_still else "",
    )


def _further(
    here: str, session: Session, into: Translator, *, leads: bool, is_closed: bool
) -> tuple[Link, ...]:
    read = Link(f"{here}/readback", into.text("return.readback"))
    if not leads or not is_closed:
        return (read,)
    back = Link(f"{here}/returns", into.text("return.title"))
    exports = f"/studies/{session.study_id}/exports?session={session.id}"
    return (
        read,
        back,
        Link(f"{here}/participation", into.text("participation.title")),
        Link(f"{here}/reviews", into.text("review.title")),
        Link(exports, into.text("export.title")),
    )


def downloads(path: str, into: Translator) -> tuple[Link, ...]:
    """Return the links to a document's files."""
    return (
        Link(f"{path}.docx", into.text("document.plain")),
        Link(f"{path}.docx?layout=official", into.text("document.official")),
        Link(f"{path}.pdf", into.text("document.pdf")),
        Link(f"{path}.pdf?layout=official", into.text("document.pdf_official")),
    )


def spoken(share: Share, into: Translator) -> str:
    """Say how long was spoken and how much of it is nobody's, "" where nobody spoke."""
    if share.seconds == 0:
        return ""
    return into.text(
        "participation.share",
        minutes=str(max(1, round(share.seconds / 60))),
        unassigned=f"{share.unassigned:.0%}",
        presumed=f"{share.presumed:.0%}",
    )


def _facts(record: Record, into: Translator) -> tuple[tuple[str, str], ...]:
    session, count = record.sitting.session, str(record.line_count)
    lines = into.text("document.lines_unassigned", count=count, unassigned=str(record.unassigned))
    facts = (
        ("document.kind", into.text(f"session_kind.{session.kind.value}")),
        ("document.city", record.study.city.in_(into.language)),
        ("document.opened", dates.moment_and_zone(session.opened_at)),
        ("document.closed", dates.moment_and_zone(record.closed_at)),
        ("document.lines", lines if record.unassigned else count),
        ("participation.speech", spoken(record.share, into)),
    )
    return tuple((into.text(key), value) for key, value in facts if value)


def _numbered(section: Section, number: int, into: Translator) -> Section:
    statements = tuple(
        Statement(
            statement_number(number, at, into.language),
            one.text,
            one.href,
            one.kind,
            one.kind_label,
            one.notes,
            one.quotes,
            one.struck,
        )
        for at, one in enumerate(section.statements, 1)
    )
    return Section(
        section.id,
        section_number(number, into.language),
        section.title,
        section.intro,
        statements,
        section.table,
        section.figure,
        section.empty,
    )


def _present(record: Record, into: Translator) -> Section:
    came: dict[UnitId | None, list[Person]] = {}
    missed: dict[UnitId | None, list[Person]] = {}
    for one in record.attendance:
        (came if one.came else missed).setdefault(one.person.unit_id, []).append(one.person)
    named = [
        (unit.name.in_(into.language), _names(came, unit.id, into), _names(missed, unit.id, into))
        for unit in record.units
        if unit.id in came or unit.id in missed
    ]
    if None in came or None in missed:
        nowhere = into.text("document.no_unit")
        named.append((nowhere, _names(came, None, into), _names(missed, None, into)))
    head = ("document.unit", "document.present", "document.absent")
    caption = into.text("document.attendance")
    table = Table(caption, tuple(into.text(key) for key in head), tuple(named))
    return Section(
        "present",
        "",
        into.text("minutes.present"),
        table=table if named else None,
        empty=into.text("document.nobody"),
    )


def _names(
    people: Mapping[UnitId | None, list[Person]], unit: UnitId | None, into: Translator
) -> str:
    stop = into.text("document.name_stop")
    return stop.join(
        one.name
        if one.role.value == "expert"
        else into.text("document.in_role", name=one.name, role=into.text(f"role.{one.role.value}"))
        for one in people.get(unit, ())
    )


def _agenda(record: Record, units: Mapping[UnitId, Unit], into: Translator) -> Section:
    rows = tuple(_step_row(one, units, into) for one in record.agenda)
    head = tuple(into.text(key) for key in ("minutes.step", "minutes.actor", "minutes.span"))
    title = into.text("minutes.agenda")
    return Section(
        "agenda",
        "",
        title,
        table=Table(title, head, rows) if rows else None,
        empty=into.text("minutes.no_agenda"),
    )


def _step_row(span: StepSpan, units: Mapping[UnitId, Unit], into: Translator) -> tuple[str, ...]:
    step = span.step
    acting = units.get(step.actor) if step.actor else None
    actor = acting.name.in_(into.language) if acting else ""
    if span.first is None or span.last is None:
        reached = into.text("minutes.not_reached")
    else:
        begin, end = timecode(span.first.line.at), timecode(span.last.line.at)
        reached = f"L{span.first.number}–L{span.last.number}, {begin}–{end}"
    return (f"{step.order}. {step.title.in_(into.language)}", actor, reached)


def _outcomes(name: str, record: Record, units: Mapping[UnitId, Unit], into: Translator) -> Section:
    return Section(
        name,
        "",
        into.text(f"minutes.{name}"),
        statements=tuple(_statement(one, units, into) for one in record.groups[name]),
        empty=into.text(f"minutes.no_{name}"),
    )


def _statement(one: Outcome, units: Mapping[UnitId, Unit], into: Translator) -> Statement:
    wording = one.proposal.wordings[-1]
    kind = one.proposal.kind.value
    return Statement(
        number="",
        text=wording.text,
        href=f"/entries/{one.entry.id}" if one.entry else "",
        kind=kind,
        kind_label=into.text(f"kind.{kind}"),
        notes=tuple((into.text(key), value) for key, value in _notes(one, units, into) if value),
        quotes=tuple(quote_of(line, units, into) for line in one.lines),
    )


def _notes(
    one: Outcome, units: Mapping[UnitId, Unit], into: Translator
) -> Iterator[tuple[str, str]]:
    """The facts of a proposal, each with the key of its name; empty ones are left out."""
    language, outcome = into.language, one.proposal.outcome
    stop = into.text("document.name_stop")
    yield "minutes.entry", one.entry.label.in_(language) if one.entry else ""
    for earlier in _contested_wordings(one):
        yield "minutes.wording", earlier
    yield "minutes.positions", _positions(one, units, into)
    for reason in one.objections:
        yield "minutes.objection", reason
    yield "minutes.not_heard", stop.join(unit.name.in_(language) for unit in one.not_heard)
    asked = units.get(outcome.unit_id) if outcome.unit_id else None
    yield "minutes.asked", asked.name.in_(language) if asked else ""
    yield "minutes.question", outcome.question
    yield "minutes.reason", outcome.reason
    yield "minutes.rests_on", "" if one.lines else into.text("minutes.no_lines")


def _returned(record: Record, units: Mapping[UnitId, Unit], into: Translator) -> Section:
    """What changed when the record was with its units; a withdrawn text is not printed."""
    return Section(
        "returned",
        "",
        into.text("return.changed"),
        statements=tuple(
            Statement(
                "",
                one.text or into.text("return.withdrawn"),
                notes=(
                    (
                        units[one.unit_id].name.in_(into.language),
                        into.text(f"return_change.{one.kind}"),
                    ),
                ),
            )
            for one in record.returned
        ),
    )


def _contested_wordings(one: Outcome) -> list[str]:
    """Where a contest stays, the wordings that stood against each other stay with it."""
    if one.proposal.state.value != "kept_contested":
        return []
    return [f"{each.number}. {each.text}" for each in one.proposal.wordings[:-1]]


def _positions(one: Outcome, units: Mapping[UnitId, Unit], into: Translator) -> str:
    """Who stands where, by stance; where the study shows counts only, the counts."""
    language, stop = into.language, into.text("document.name_stop")
    found = []
    for stance in Stance:
        word = into.text(f"stance.{stance.value}")
        if one.positions is None:
            if one.tally[stance.value]:
                found.append(into.labelled(word, one.tally[stance.value]))
            continue
        named = [_unit_name(each, units, into) for each in one.positions if each.stance is stance]
        if named:
            found.append(into.labelled(word, stop.join(named)))
    return ("；" if language.value == "zh" else "; ").join(found)


def _unit_name(position: Position, units: Mapping[UnitId, Unit], into: Translator) -> str:
    return units[position.unit_id].name.in_(into.language)


def quote_of(numbered: NumberedLine, units: Mapping[UnitId, Unit], into: Translator) -> Quote:
    """Return a line as a quotation with its number, time and speaker."""
    line = numbered.line
    speaking = units.get(line.unit_id) if line.unit_id else None
    unit = speaking.name.in_(into.language) if speaking else ""
    by = " · ".join(part for part in (line.speaker, unit) if part)
    href = f"/sessions/{line.session_id}#line-{line.id}"
    label = f"L{numbered.number}, {timecode(line.at)}"
    return Quote(line.text, line.language.value, by, Link(href, label))
