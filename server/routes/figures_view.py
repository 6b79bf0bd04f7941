"""The figures of a study as one document: entries, units, co-occurrence, saturation, participation."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations

from schemas.ids import SessionId, UnitId
from server.routes.entry_figures import cause_graph, saturation, thematic_map
from server.routes.minutes_view import downloads
from server.services.reports import StudyFigures, ThemedProblem
from web.figures import Cell, heatmap
from web.i18n import Translator
from web.numerals import section_number
from web.report_views import Figure, ReportView, Section
from web.views import Link

MOST_PROBLEMS = 24
"""As many as can be read side by side; those with most evidence, said in the description."""
NEAR_SECONDS = 60.0
"""Two entries occur together where lines of both lie within a minute of one session."""


def figures_view(found: StudyFigures, into: Translator, *, leads: bool) -> ReportView:
    """Return the document of figures; each of them can be saved as a file of its own."""
    language, here = into.language, f"/studies/{found.themed.study.id}"
    study = found.themed.study
    drawn = figures(found, into, leads=leads)
    return ReportView(
        title=into.text("document.figures"),
        over=study.title.in_(language),
        facts=(),
        sections=tuple(
            Section(
                name,
                section_number(number, language),
                into.text(f"figure.{name}"),
                figure=figure,
                empty=into.text("figure.empty"),
            )
            for number, (name, figure) in enumerate(drawn.items(), 1)
        ),
        back=Link(f"{here}/report", into.text("document.thematic")),
        downloads=downloads(f"{here}/figures", into),
        further=(Link(f"{here}/map", into.text("figure.map")),),
        marking=study.marking,
    )


def figures(found: StudyFigures, into: Translator, *, leads: bool) -> Mapping[str, Figure | None]:
    """Return every figure by its name; None where there is nothing to draw yet.

    leads: somebody reads who runs the study; participation by unit is for nobody else.
    """
    drawn = {
        "thematic": thematic_map(found.themed, into),
        "causes": cause_graph(found.themed, into),
        "units": _units(found, into),
        "together": _together(found, into),
        "saturation": saturation(found, into),
    }
    return drawn | {"participation": _participation(found, into)} if leads else drawn


def _heat(
    name: str,
    found: StudyFigures,
    into: Translator,
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    counts: Mapping[tuple[int, int], int],
) -> Figure | None:
    if not any(counts.values()):
        return None
    cells = [
        Cell(row, column, count, f"{rows[row]} · {columns[column]}: {count}")
        for row in range(len(rows))
        for column in range(len(columns))
        for count in [counts.get((row, column), 0)]
    ]
    return heatmap(
        f"figure-{name}",
        into.text(f"figure.{name}"),
        into.text(f"figure.{name}_text", most=str(MOST_PROBLEMS)),
        corner=into.text("document.unit"),
        rows=rows,
        columns=columns,
        cells=cells,
        href=f"/studies/{found.themed.study.id}/figures/{name}",
    )


def _shown(found: StudyFigures) -> Sequence[ThemedProblem]:
    """The problems with most evidence, in the order of the taxonomy."""
    every = [one for category in found.themed.categories for one in category.problems]
    ranked = sorted(range(len(every)), key=lambda at: (-len(every[at].evidence), at))
    return [every[at] for at in sorted(ranked[:MOST_PROBLEMS])]


def _units(found: StudyFigures, into: Translator) -> Figure | None:
    language = into.language
    shown = [one for one in _shown(found) if one.units or one.evidence]  # else an empty column
    concerned = [{one.unit.id: one.heard for one in problem.units} for problem in shown]
    units = [unit for unit in found.themed.units if any(unit.id in each for each in concerned)]
    counts = {
        (row, column): _weight(problem, unit.name.in_(language), into, concerned[column], unit.id)
        for row, unit in enumerate(units)
        for column, problem in enumerate(shown)
    }
    return _heat(
        "units",
        found,
        into,
        rows=[unit.name.in_(language) for unit in units],
        columns=[problem.entry.label.in_(language) for problem in shown],
        counts=counts,
    )


def _weight(
    problem: ThemedProblem,
    name: str,
    into: Translator,
    concerned: Mapping[UnitId, bool],
    unit: UnitId,
) -> int:
    """Quotations of the unit on the problem; at least 1 where the unit was heard on it."""
    said = sum(one.unit.in_(into.language) == name for one in problem.evidence)
    return max(said, 1) if concerned.get(unit) else said


def _together(found: StudyFigures, into: Translator) -> Figure | None:
    shown = _shown(found)
    at: dict[SessionId, list[tuple[float, int]]] = defaultdict(list)
    for index, problem in enumerate(shown):
        for one in problem.evidence:
            if one.session_id is not None and one.at is not None:
                at[one.session_id].append((one.at, index))
    counts: Counter[tuple[int, int]] = Counter()
    for places in at.values():
        pairs = {
            (min(low, high), max(low, high), round(min(first, second), 3))
            for (first, low), (second, high) in combinations(sorted(places), 2)
            if low != high and abs(first - second) <= NEAR_SECONDS
        }
        for low, high, _ in pairs:
            counts[low, high] += 1
            counts[high, low] += 1
    labels = [problem.entry.label.in_(into.language) for problem in shown]
    return _heat("together", found, into, rows=labels, columns=labels, counts=counts)


def _participation(found: StudyFigures, into: Translator) -> Figure | None:
    language = into.language
    spoke = {unit for _, unit in found.spoken}
    units = [unit for unit in found.themed.units if unit.id in spoke]
    ids = [*(unit.id for unit in units), None]
    counts = {
        (row, column): found.spoken.get((session_id, unit_id), 0)
        for row, unit_id in enumerate(ids)
        for column, (session_id, _) in enumerate(found.sessions)
    }
    names = [*(unit.name.in_(language) for unit in units), into.text("document.no_unit")]
    titles = [title.in_(language) for _, title in found.sessions]
    return _heat("participation", found, into, rows=names, columns=titles, counts=counts)
