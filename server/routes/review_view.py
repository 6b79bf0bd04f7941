"""A review round in the reader's language: the coder's desk and the moderators' board."""

from collections import Counter
from collections.abc import Mapping, Sequence

from schemas.transcript import Line
from server.domain import dates
from server.domain.history import MOST_NAME
from server.domain.reviewing import Outcome, RoundState, Strategy, Verdict
from server.services.comparison import Comparison, Measured, Row
from server.services.review_boards import Board, Desk
from server.store.reviews import Coder, CoderId, Resolution, Round
from web.figures import Cell, heatmap
from web.filters import timecode
from web.i18n import Translator, error_text
from web.report_views import Figure, Table
from web.review_views import (
    CodeRow,
    CoderRow,
    CodingUnit,
    DeskView,
    DifferenceRow,
    ReviewView,
    RoundRow,
    SpokenLine,
)
from web.views import Choice, Link

MOST_CONFUSED = 12
"""Codes in the figure: those confused most; the table has all."""


def round_row(one: Round, into: Translator) -> RoundRow:
    """Return a round as one line of a list."""
    return RoundRow(
        Link(f"/reviews/{one.id}", dates.moment(one.created_at)),
        into.text(f"review_state.{one.state.value}"),
        into.text(f"review_cut.{one.cut.value}"),
    )


def desk_view(
    found: Desk, into: Translator, token: str, key: str, said: Mapping[str, str]
) -> DeskView:
    """Return the coder's page; key: of what its browser keeps. `said` are the script's sentences."""
    one, language = found.round, into.language
    boot = {
        "round": one.id,
        "coder": found.coder.id,
        "token": token,
        "journal_key": key,
        "done": found.coder.done_at is not None or one.state is not RoundState.CODING,
        "codings": {
            str(number): {"codes": sorted(coding.codes), "memo": coding.memo}
            for number, coding in found.codings.items()
        },
        "messages": dict(said),
    }
    return DeskView(
        title=found.sitting.session.title.in_(language),
        coder=found.coder.name,
        units=tuple(
            unit_of(number, lines, f"/reviews/{one.id}/units/{number}")
            for number, lines in found.units.items()
            if lines
        ),
        codes=tuple(
            CodeRow(
                code.entry_id,
                code.kind,
                into.text(f"kind.{code.kind}"),
                code.label.in_(language),
                code.definition.in_(language),
                code.kind == "category",
            )
            for code in one.codebook
        ),
        done=bool(boot["done"]),
        done_action=f"/reviews/{one.id}/done",
        boot=boot,
    )


def review_view(
    board: Board, links: Mapping[CoderId, str], into: Translator, problem: str, now: float
) -> ReviewView:
    """Return the moderators' page of a round; now: of the name that a version is offered."""
    one, session, language = board.round, board.sitting.session, into.language
    title = session.title.in_(language)
    labels = {code.entry_id: code.label.in_(language) for code in one.codebook}
    found = board.comparison
    done = [number for number in board.to_settle if number in board.resolutions]
    return ReviewView(
        title=into.labelled(into.text("review.title"), title),
        back=Link(f"/sessions/{session.id}/reviews", into.text("review.all")),
        facts=_facts(board, into),
        coders=tuple(_coder(coder, board, links, into) for coder in board.coders),
        token_action=f"/reviews/{one.id}",
        is_coding=one.state is RoundState.CODING,
        is_unblinded=one.state is RoundState.UNBLINDED,
        is_signed=one.state is RoundState.SIGNED_OFF,
        version=one.version
        or into.text("review.version_of", title=title, at=dates.moment(now))[:MOST_NAME],
        agreement=() if found is None else agreement_tables(found, board, labels, into),
        hints=() if found is None else (into.text("review.hint"), into.text("review.marks")),
        differences=_differences(board, board.open, labels, into),
        settled=_differences(board, done, labels, into),
        report_href="" if found is None else f"/reviews/{one.id}/report",
        strategies=tuple(
            Choice(
                each.value,
                into.text(f"review_strategy.{each.value}"),
                selected=each is one.strategy,
            )
            for each in Strategy
        ),
        figures=() if found is None else review_figures(found, board, labels, into),
        verdicts=None if found is None else verdict_table(board, labels, into),
        left=len(board.open),
        go_on=_first_open(board),
        problem=problem,
    )


def _first_open(board: Board) -> str:
    if board.round.state is not RoundState.UNBLINDED:
        return ""
    left = board.open
    return f"/reviews/{board.round.id}/differences/{left[0]}" if left else ""


def _facts(board: Board, into: Translator) -> tuple[tuple[str, str], ...]:
    one = board.round
    signed = f"{one.signed_by}, {dates.moment(one.signed_at)}" if one.signed_at else ""
    facts = (
        ("review.state", into.text(f"review_state.{one.state.value}")),
        ("review.cut", into.text(f"review_cut.{one.cut.value}")),
        ("review.frozen", into.text("review.frozen_at", seq=str(one.seq), at=dates.moment(one.created_at))),
        ("review.extent", extent(one, into)),
        ("review.seed", str(one.seed)),
        ("review.signed", signed),
        ("review.version", one.version),
    )  # fmt: skip
    return tuple((into.text(key), value) for key, value in facts if value)


def extent(one: Round, into: Translator) -> str:
    """Return which part of a session a round codes, "" for all of it."""
    found = one.extent
    drawn = into.text("review.sample_of", count=str(found.sample), all=str(found.of))
    parts = (found.step.in_(into.language), drawn if found.sample else "")
    return " · ".join(part for part in parts if part)


def _coder(coder: Coder, board: Board, links: Mapping[CoderId, str], into: Translator) -> CoderRow:
    is_coding = board.round.state is RoundState.CODING
    state = "review.done" if coder.done_at is not None else "review.coding"
    href = links[coder.id] if is_coding and coder.done_at is None else ""
    return CoderRow(coder.name, into.text(state), href, coder.sat_in)


def agreement_tables(
    found: Comparison, board: Board, labels: Mapping[str, str], into: Translator
) -> tuple[Table, ...]:
    """Return agreement overall and by code, reviewer by reviewer, and the confusions."""
    head = tuple(into.text(f"review.{key}") for key in ("code", "pairs", "prevalence", "percent", "kappa", "alpha", "interval"))  # fmt: skip
    whole = (
        _row(found.overall, into.text("review.overall"), into),
        _row(found.categories, into.text("review.categories"), into),
    )
    each = tuple(_row(row, labels[row.code], into) for row in found.codes)
    names = {coder.id: coder.name for coder in board.coders}
    matrix = tuple(
        (names[first], names[second], _number(measured, into))
        for (first, second), measured in found.matrix.items()
    )
    nothing = into.text("review.nothing_chosen")
    confused = tuple(
        (labels.get(one, nothing), labels.get(other, nothing), str(count))
        for (one, other), count in ranked(found)
    )
    reviewers = into.text("review.reviewer")
    tables = (
        Table(into.text("review.overall_title"), head, whole),
        Table(into.text("review.codes_title"), head, each),
        Table(
            into.text("review.matrix_title"),
            (reviewers, reviewers, into.text("review.alpha")),
            matrix,
        ),
        Table(
            into.text("review.confusions_title"),
            (into.text("review.code"), into.text("review.code"), into.text("review.times")),
            confused[:20],
        ),
    )
    return tuple(table for table in tables if table.rows)


def verdict_table(board: Board, labels: Mapping[str, str], into: Translator) -> Table:
    """Return what the review says of each entry: as signed off, else as it stands now."""
    told = board.round.verdicts or board.verdicts
    order = {code.entry_id: at for at, code in enumerate(board.round.codebook)}
    rows = tuple(
        (labels[code], into.text(f"review_verdict.{verdict.value}"))
        for verdict in Verdict
        for code in sorted(told, key=lambda one: order.get(one, 0))
        if told[code] is verdict and code in labels
    )
    head = (into.text("review.verdict"), into.text("review.judged"))
    return Table(into.text("review.verdicts"), head, rows)


def review_figures(
    found: Comparison, board: Board, labels: Mapping[str, str], into: Translator
) -> tuple[Figure, ...]:
    """Return reviewer by reviewer, where there are three or more, and the confusions."""
    drawn = (_matrix(found, board, into), confusion_figure(found, labels, into))
    return tuple(one for one in drawn if one is not None)


def _matrix(found: Comparison, board: Board, into: Translator) -> Figure | None:
    at = {coder.id: number for number, coder in enumerate(board.coders)}
    names = [coder.name for coder in board.coders]
    cells = []
    for (first, second), measured in found.matrix.items():
        told = _number(measured, into)
        title = into.text(
            "review.matrix_cell", one=names[at[first]], other=names[at[second]], alpha=told
        )
        count = round(100 * max(0.0, measured.value or 0.0))
        cells += [
            Cell(at[first], at[second], count, title),
            Cell(at[second], at[first], count, title),
        ]
    if len(names) < 3:
        return None
    return heatmap(
        "matrix-figure", into.text("review.matrix_title"), into.text("review.matrix_text"),
        corner=into.text("review.reviewer"), rows=names, columns=names, cells=cells,
    )  # fmt: skip


def confusion_figure(
    found: Comparison, labels: Mapping[str, str], into: Translator
) -> Figure | None:
    """Return which codes were taken for one another, None where none was."""
    weights: Counter[str] = Counter()
    for (one, other), count in found.confusions.items():
        weights[one] += count
        weights[other] += count
    shown = [code for code, _ in sorted(weights.items(), key=lambda it: (-it[1], it[0]))]
    shown = sorted(shown[:MOST_CONFUSED], key=lambda code: (code == "", labels.get(code, "")))
    if not shown:
        return None
    names = [labels.get(code, into.text("review.nothing_chosen")) for code in shown]
    cells = []
    for row, one in enumerate(shown):
        for column, other in enumerate(shown):
            low, high = sorted((one, other))
            count = found.confusions.get((low, high), 0) if one != other else 0
            title = into.text(
                "review.heat_cell", one=names[row], other=names[column], count=str(count)
            )
            cells.append(Cell(row, column, count, title))
    return heatmap(
        "confusion-figure", into.text("review.heat"), into.text("review.heat_text"),
        corner=into.text("review.code"), rows=names, columns=names, cells=cells,
    )  # fmt: skip


def ranked(found: Comparison) -> Sequence[tuple[tuple[str, str], int]]:
    """Return the confusions, most frequent first."""
    return sorted(found.confusions.items(), key=lambda it: (-it[1], it[0]))


def _row(row: Row, label: str, into: Translator) -> tuple[str, ...]:
    counted = into.text("review.units_pairs", units=str(row.units), pairs=str(row.pairs))
    chosen = "" if row.prevalence is None else f"{row.prevalence:.0%}"
    percent = row.percent.value
    agreed = _number(row.percent, into) if percent is None else f"{percent:.0%}"
    interval = row.alpha.interval
    between = (
        _reason(row.alpha, into)
        if interval is None
        else f"{interval.low:.2f} … {interval.high:.2f}"
    )
    kappa, alpha = _number(row.kappa, into), _number(row.alpha, into)
    return (label, counted, chosen, agreed, kappa, alpha, between)


def _number(found: Measured, into: Translator) -> str:
    return _reason(found, into) if found.value is None else f"{found.value:.3f}"


def _reason(found: Measured, into: Translator) -> str:
    return error_text(found.reason, {}, into.language)[0] if found.reason else ""


def _differences(
    board: Board, numbers: Sequence[int], labels: Mapping[str, str], into: Translator
) -> tuple[DifferenceRow, ...]:
    rows = []
    for number in numbers:
        lines, settled = board.units[number], board.resolutions.get(number)
        label = into.text("review.unit_of", number=str(number), speaker=lines[0].speaker)
        stands = "" if settled is None else settled_as(settled, labels, into)
        link = Link(f"/reviews/{board.round.id}/differences/{number}", label)
        rows.append(DifferenceRow(link, lines[0].text, lines[0].language.value, stands))
    return tuple(rows)


def settled_as(settled: Resolution, labels: Mapping[str, str], into: Translator) -> str:
    """Return how a difference was settled, and what stands."""
    outcome = into.text(f"review_outcome.{settled.outcome.value}")
    if settled.outcome in (Outcome.NEITHER, Outcome.BACK):
        return outcome
    stop = "：" if into.language.value == "zh" else ": "
    return f"{outcome}{stop}{said(settled.codes, labels, into)}"


def said(codes: frozenset[str], labels: Mapping[str, str], into: Translator) -> str:
    """Return the labels of codes, in words where there is none."""
    stop = "；" if into.language.value == "zh" else "; "
    return stop.join(sorted(labels[code] for code in codes)) or into.text("review.empty")


def unit_of(number: int, lines: Sequence[Line], blind: str = "") -> CodingUnit:
    """Return a unit. blind: where a coder who sees nothing else hears each line, instead of its track."""
    speakers = list(dict.fromkeys(line.speaker for line in lines))
    named = " · ".join(speakers)
    return CodingUnit(
        number,
        named,
        tuple(
            SpokenLine(
                line.text,
                line.language.value,
                timecode(line.at),
                _sound(line, at, blind),
                0.0 if blind else line.start or 0.0,
                line.speaker if len(speakers) > 1 else "",
            )
            for at, line in enumerate(lines)
        ),
    )


def _sound(line: Line, at: int, blind: str) -> str:
    if not line.track_id or line.start is None:
        return ""
    return f"{blind}/{at}/sound" if blind else f"/tracks/{line.track_id}/audio.wav"
