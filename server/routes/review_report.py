"""The review report: what agreement there was, on what, and what became of the differences."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from schemas.ids import LineId
from schemas.transcript import Line
from server.domain import dates
from server.domain.quoting import Print
from server.routes.minutes_view import downloads
from server.routes.review_view import agreement_tables, confusion_figure, extent, ranked, said
from server.services.comparison import RESAMPLES, Comparison
from server.services.review_boards import Board
from server.store.reviews import Resolution
from web.filters import timecode
from web.i18n import Translator
from web.numerals import section_number, statement_number
from web.report_views import Quote, ReportView, Section, Statement, Table
from web.views import Link


def review_report_view(
    board: Board, found: Comparison, limits: Mapping[LineId, Print], into: Translator
) -> ReportView:
    """Return the report of an unblinded round; limits: lines that are not to be quoted whole."""
    session, language = board.sitting.session, into.language
    labels = {code.entry_id: code.label.in_(language) for code in board.round.codebook}
    parts = [
        _method(into),
        *(_tabled(table, at) for at, table in enumerate(agreement_tables(found, board, labels, into))),
        Section(
            "heat", "", into.text("review.heat"),
            figure=confusion_figure(found, labels, into), empty=into.text("review.no_confusion"),
        ),
        _siblings(board, found, labels, into),
        *_settled(board, found, labels, limits, into),
    ]  # fmt: skip
    here = f"/reviews/{board.round.id}"
    return ReportView(
        title=into.labelled(into.text("review.report"), session.title.in_(language)),
        over=board.study.title.in_(language),
        facts=_facts(board, into),
        sections=tuple(_numbered(part, at, into) for at, part in enumerate(parts, 1)),
        back=Link(here, into.text("review.title")),
        downloads=downloads(f"{here}/report", into),
        marking=board.study.marking,
    )


def _facts(board: Board, into: Translator) -> tuple[tuple[str, str], ...]:
    one = board.round
    names = [
        into.text("review.sat_in", name=coder.name) if coder.sat_in else coder.name
        for coder in board.coders
    ]
    listed = into.text("document.name_stop").join(names)
    signed = f"{one.signed_by}, {dates.moment(one.signed_at)}" if one.signed_at else ""
    facts = (
        ("review.coders", into.text("review.coders_line", count=str(len(names)), names=listed)),
        ("review.cut", into.text(f"review_cut.{one.cut.value}")),
        ("review.extent", extent(one, into)),
        ("review.frozen", into.text("review.frozen_at", seq=str(one.seq), at=dates.moment(one.created_at))),
        ("review.seed", str(one.seed)),
        ("review.state", into.text(f"review_state.{one.state.value}")),
        ("review.signed", signed),
        ("review.version", one.version),
    )  # fmt: skip
    return tuple((into.text(key), value) for key, value in facts if value)


def _method(into: Translator) -> Section:
    resamples = into.text("review.resamples", count=str(RESAMPLES))
    said_of = (into.text("review.hint"), into.text("review.marks"), resamples)
    stop = "" if into.language.value == "zh" else " "
    return Section("method", "", into.text("review.method"), intro=stop.join(said_of))


def _tabled(table: Table, at: int) -> Section:
    return Section(f"table-{at}", "", table.caption, table=table)


def _siblings(
    board: Board, found: Comparison, labels: Mapping[str, str], into: Translator
) -> Section:
    """Codes taken for one another below the same parent: where definitions are to be sharpened."""
    parent = {code.entry_id: code.parent for code in board.round.codebook}
    rows = tuple(
        (labels[parent[one]], labels[one], labels[other], str(count))
        for (one, other), count in ranked(found)
        if one and other and parent[one] and parent[one] == parent[other]
    )
    code = into.text("review.code")
    head = (into.text("review.parent"), code, code, into.text("review.times"))
    title = into.text("review.siblings")
    table = Table(title, head, rows) if rows else None
    empty = into.text("review.no_siblings")
    return Section("siblings", "", title, table=table, empty=empty)


def _settled(
    board: Board,
    found: Comparison,
    labels: Mapping[str, str],
    limits: Mapping[LineId, Print],
    into: Translator,
) -> Sequence[Section]:
    """One section for each outcome, in the order of outcomes, then what is still open."""
    groups: dict[str, list[int]] = {}
    for number in found.differing:
        one = board.resolutions.get(number)
        name = "open" if one is None else one.outcome.value
        groups.setdefault(name, []).append(number)
    if not groups:
        alike = into.text("review.alike")
        return [Section("settled", "", into.text("review.settled_title"), empty=alike)]
    order = ("one", "other", "both", "neither", "new", "back", "open")
    return [
        Section(
            f"settled-{name}",
            "",
            into.labelled(into.text("review.settled_title"), _outcome(name, into)),
            statements=tuple(
                _difference(number, board, labels, limits, into)
                for number in groups[name]
                if board.units.get(number)
            ),
        )
        for name in order
        if name in groups
    ]


def _outcome(name: str, into: Translator) -> str:
    return into.text("review.open" if name == "open" else f"review_outcome.{name}")


def _difference(
    number: int,
    board: Board,
    labels: Mapping[str, str],
    limits: Mapping[LineId, Print],
    into: Translator,
) -> Statement:
    lines, names = board.units[number], {coder.id: coder.name for coder in board.coders}
    chosen = {coder: of[number] for coder, of in board.codings.items() if number in of}
    notes = [
        (names[coder], " · ".join(p for p in (said(one.codes, labels, into), one.memo) if p))
        for coder, one in chosen.items()
    ]
    settled = board.resolutions.get(number)
    if settled is not None:
        notes += _decided(settled, labels, into)
    href = f"/sessions/{board.round.session_id}#line-{lines[0].id}"
    quotes = tuple(
        _quote(line, limits.get(line.id, Print.WHOLE))
        for line in lines
        if limits.get(line.id) is not Print.NOTHING
    )
    unit = into.text("review.unit", number=str(number))
    return Statement("", unit, href, notes=tuple(notes), quotes=quotes)


def _quote(line: Line, allowed: Print) -> Quote:
    """A line as its unit lets it be quoted."""
    place = Link(f"/sessions/{line.session_id}#line-{line.id}", timecode(line.at))
    by = line.speaker if allowed is Print.WHOLE else ""
    return Quote(line.text, line.language.value, by, place)


def _decided(
    settled: Resolution, labels: Mapping[str, str], into: Translator
) -> list[tuple[str, str]]:
    return [
        (into.text("review.settled"), said(settled.codes, labels, into)),
        (into.text("review.reason"), settled.reason),
        (into.text("review.settled_by"), settled.by),
    ]


def _numbered(section: Section, at: int, into: Translator) -> Section:
    return replace(
        section,
        number=section_number(at, into.language),
        statements=tuple(
            replace(one, number=statement_number(at, number, into.language))
            for number, one in enumerate(section.statements, 1)
        ),
    )
