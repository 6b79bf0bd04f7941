"""The requirement specification in the reader's language: list, one requirement, document."""

from collections import defaultdict
from collections.abc import Sequence

from schemas.ids import EntryId, new_id
from schemas.session import Bilingual, Language
from server.domain import dates
from server.domain.requirements import (
    MOST_STATEMENT,
    MOST_TEXT,
    Content,
    Priority,
    Requirement,
    Standing,
)
from server.routes.minutes_view import downloads
from server.routes.solutions_view import facts_of, names_of
from server.routes.thematic_view import quote_of
from server.services.reports import ThemedProblem
from server.services.requirements import Sheet, Specification, Stated
from server.store.requirements import Version
from web.i18n import Translator
from web.numerals import section_number, statement_number
from web.report_views import Quote, ReportView, Section, Statement
from web.requirement_views import (
    PairOfTexts,
    PastVersion,
    RequirementRow,
    RequirementsView,
    RequirementView,
)
from web.views import Choice, Link, Problem

_TEXTS = (("statement", MOST_STATEMENT, 3), ("rationale", MOST_TEXT, 3), ("assessment", MOST_TEXT, 3), ("acceptance", MOST_TEXT, 3))  # fmt: skip


def requirements_view(
    found: Specification,
    into: Translator,
    *,
    may_change: bool,
    problems: tuple[Problem, ...] = (),
) -> RequirementsView:
    """Return the list, and what a requirement could be drafted from."""
    language, here = into.language, f"/studies/{found.study.id}"

    def choices(covered: bool) -> tuple[Choice, ...]:
        return tuple(
            Choice(one.entry.id, one.entry.label.in_(language))
            for one in found.problems
            if (one.entry.id in found.covered) is covered
        )

    return RequirementsView(
        study=Link(here, found.study.title.in_(language)),
        document=Link(f"{here}/specification", into.text("document.specification")),
        rows=tuple(_row(one, into) for one in found.stated),
        fresh=choices(covered=False),
        covered=choices(covered=True),
        action=f"{here}/requirements",
        key=new_id(),
        may_change=may_change,
        problems=problems,
    )


def requirement_view(
    sheet: Sheet,
    into: Translator,
    *,
    may_change: bool,
    typed: Content | None = None,
    saved: bool = False,
    problems: tuple[Problem, ...] = (),
) -> RequirementView:
    """Return one requirement; typed: what its editor sent and could not be kept."""
    found, one, language = sheet.specification, sheet.stated.requirement, into.language
    content = typed or one.content
    numbered = [each.requirement for each in found.stated]
    at = numbered.index(one)
    return RequirementView(
        study=Link(f"/studies/{found.study.id}/requirements", into.text("document.specification")),
        number=_number(one, into),
        statement=one.content.statement.in_(language),
        base=one.version,
        action=f"/requirements/{one.id}",
        texts=tuple(_pair(name, most, rows, content, into) for name, most, rows in _TEXTS),
        priorities=tuple(
            Choice(
                each.value, into.text(f"priority.{each.value}"), selected=each is content.priority
            )
            for each in Priority
        ),
        standings=tuple(
            Choice(
                each.value, into.text(f"standing.{each.value}"), selected=each is content.standing
            )
            for each in Standing
        ),
        entries=_entries(sheet, content, into),
        units=tuple(
            Choice(unit.id, unit.name.in_(language), selected=unit.id in content.units)
            for unit in found.units
        ),
        traces=_traces(sheet.stated, into),
        quotes=_quotes(sheet.stated, into),
        weighing=tuple(weighing(sheet.stated, found, into)),
        versions=tuple(_past(each, one.version, into) for each in reversed(sheet.versions)),
        before=_beside(numbered, at - 1, into),
        following=_beside(numbered, at + 1, into),
        may_change=may_change,
        saved=saved,
        shaken=_shaken(sheet.stated, into),
        problems=problems,
    )


def specification_view(found: Specification, into: Translator) -> ReportView:
    """Return the document: a section for each category, then what was withdrawn."""
    language, here = into.language, f"/studies/{found.study.id}"
    groups: defaultdict[str, list[Stated]] = defaultdict(list)
    titles: dict[str, str] = {}
    withdrawn = []
    for one in found.stated:
        if one.requirement.content.standing is Standing.WITHDRAWN:
            withdrawn.append(one)
            continue
        group = "" if one.category is None else one.category.id
        groups[group].append(one)
        titles[group] = (
            into.text("requirement.elsewhere")
            if one.category is None
            else one.category.label.in_(language)
        )
    ordered = sorted(groups, key=lambda group: groups[group][0].requirement.number)
    parts = [(titles[group], groups[group]) for group in ordered]
    if withdrawn:
        parts.append((into.text("requirement.withdrawn_title"), withdrawn))
    drafts = sum(one.requirement.content.standing is Standing.DRAFT for one in found.stated)
    counted = into.text(
        "requirement.counted", count=str(len(found.stated) - len(withdrawn)), draft=str(drafts)
    )
    facts = (
        (into.text("document.city"), found.study.city.in_(language)),
        (into.text("requirement.count"), counted),
    )
    return ReportView(
        title=into.text("document.specification"),
        over=found.study.title.in_(language),
        facts=tuple(fact for fact in facts if fact[1]),
        sections=tuple(
            Section(
                f"part-{number}",
                section_number(number, language),
                title,
                statements=tuple(
                    _statement(one, found, number, at, into) for at, one in enumerate(group, 1)
                ),
            )
            for number, (title, group) in enumerate(parts, 1)
        )
        or (
            Section(
                "none",
                section_number(1, language),
                into.text("requirement.count"),
                empty=into.text("requirement.none"),
            ),
        ),
        back=Link(f"{here}/requirements", into.text("document.specification")),
        downloads=downloads(f"{here}/specification", into),
        marking=found.study.marking,
    )


def weighing(stated: Stated, found: Specification, into: Translator) -> list[tuple[str, str]]:
    """Return what focus groups said of each solution, and how the units marked each entry."""
    language, names = into.language, names_of(found.units, into)
    colon, stop = ("：", "；") if language is Language.ZH else (": ", "; ")
    told = []
    for one in stated.offered:
        if one.assessed is None:
            continue
        said = one.assessed.assessment
        facts = (f"{label}{colon}{value}" for label, value in facts_of(said, names, into))
        feasibility = into.text(f"feasibility.{said.feasibility.value}")
        label = into.text("requirement.assessed", solution=one.label.in_(language))
        told.append((label, stop.join([feasibility, *facts])))
    marked = [
        f"{entry.label.in_(language)}{colon}"
        + into.text(
            "priority_mark.spread",
            urgent=str(len(spread.urgent)),
            ours=str(len(spread.ours)),
            units=str(len(spread.asked)),
        )
        for entry, spread in stated.spreads
    ]
    return told + [(into.text("requirement.marked"), each) for each in marked]


def _statement(
    stated: Stated, found: Specification, section: int, at: int, into: Translator
) -> Statement:
    one, language = stated.requirement, into.language
    content, stop = one.content, into.text("document.name_stop")
    number = _number(one, into)
    if language is Language.ZH:  # the heading's number as official documents want it, ours behind
        number = f"{statement_number(section, at, language)}{number} "
    solutions = list(
        {each.id: each for problem in stated.problems for each in problem.solutions}.values()
    )
    version = into.text("requirement.version", number=str(one.version))
    standing = into.text(f"standing.{content.standing.value}")
    open_still = content.priority is Priority.OPEN
    notes = (
        ("requirement.rationale", content.rationale.in_(language)),
        ("requirement.solutions", stop.join(each.label.in_(language) for each in solutions)),
        ("requirement.assessment", content.assessment.in_(language)),
        ("requirement.priority", "" if open_still else into.text(f"priority.{content.priority.value}")),
        ("requirement.units", stop.join(unit.name.in_(language) for unit in stated.units)),
        ("requirement.acceptance", content.acceptance.in_(language)),
        ("requirement.entries", stop.join(each.label.in_(language) for each in stated.entries)),
        ("requirement.standing", f"{standing} · {version}"),
    )  # fmt: skip
    told = [(into.text(key), value) for key, value in notes if value]
    told += weighing(stated, found, into)
    if not any(problem.evidence for problem in stated.problems):
        told.append((into.text("thematic.evidence"), into.text("thematic.no_evidence")))
    if shaken := _shaken(stated, into):
        told.append((shaken, ""))
    return Statement(
        number=number,
        text=content.statement.in_(language),
        href=f"/requirements/{one.id}",
        notes=tuple(told),
        quotes=_quotes(stated, into),
        struck=content.standing is Standing.WITHDRAWN,
    )  # fmt: skip


def _row(stated: Stated, into: Translator) -> RequirementRow:
    one, language = stated.requirement, into.language
    content = one.content
    priority = into.text(f"priority.{content.priority.value}")
    facts = (
        into.text(f"standing.{content.standing.value}"),
        "" if content.priority is Priority.OPEN else priority,
        into.text("document.name_stop").join(unit.name.in_(language) for unit in stated.units),
    )
    return RequirementRow(
        number=_number(one, into),
        link=Link(f"/requirements/{one.id}", content.statement.in_(language)),
        facts=tuple(fact for fact in facts if fact),
        entries=_traces(stated, into),
        is_withdrawn=content.standing is Standing.WITHDRAWN,
        shaken=_shaken(stated, into),
    )


def _pair(name: str, most: int, rows: int, content: Content, into: Translator) -> PairOfTexts:
    text: Bilingual = getattr(content, name)
    labels = [into.text(f"requirement.{name}_{side}") for side in ("en", "zh")]
    return PairOfTexts(name, labels[0], labels[1], text.en, text.zh, most, rows)


def _entries(sheet: Sheet, content: Content, into: Translator) -> tuple[Choice, ...]:
    """What it traces to, first, then every other problem in force."""
    chosen = set(content.entries)
    traced = {one.id: one.label for one in sheet.stated.entries}
    problems = {one.entry.id: one.entry.label for one in _problems_in_force(sheet)}
    known: dict[EntryId, Bilingual] = {**traced, **problems}
    ticked = {one for one in known if one in chosen or one in traced}
    ordered = sorted(known, key=lambda one: one not in ticked)
    return tuple(
        Choice(one, known[one].in_(into.language), selected=one in ticked) for one in ordered
    )


def _problems_in_force(sheet: Sheet) -> Sequence[ThemedProblem]:
    return sheet.specification.problems


def _quotes(stated: Stated, into: Translator) -> tuple[Quote, ...]:
    return tuple(quote_of(each, into) for problem in stated.problems for each in problem.evidence)


def _traces(stated: Stated, into: Translator) -> tuple[Link, ...]:
    counts = {one.entry.id: len(one.evidence) for one in stated.problems}
    return tuple(
        Link(
            f"/entries/{one.id}",
            one.label.in_(into.language),
            into.text("thematic.evidence_count", count=str(counts.get(one.id, 0))),
        )
        for one in stated.entries
    )


def _past(version: Version, newest: int, into: Translator) -> PastVersion:
    title = into.text("requirement.version", number=str(version.number))
    if version.number == newest:
        title = f"{title} · {into.text('requirement.current')}"
    detail = (dates.moment(version.at), version.by, version.reason)
    return PastVersion(
        title,
        " · ".join(part for part in detail if part),
        version.content.statement.in_(into.language),
    )


def _beside(numbered: Sequence[Requirement], at: int, into: Translator) -> Link | None:
    if not 0 <= at < len(numbered):
        return None
    return Link(f"/requirements/{numbered[at].id}", _number(numbered[at], into), numbered[at].id)


def _number(one: Requirement, into: Translator) -> str:
    return into.text("requirement.number", number=str(one.number))


def _shaken(stated: Stated, into: Translator) -> str:
    return into.text("requirement.shaken") if stated.is_shaken else ""
