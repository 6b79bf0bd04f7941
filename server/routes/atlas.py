"""The taxonomy from above: its map as a drawing, and how two moments of it differ."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from schemas.errors import Invalid
from schemas.ids import EntryId, StudyId
from schemas.session import Bilingual
from schemas.taxonomy import Entry, EntryKind, LinkKind
from server.domain import dates, negotiation
from server.domain.history import Altered, Difference, Minute
from server.routes.request import app_state, language_of, login_of, page, reader_of
from server.routes.taxonomy import CHANGES, change_said
from server.services.taxonomy import Atlas, Comparison, History, Moment
from server.store.events import Event
from web.i18n import Translator, translator
from web.taxonomy_views import (
    ChangesView,
    DifferenceRow,
    HistoryView,
    MapEdge,
    MapNode,
    MapRow,
    MinuteRow,
    RecordedRow,
    TaxonomyMapView,
)
from web.views import Change, Choice, Link

MOST_TOLD = 8
"""Changes of one minute that are told one by one."""

_COLUMNS = (EntryKind.CAUSE, EntryKind.PROBLEM, EntryKind.CONSEQUENCE, EntryKind.SOLUTION)
_WIDTH, _BOX, _HEIGHT, _GAP, _TOP = 300, 220, 56, 14, 44
_LINE_UNITS = 28
"""Half-widths that fit on one line of a box; a Chinese character takes two."""


async def changes(request: Request) -> Response:
    """`GET /studies/{study}/changes`."""
    study_id = StudyId(request.path_params["study"])
    await reader_of(request, study_id)
    found = await app_state(request).taxonomy.compare(
        study_id, _seq(request, "since"), _seq(request, "until")
    )
    into = translator(language_of(request))
    return page(request, changes_view(found, into, may_name=login_of(request).account is not None))


async def history(request: Request) -> Response:
    """`GET /studies/{study}/history`: minute by minute, the newest first; `before` an event."""
    study_id = StudyId(request.path_params["study"])
    await reader_of(request, study_id)
    found = await app_state(request).taxonomy.history(
        study_id, CHANGES.keys(), before=_seq(request, "before")
    )
    runs = await app_state(request).joining.runs(login_of(request), study_id)
    return page(request, history_view(found, translator(language_of(request)), may_read=runs))


async def taxonomy_map(request: Request) -> Response:
    """`GET /studies/{study}/map`."""
    study_id = StudyId(request.path_params["study"])
    await reader_of(request, study_id)
    atlas = await app_state(request).taxonomy.atlas(study_id)
    return page(request, map_view(atlas, translator(language_of(request))))


def changes_view(found: Comparison, into: Translator, *, may_name: bool) -> ChangesView:
    """Return the difference in the reader's language."""
    study = found.study
    return ChangesView(
        study_title=study.title.in_(into.language),
        taxonomy_href=f"/studies/{study.id}/taxonomy",
        action=f"/studies/{study.id}/changes",
        since=_moments(found.moments, found.since, into),
        until=_moments(found.moments, found.until, into),
        rows=tuple(_difference(one, found.labels, into) for one in found.differences),
        may_name=may_name,
        name_action=f"/studies/{study.id}/versions",
    )


def history_view(found: History, into: Translator, *, may_read: bool) -> HistoryView:
    """Return what happened in the reader's language, each minute with the way to what it changed.

    may_read: whether the sessions are linked, for who may read all of them.
    """
    here = f"/studies/{found.study.id}"
    return HistoryView(
        study_title=found.study.title.in_(into.language),
        taxonomy_href=f"{here}/taxonomy",
        minutes=tuple(
            MinuteRow(
                time=dates.moment(one.at),
                where=_where(one, found, into, may_read=may_read),
                changes=tuple(_recorded(each, found, into) for each in one.changes[:MOST_TOLD]),
                more=max(0, len(one.changes) - MOST_TOLD),
                compare_href=f"{here}/changes?since={one.since}&until={one.until}",
            )
            for one in found.minutes
        ),
        earlier_href="" if found.before is None else f"{here}/history?before={found.before}",
    )


def _where(
    one: Minute[Event], found: History, into: Translator, *, may_read: bool
) -> tuple[Link, ...]:
    """Return the sessions in which a minute's changes were made."""
    ids = dict.fromkeys(each.session_id for each in one.changes)
    return tuple(
        Link(
            f"/sessions/{id_}/transcript" if may_read else "",
            found.sessions[id_].in_(into.language),
        )
        for id_ in ids
        if id_ is not None and id_ in found.sessions
    )


def _recorded(one: Event, found: History, into: Translator) -> RecordedRow:
    text, actor = change_said(one, into)
    entry = found.entries.get(EntryId(one.subject))
    label = "" if entry is None else entry.label.in_(into.language)
    kind = "" if entry is None else entry.kind.value
    return RecordedRow(kind, Link(f"/entries/{one.subject}?itself", label), text, actor)


def map_view(atlas: Atlas, into: Translator) -> TaxonomyMapView:
    """Lay the linked entries out: a column for each kind, each box beside what it is linked to."""
    by_id = {one.id: one for one in atlas.entries if one.kind in _COLUMNS}
    pairs: list[tuple[Entry, LinkKind, Entry]] = [
        (by_id[one.from_id], one.kind, by_id[one.to_id])
        for one in atlas.links
        if one.from_id in by_id and one.to_id in by_id and one.kind is not LinkKind.RELATED
    ]
    pairs += [_below(one, by_id[one.parent_id]) for one in by_id.values() if one.parent_id in by_id]
    pairs = list(
        {(one.id, kind, other.id): (one, kind, other) for one, kind, other in pairs}.values()
    )
    pairs = [pair for pair in pairs if pair[0].kind is not pair[2].kind] + [
        pair for pair in pairs if pair[0].kind is pair[2].kind
    ]
    shown = {one.id for source, _, target in pairs for one in (source, target)}
    rows: defaultdict[EntryKind, list[Entry]] = defaultdict(list)
    for one in atlas.entries:
        if one.id in shown:
            rows[one.kind].append(one)
    nodes = {
        one.id: _node(one, column, row, into)
        for column, kind in enumerate(_COLUMNS)
        for row, one in enumerate(rows[kind])
    }
    tallest = max((len(found) for found in rows.values()), default=0)
    title = atlas.study.title.in_(into.language)
    return TaxonomyMapView(
        study_title=title,
        taxonomy_href=f"/studies/{atlas.study.id}/taxonomy",
        width=_WIDTH * len(_COLUMNS) - (_WIDTH - _BOX),
        height=_TOP + tallest * (_HEIGHT + _GAP),
        columns=tuple(
            (column * _WIDTH, into.text(f"kind.{kind.value}"))
            for column, kind in enumerate(_COLUMNS)
        ),
        nodes=tuple(nodes.values()),
        edges=tuple(
            MapEdge(_path(nodes[source.id], nodes[target.id]), kind.value)
            for source, kind, target in pairs
        ),
        rows=tuple(
            MapRow(
                f"/entries/{source.id}",
                source.label.in_(into.language),
                into.text(f"link.{kind.value}"),
                f"/entries/{target.id}",
                target.label.in_(into.language),
            )
            for source, kind, target in pairs
        ),
    )


def _below(one: Entry, parent: Entry) -> tuple[Entry, LinkKind, Entry]:
    """Read the place of a cause, consequence or solution below a problem as its link."""
    match one.kind:
        case EntryKind.CAUSE:
            return one, LinkKind.CAUSES, parent
        case EntryKind.SOLUTION:
            return parent, LinkKind.SOLVED_BY, one
        case EntryKind.CONSEQUENCE | EntryKind.PROBLEM | EntryKind.CATEGORY:
            return parent, LinkKind.LEADS_TO, one


def _node(one: Entry, column: int, row: int, into: Translator) -> MapNode:
    label = one.label.in_(into.language)
    x, y = column * _WIDTH, _TOP + row * (_HEIGHT + _GAP)
    return MapNode(f"/entries/{one.id}", label, _lines(label), one.kind.value, x, y)


def _lines(label: str) -> tuple[str, ...]:
    """Break a label into at most two lines of a box; what does not fit ends with an ellipsis."""
    words = label.split(" ") if " " in label else list(label)
    glue = " " if " " in label else ""
    found = [""]
    for word in words:
        longer = f"{found[-1]}{glue}{word}" if found[-1] else word
        if _units(longer) <= _LINE_UNITS or not found[-1]:
            found[-1] = longer
        else:
            found.append(word)
    return tuple(found) if len(found) <= 2 else (found[0], f"{found[1]}…")


def _units(text: str) -> int:
    return sum(2 if ord(one) >= 0x2E80 else 1 for one in text)


def _path(source: MapNode, target: MapNode) -> str:
    """Return a curve from one box's edge to the other's."""
    y1, y2 = source.y + _HEIGHT // 2, target.y + _HEIGHT // 2
    if source.x == target.x:
        x = source.x + _BOX
        return f"M{x} {y1} C{x + 40} {y1} {x + 40} {y2} {x + 2} {y2}"
    forward = source.x < target.x
    x1 = source.x + _BOX if forward else source.x
    x2 = target.x - 2 if forward else target.x + _BOX + 2
    middle = (x1 + x2) // 2
    return f"M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}"


def _difference(
    one: Difference, labels: Mapping[str, Bilingual], into: Translator
) -> DifferenceRow:
    entry = one.entry
    return DifferenceRow(
        href=f"/entries/{entry.id}?itself",
        label=entry.label.in_(into.language),
        kind=entry.kind.value,
        change=into.text(f"change.{one.change}"),
        fields=tuple(
            (into.text(f"field.{each.field}"), _altered(each, labels, into)) for each in one.altered
        ),
    )


def _altered(one: Altered, labels: Mapping[str, Bilingual], into: Translator) -> tuple[Change, ...]:
    before, after = (field_said(one.field, text, labels, into) for text in (one.before, one.after))
    return tuple(Change(each["op"], each["text"]) for each in negotiation.difference(before, after))


def field_said(field: str, text: str, labels: Mapping[str, Bilingual], into: Translator) -> str:
    """Return a field's value in words: labels for ids, words for codes."""
    if not text:
        return ""
    match field:
        case "parent" | "merged_into":
            return labels.get(text, Bilingual(text)).in_(into.language)
        case "kind" | "scope":
            return into.text(f"{field}.{text}")
        case "state":
            return into.text(f"entry_state.{text}")
        case "links":
            pairs = (one.split(":") for one in text.split(" "))
            return "; ".join(
                f"{into.text(f'link.{kind}')} {labels.get(to, Bilingual(to)).in_(into.language)}"
                for kind, to in pairs
            )
        case _:
            return text


def _moments(found: Iterable[Moment], chosen: int, into: Translator) -> tuple[Choice, ...]:
    said = {0: into.text("moment.beginning")}
    newest = 0
    for one in found:
        newest = max(newest, one.seq)
        if name := one.name.in_(into.language):
            said[one.seq] = name
    said.setdefault(newest, into.text("moment.now"))
    said.setdefault(chosen, into.text("moment.event", number=chosen))
    return tuple(
        Choice(str(seq), name, selected=seq == chosen) for seq, name in sorted(said.items())
    )


def _seq(request: Request, name: str) -> int | None:
    asked = request.query_params.get(name, "")
    if not asked:
        return None
    if not asked.isascii() or not asked.isdigit() or len(asked) > 18:
        raise Invalid("request.invalid", **{name: "a number"})
    return int(asked)
