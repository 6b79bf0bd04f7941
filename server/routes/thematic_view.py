"""The thematic list of a study, and the document of one entry, in the reader's language."""

from collections.abc import Sequence
from dataclasses import replace

from schemas.session import Language, Unit
from schemas.taxonomy import Entry, EntryState, Scope
from server.routes.entry_figures import cause_graph, thematic_map
from server.routes.minutes_view import downloads
from server.routes.taxonomy import entry_view
from server.services.reports import ThematicList, ThemedCategory, ThemedProblem
from server.services.taxonomy import Leaf
from server.store.entries import EntryUnit
from server.store.reports import Quoted
from web.figures import Cell, heatmap
from web.filters import timecode
from web.i18n import Translator
from web.numerals import section_number, statement_number
from web.report_views import Figure, Quote, ReportView, Section, Statement
from web.views import Link


def thematic_view(found: ThematicList, into: Translator) -> ReportView:
    """Return the list: a section for each category, then the figures that show it whole."""
    language = into.language
    drawn = Section(
        "map", "", into.text("figure.thematic"),
        figure=_annexed(thematic_map(found, into)), empty=into.text("thematic.no_problems"),
    )  # fmt: skip
    causes = Section(
        "causes", "", into.text("figure.causes"),
        figure=_annexed(cause_graph(found, into)), empty=into.text("figure.no_causes"),
    )  # fmt: skip
    matrix = Section(
        "matrix", "", into.text("thematic.matrix"),
        figure=_matrix(found, into), empty=into.text("thematic.matrix_empty"),
    )  # fmt: skip
    listed = [_category(one, at, into) for at, one in enumerate(found.categories, 1)]
    sections = [*listed, drawn, causes, matrix]
    problems = sum(len(one.problems) for one in found.categories)
    counted = into.text(
        "thematic.problem_count", count=str(problems), categories=str(len(found.categories))
    )
    facts = (
        (into.text("document.city"), found.study.city.in_(language)),
        (into.text("thematic.problems"), counted),
    )
    here = f"/studies/{found.study.id}"
    return ReportView(
        title=into.text("document.thematic"),
        over=found.study.title.in_(language),
        facts=tuple(fact for fact in facts if fact[1]),
        sections=tuple(
            replace(one, number=section_number(at, language)) for at, one in enumerate(sections, 1)
        ),
        back=Link(here, found.study.title.in_(language)),
        downloads=downloads(f"{here}/report", into),
        further=(Link(f"{here}/figures", into.text("document.figures")),),
        marking=found.study.marking,
    )


def entry_report_view(leaf: Leaf, into: Translator) -> ReportView:
    """Return the document of one entry with all its quotations."""
    view, language = entry_view(leaf, into.language), into.language
    quotes = tuple(
        Quote(
            row.quote,
            row.language,
            " · ".join(part for part in (row.speaker, row.unit, row.coded_by) if part),
            Link(row.line_href, ", ".join(p for p in (row.session_title, row.time) if p)),
        )
        for row in view.evidence
    )
    stop = into.text("document.name_stop")
    notes = (
        ("thematic.scope", view.scope),
        ("thematic.units", stop.join(view.units)),
        ("thematic.not_heard", stop.join(view.not_yet_heard)),
    )
    said = tuple((into.text(key), value) for key, value in notes if value)
    colon = "：" if language is Language.ZH else ": "
    links = tuple(
        Statement("", f"{link.detail}{colon}{link.label}", link.href) for link in view.links
    )
    history = tuple(
        Statement("", " · ".join(p for p in (row.time, row.text, row.actor) if p))
        for row in view.history
    )
    parts = [
        Section("definition", "", into.text("entry.definition"), view.definition or view.label),
        Section(
            "quotations",
            "",
            into.text("entry.quotations"),
            statements=(Statement("", view.label, kind=view.kind, quotes=quotes),)
            if quotes
            else (),
            empty=into.text("entry.no_quotations"),
        ),
        Section("related", "", into.text("entry.related"), statements=links),
        Section("history", "", into.text("entry.history"), statements=history),
    ]
    kept = [one for one in parts if one.intro or one.statements or one.empty]
    here = f"/entries/{view.id}"
    return ReportView(
        title=view.label,
        over=leaf.study.title.in_(language),
        facts=said,
        sections=tuple(_numbered(one, at, language) for at, one in enumerate(kept, 1)),
        back=Link(here, view.label),
        downloads=downloads(f"{here}/report", into),
        marking=leaf.study.marking,
    )


def _numbered(one: Section, at: int, language: Language) -> Section:
    """A section with its number, and its statements with theirs."""
    statements = tuple(
        replace(each, number=statement_number(at, below, language))
        for below, each in enumerate(one.statements, 1)
    )
    return replace(one, number=section_number(at, language), statements=statements)


def _annexed(figure: Figure | None) -> Figure | None:
    """A figure of what the list has said already."""
    return None if figure is None else replace(figure, is_said_beside=True)


def _category(one: ThemedCategory, number: int, into: Translator) -> Section:
    return Section(
        f"category-{number}",
        "",
        one.entry.label.in_(into.language),
        one.entry.definition.in_(into.language),
        tuple(
            _problem(problem, statement_number(number, at, into.language), into)
            for at, problem in enumerate(one.problems, 1)
        ),
        empty=into.text("thematic.no_problems"),
    )


def _problem(one: ThemedProblem, number: str, into: Translator) -> Statement:
    entry, language = one.entry, into.language
    heard = [unit for unit in one.units if unit.heard]
    silent = [unit for unit in one.units if not unit.heard]
    scope = "" if entry.scope is Scope.UNKNOWN else into.text(f"scope.{entry.scope.value}")
    count = len(one.evidence)
    counted = (
        into.text("thematic.evidence_count", count=str(count))
        if count
        else into.text("thematic.no_evidence")
    )
    notes = (
        ("thematic.causes", _labels(one.causes, into)),
        ("thematic.consequences", _labels(one.consequences, into)),
        ("thematic.solutions", _labels(one.solutions, into)),
        ("thematic.units", _units(heard, into)),
        ("thematic.not_heard", _units(silent, into)),
        ("thematic.scope", scope),
        ("thematic.evidence", counted),
    )
    return Statement(
        number=number,
        text=entry.label.in_(language),
        href=f"/entries/{entry.id}",
        kind=entry.kind.value,
        kind_label=into.text(f"kind.{entry.kind.value}"),
        notes=tuple((into.text(key), value) for key, value in notes if value),
        quotes=tuple(quote_of(quoted, into) for quoted in one.evidence),
        struck=entry.state is EntryState.RETRACTED,
    )


def quote_of(quoted: Quoted, into: Translator) -> Quote:
    """Return a piece of evidence as a document prints it, with where it was said."""
    language = into.language
    by = " · ".join(part for part in (quoted.speaker, quoted.unit.in_(language)) if part)
    href = f"/sessions/{quoted.session_id}#line-{quoted.line_id}" if quoted.line_id else ""
    if quoted.passage_id is not None:
        href = f"/passages/{quoted.passage_id}"
    where = [quoted.session_title.in_(language)]
    if quoted.at is not None:
        where.append(timecode(quoted.at))
    if quoted.number is not None:
        where.append(into.text("passage.number", number=quoted.number))
    return Quote(
        quoted.quote, quoted.language.value, by, Link(href, ", ".join(p for p in where if p))
    )


def _labels(found: Sequence[Entry], into: Translator) -> str:
    stop = "；" if into.language.value == "zh" else "; "
    return stop.join(one.label.in_(into.language) for one in found)


def _units(found: Sequence[EntryUnit], into: Translator) -> str:
    stop = into.text("document.name_stop")
    return stop.join(one.unit.name.in_(into.language) for one in found)


def _matrix(found: ThematicList, into: Translator) -> Figure | None:
    """Units by categories; units that no problem concerns are left out."""
    named = [_counts(unit, found) for unit in found.units]
    rows = [one for one in named if any(one[1])]
    if not rows:
        return None
    labels = [one.entry.label.in_(into.language) for one in found.categories]
    cells = [
        Cell(row, column, count, _cell_title(unit, labels[column], count, into))
        for row, (unit, counts) in enumerate(rows)
        for column, count in enumerate(counts)
    ]
    return heatmap(
        "matrix-figure",
        into.text("thematic.matrix_title"),
        into.text("thematic.matrix_description"),
        corner=into.text("document.unit"),
        rows=[unit.name.in_(into.language) for unit, _ in rows],
        columns=labels,
        cells=cells,
    )


def _cell_title(unit: Unit, category: str, count: int, into: Translator) -> str:
    name = unit.name.in_(into.language)
    return into.text("thematic.matrix_cell", unit=name, category=category, count=str(count))


def _counts(unit: Unit, found: ThematicList) -> tuple[Unit, list[int]]:
    return unit, [
        sum(any(each.unit.id == unit.id for each in problem.units) for problem in one.problems)
        for one in found.categories
    ]
