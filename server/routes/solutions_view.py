"""Solutions, their assessments and the units' priorities in the reader's language."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from schemas.ids import EntryId, SessionId, UnitId
from schemas.session import Bilingual, Unit
from schemas.taxonomy import Entry
from server.domain import dates
from server.domain.priorities import Spread
from server.domain.solutions import MOST_TEXT, Assessment, Cost, Feasibility, Horizon, Solution
from server.routes.joining import found_by
from server.services.solutions import Offer, Offered
from server.store.solutions import Assessed, Shelved
from web.filters import timecode
from web.i18n import Translator
from web.requirement_views import PastVersion
from web.solution_views import (
    NoteRow,
    SolutionRow,
    SolutionsView,
    SolutionView,
    SpreadRow,
    Spreads,
)
from web.views import Choice, Link, Problem

Names = Mapping[UnitId, str]


def ref_of(solution: Solution) -> str:
    """Return what stands for a solution in an address."""
    if solution.entry_id is not None:
        return f"entry-{solution.entry_id}"
    return f"note-{solution.annotation_id}"


def solutions_view(
    found: Offer,
    into: Translator,
    *,
    may_assess: bool,
    session_id: SessionId | None = None,
) -> SolutionsView:
    """Return the lists; session_id: of the focus group whose page shows them beside the tree."""
    language, here = into.language, f"/studies/{found.study.id}"
    asked = "" if session_id is None else f"?session={session_id}"
    names = names_of(found.units, into)
    every = [*found.agreed, *found.shelf]
    return SolutionsView(
        study=Link(here, found.study.title.in_(language)),
        summary=into.text(
            "solution.summary",
            count=str(len(every)),
            assessed=str(sum(one.assessed is not None for one in every)),
        ),
        agreed=tuple(_row(one, found, names, into, asked) for one in found.agreed),
        shelf=tuple(_row(one, found, names, into, asked) for one in found.shelf),
        spreads=spreads_view(found.spreads, found.known, names, into),
        live_href=f"{here}/solutions{asked}",
        may_assess=may_assess,
        is_pane=session_id is not None,
    )


def solution_view(
    found: Offer,
    one: Offered,
    versions: Sequence[Assessed],
    into: Translator,
    *,
    may_assess: bool,
    session_id: SessionId | None = None,
    typed: Assessment | None = None,
    saved: bool = False,
    problems: tuple[Problem, ...] = (),
) -> SolutionView:
    """Return one solution; typed: what its editor sent and could not be kept."""
    here, language = f"/studies/{found.study.id}/solutions", into.language
    stands = Assessment() if one.assessed is None else one.assessed.assessment
    said = typed or stands
    names = names_of(found.units, into)
    nobody = Choice("", into.text("solution.nobody"), selected=said.lead is None)
    return SolutionView(
        back=Link(here, into.text("solution.title")),
        row=_row(one, found, names, into, ""),
        base=versions[-1].version if versions else 0,
        action=f"{here}/{ref_of(one.solution)}",
        may_assess=may_assess,
        session=session_id or "",
        leads=(
            nobody,
            *(
                Choice(unit.id, unit.name.in_(language), found_by(unit), unit.id == said.lead)
                for unit in found.units
            ),
        ),
        supporting=tuple(
            Choice(unit.id, unit.name.in_(language), selected=unit.id in said.supporting)
            for unit in found.units
        ),
        feasibilities=_choices("feasibility", Feasibility, said.feasibility, into),
        horizons=_choices("horizon", Horizon, said.horizon, into),
        costs=_choices("cost", Cost, said.cost, into),
        reason=said.reason,
        depends_on=said.depends_on,
        regulation=said.regulation,
        most=MOST_TEXT,
        versions=tuple(_past(each, versions[-1].version, names, into) for each in reversed(versions)),
        saved=saved,
        problems=problems,
    )  # fmt: skip


def entry_parts(
    found: Offer, entry: Entry, into: Translator
) -> tuple[SolutionRow | None, SpreadRow | None]:
    """Return what an entry's page shows of its assessment and of the units' marks, if any."""
    names, spread = names_of(found.units, into), found.spreads.get(entry.id)
    offered = next((one for one in found.agreed if one.solution.entry_id == entry.id), None)
    return (
        None if offered is None else _row(offered, found, names, into, ""),
        None if spread is None else spread_row(entry, spread, names, into),
    )


def names_of(units: Iterable[Unit], into: Translator) -> Names:
    """Return the units' names in the reader's language."""
    return {unit.id: unit.name.in_(into.language) for unit in units}


def facts_of(said: Assessment, names: Names, into: Translator) -> tuple[tuple[str, str], ...]:
    """Return what was said of a solution, label and value, without what was left open."""
    stop = into.text("document.name_stop")
    is_horizon, is_cost = said.horizon is not Horizon.OPEN, said.cost is not Cost.OPEN
    facts = (
        ("solution.reason", said.reason),
        ("solution.lead", "" if said.lead is None else names.get(said.lead, "")),
        ("solution.supporting", stop.join(names.get(one, "") for one in said.supporting)),
        ("solution.depends_on", said.depends_on),
        ("solution.horizon", into.text(f"horizon.{said.horizon.value}") if is_horizon else ""),
        ("solution.cost", into.text(f"cost.{said.cost.value}") if is_cost else ""),
        ("solution.regulation", said.regulation),
    )
    return tuple((into.text(key), value) for key, value in facts if value)


def spreads_view(
    spreads: Mapping[EntryId, Spread],
    known: Mapping[EntryId, Entry],
    names: Names,
    into: Translator,
) -> Spreads | None:
    """Return how units marked each entry that they were asked about; None: they never were."""
    found = [(known[entry_id], spread) for entry_id, spread in spreads.items() if entry_id in known]
    if not found:
        return None
    found.sort(key=lambda one: (-len(one[1].urgent), -len(one[1].ours), one[0].order, one[0].id))
    rows = [
        (spread_row(entry, spread, names, into), bool(spread.urgent or spread.ours))
        for entry, spread in found
    ]
    return Spreads(
        tuple(row for row, is_marked in rows if is_marked),
        tuple(row.about for row, is_marked in rows if not is_marked),
    )


def spread_row(entry: Entry, spread: Spread, names: Names, into: Translator) -> SpreadRow:
    """Return how the units marked one entry; by name only where that may be shown."""
    stop = into.text("document.name_stop")
    counted = Counter(_mark(unit, spread) for unit in spread.asked)
    told = (("urgent", spread.urgent), ("ours", spread.ours)) if spread.is_named else ()
    units = str(len(spread.asked))
    return SpreadRow(
        about=Link(f"/entries/{entry.id}", entry.label.in_(into.language)),
        kind=entry.kind.value,
        urgent=into.text("priority_mark.counted", count=str(len(spread.urgent)), units=units),
        ours=into.text("priority_mark.counted", count=str(len(spread.ours)), units=units),
        marks=tuple(
            mark for mark in ("both", "urgent", "ours", "none") for _ in range(counted[mark])
        ),
        names=tuple(
            (into.text(f"priority_mark.{name}"), stop.join(names.get(one, "") for one in marked))
            for name, marked in told
            if marked
        ),
    )


def _mark(unit: UnitId, spread: Spread) -> str:
    is_urgent, is_own = unit in spread.urgent, unit in spread.ours
    if is_urgent and is_own:
        return "both"
    return "urgent" if is_urgent else "ours" if is_own else "none"


def _row(one: Offered, found: Offer, names: Names, into: Translator, asked: str) -> SolutionRow:
    language, entry_id = into.language, one.solution.entry_id
    said = Assessment() if one.assessed is None else one.assessed.assessment
    ref = ref_of(one.solution)
    entry = None if entry_id is None else found.known.get(entry_id)
    return SolutionRow(
        ref=ref,
        label=one.label.in_(language),
        entry_href="" if entry_id is None else f"/entries/{entry_id}",
        assess_href=f"/studies/{found.study.id}/solutions/{ref}{asked}",
        solves=tuple(Link(f"/entries/{each.id}", each.label.in_(language)) for each in one.solves),
        notes=tuple(_note(each, into) for each in one.notes),
        feasibility=said.feasibility.value,
        feasibility_label=into.text(f"feasibility.{said.feasibility.value}"),
        facts=facts_of(said, names, into),
        earlier=into.text("solution.earlier") if one.is_earlier else "",
        spread=None
        if one.spread is None or entry is None
        else spread_row(entry, one.spread, names, into),
    )


def _note(one: Shelved, into: Translator) -> NoteRow:
    language = into.language

    def told(*names: Bilingual) -> list[str]:
        return [name.in_(language) for name in names if name.in_(language)]

    where = " · ".join(told(one.session, one.step))
    return NoteRow(
        text=one.text,
        by=" · ".join(part for part in (one.voice, *told(one.unit)) if part),
        line=Link(
            "" if one.at is None else f"/lines/{one.line_id}",
            where if one.at is None else f"{where}, {timecode(one.at)}",
        ),
    )


def _choices(
    prefix: str, values: Iterable[StrEnum], chosen: StrEnum, into: Translator
) -> tuple[Choice, ...]:
    return tuple(
        Choice(one.value, into.text(f"{prefix}.{one.value}"), selected=one is chosen)
        for one in values
    )


def _past(one: Assessed, newest: int, names: Names, into: Translator) -> PastVersion:
    title = into.text("solution.version", number=str(one.version))
    if one.version == newest:
        title = f"{title} · {into.text('solution.current')}"
    said = one.assessment
    colon = "：" if into.language.value == "zh" else ": "
    facts = (f"{label}{colon}{value}" for label, value in facts_of(said, names, into))
    told = [into.text(f"feasibility.{said.feasibility.value}"), *facts]
    return PastVersion(title, f"{dates.moment(one.at)} · {one.by}", " · ".join(told))
