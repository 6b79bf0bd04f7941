"""Figures of a study's entries: the thematic map, causes and consequences, saturation."""

from collections.abc import Sequence

from schemas.ids import EntryId, SessionId
from schemas.taxonomy import Entry, EntryKind, EntryState, LinkKind
from server.services.reports import StudyFigures, ThematicList, ThemedProblem
from web.figure_curves import Span, curve
from web.figure_graphs import Node, Tie, graph, tree
from web.i18n import Translator
from web.report_views import Figure

_COLUMNS = (EntryKind.CAUSE, EntryKind.PROBLEM, EntryKind.CONSEQUENCE)


def thematic_map(found: ThematicList, into: Translator) -> Figure | None:
    """Return each category with its problems, and how much backs each; None without a problem."""
    groups = [
        (_node(one.entry, into), [_weighed(each, into) for each in _standing(one.problems)])
        for one in found.categories
    ]
    groups = [(above, members) for above, members in groups if members]
    if not groups:
        return None
    return tree(
        "figure-thematic",
        into.text("figure.thematic"),
        into.text("figure.thematic_text"),
        groups=groups,
        head=(
            into.text("kind.category"),
            into.text("kind.problem"),
            into.text("thematic.evidence"),
        ),
        href=f"/studies/{found.study.id}/figures/thematic",
    )


def cause_graph(found: ThematicList, into: Translator) -> Figure | None:
    """Return what causes what, and what it leads to; None where nothing is tied."""
    problems = [each for one in found.categories for each in _standing(one.problems)]
    entries: dict[EntryId, Entry] = {}
    ties: dict[tuple[EntryId, EntryId], Tie] = {}
    for one in problems:
        for other in (one.entry, *one.causes, *one.consequences):
            if other.kind in _COLUMNS and other.state is EntryState.ACTIVE:
                entries[other.id] = other
    for one in problems:
        pairs = [(cause, one.entry, LinkKind.CAUSES) for cause in one.causes]
        pairs += [(one.entry, effect, LinkKind.LEADS_TO) for effect in one.consequences]
        for source, target, kind in pairs:
            if source.id in entries and target.id in entries:
                name = into.text(f"link.{kind.value}")
                ties.setdefault((source.id, target.id), Tie(source.id, target.id, name))
    if not ties:
        return None
    return graph(
        "figure-causes",
        into.text("figure.causes"),
        into.text("figure.causes_text"),
        columns=[(kind.value, into.text(f"kind.{kind.value}")) for kind in _COLUMNS],
        nodes=[_node(one, into) for one in entries.values()],
        ties=list(ties.values()),
        head=(into.text("figure.from"), into.text("figure.tie"), into.text("figure.to")),
        href=f"/studies/{found.study.id}/figures/causes",
    )


def saturation(found: StudyFigures, into: Translator) -> Figure | None:
    """Return how many problems had come up after so many quotations; None before the first."""
    spans = _spans(found, into)
    if not any(span.news for span in spans):
        return None
    return curve(
        "figure-saturation",
        into.text("figure.saturation"),
        into.text("figure.saturation_text"),
        head=(into.text("figure.session"), into.text("figure.known"), into.text("figure.new")),
        spans=spans,
        across=into.text("figure.quotations"),
        href=f"/studies/{found.themed.study.id}/figures/saturation",
    )


def _spans(found: StudyFigures, into: Translator) -> Sequence[Span]:
    """For each session by time: its quotations in order, and which were of a problem unheard."""
    said: dict[SessionId, list[tuple[float, EntryId]]] = {one: [] for one, _ in found.sessions}
    for category in found.themed.categories:
        for problem in category.problems:
            for one in problem.evidence:
                if one.session_id in said and one.at is not None:
                    said[one.session_id].append((one.at, problem.entry.id))
    known: set[EntryId] = set()
    spans = []
    for session_id, title in found.sessions:
        news = []
        for _, entry_id in sorted(said[session_id]):
            news.append(entry_id not in known)
            known.add(entry_id)
        spans.append(Span(title.in_(into.language), news))
    return spans


def _standing(problems: Sequence[ThemedProblem]) -> Sequence[ThemedProblem]:
    return [one for one in problems if one.entry.state is EntryState.ACTIVE]


def _node(one: Entry, into: Translator, aside: str = "") -> Node:
    return Node(one.id, one.label.in_(into.language), one.kind.value, aside)


def _weighed(one: ThemedProblem, into: Translator) -> Node:
    units = sum(each.heard for each in one.units)
    aside = into.text("figure.backed", quotations=str(len(one.evidence)), units=str(units))
    return _node(one.entry, into, aside)
