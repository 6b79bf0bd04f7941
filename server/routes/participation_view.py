"""Participation by unit over the time of one session, with the share that is nobody's."""

from schemas.ids import UnitId
from server.routes.minutes_view import downloads, spoken
from server.services.minutes import Turns
from web.figures import Cell, heatmap
from web.i18n import Translator
from web.numerals import section_number
from web.report_views import Figure, ReportView, Section, Table
from web.views import Link


def participation_view(found: Turns, into: Translator) -> ReportView:
    """Return the document: the course of the session as a figure, then each unit's whole."""
    language, session = into.language, found.sitting.session
    here = f"/sessions/{session.id}"
    sections = (
        Section(
            "course", section_number(1, language), into.text("participation.course"),
            figure=course_figure(found, into), empty=into.text("participation.empty"),
        ),
        Section(
            "units", section_number(2, language), into.text("participation.units"),
            table=_whole(found, into), empty=into.text("participation.empty"),
        ),
    )  # fmt: skip
    speech = spoken(found.course.share, into)
    return ReportView(
        title=into.labelled(into.text("participation.title"), session.title.in_(language)),
        over=found.study.title.in_(language),
        facts=((into.text("participation.speech"), speech),) if speech else (),
        sections=sections,
        back=Link(f"{here}/minutes", into.text("document.minutes")),
        downloads=downloads(f"{here}/participation", into),
        marking=found.study.marking,
        warning=""
        if found.course.share.may_call_silent or not speech
        else into.text("participation.too_much_unassigned"),
    )


def course_figure(found: Turns, into: Translator) -> Figure | None:
    """Return seconds of speech by unit and stretch of time; None where nobody spoke."""
    course = found.course
    if not course.stretches:
        return None
    rows = _rows(found, into)
    columns = [_clock(at * course.width) for at in range(course.stretches)]
    cells = [
        Cell(row, column, seconds, f"{name} · {columns[column]}: {seconds} s")
        for row, (unit_id, name) in enumerate(rows)
        for column in range(course.stretches)
        for seconds in [round(course.seconds.get((unit_id, column), 0.0))]
    ]
    return heatmap(
        "figure-course",
        into.text("participation.course"),
        into.text(
            "participation.course_text",
            minutes=str(round(course.width / 60)),
            unassigned=f"{course.share.unassigned:.0%}",
        ),
        corner=into.text("document.unit"),
        rows=[name for _, name in rows],
        columns=columns,
        cells=cells,
        href=f"/sessions/{found.sitting.session.id}/figures/course",
    )


def _rows(found: Turns, into: Translator) -> list[tuple[UnitId | None, str]]:
    """Units that spoke, in protocol order; last what is nobody's, whether there is any or not."""
    spoke = {unit_id for unit_id, _ in found.course.seconds}
    named: list[tuple[UnitId | None, str]] = [
        (unit.id, unit.name.in_(into.language)) for unit in found.units if unit.id in spoke
    ]
    return [*named, (None, into.text("document.no_unit"))]


def _whole(found: Turns, into: Translator) -> Table | None:
    if not found.course.stretches:
        return None
    total = found.course.share.seconds or 1.0
    rows = []
    for unit_id, name in _rows(found, into):
        seconds = sum(took for (one, _), took in found.course.seconds.items() if one == unit_id)
        rows.append((name, _clock(seconds, exact=True), f"{seconds / total:.0%}"))
    head = ("document.unit", "participation.time", "participation.part")
    title = into.text("participation.units")
    return Table(title, tuple(into.text(word) for word in head), tuple(rows))


def _clock(seconds: float, *, exact: bool = False) -> str:
    """Hours and minutes of session time; exact: minutes and seconds of speech."""
    whole = round(seconds) if exact else int(seconds // 60)
    return f"{whole // 60}:{whole % 60:02d}"
