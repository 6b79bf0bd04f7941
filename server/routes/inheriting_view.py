"""What a study took over, and what became of it, in the reader's language."""

from collections.abc import Mapping, Sequence

from schemas.ids import EntryId
from schemas.taxonomy import Entry
from server.domain import dates
from server.domain.inheriting import MOST_REASON, Fate, Mark, Reference
from server.services.following import Inheritance
from server.store.inheriting import Shown
from server.store.studies import Study
from web.filters import timecode
from web.i18n import Translator
from web.inheriting_views import HeirRow, HeirView, InheritedView, ProofRow
from web.requirement_views import PastVersion
from web.views import Choice, Link, Problem


def inherited_view(
    found: Inheritance,
    choices: Sequence[Study],
    into: Translator,
    *,
    may_change: bool,
    may_read_before: bool,
    brought: int | None = None,
    problems: tuple[Problem, ...] = (),
) -> InheritedView:
    """Return the list, and which study could be followed where it follows none."""
    language, here = into.language, f"/studies/{found.study.id}"
    before = found.before
    return InheritedView(
        study=Link(here, found.study.title.in_(language)),
        before=None
        if before is None
        else Link(
            f"/studies/{before.study_id}" if may_read_before else "", before.title.in_(language)
        ),
        counts=fate_counts(found.counted, into) if found.entries else (),
        rows=tuple(heir_row(one, found, into) for one in found.entries),
        action=f"{here}/inherited",
        may_change=may_change,
        choices=tuple(Choice(one.id, one.title.in_(language)) for one in choices)
        if before is None
        else (),
        bring=before.study_id if before is not None and may_read_before and may_change else "",
        brought="" if brought is None else into.text("inherited.brought", count=str(brought)),
        problems=problems,
    )


def heir_view(
    found: Inheritance,
    entry: Entry,
    versions: Sequence[Mark],
    into: Translator,
    *,
    may_change: bool,
    typed: tuple[str, str, str, frozenset[str]] | None = None,
    saved: bool = False,
    problems: tuple[Problem, ...] = (),
) -> HeirView:
    """Return one entry to be marked; typed: fate, reason, addresses and ticks that could not stand."""
    here = f"/studies/{found.study.id}/inherited"
    mark = found.marks[entry.id]
    ticked = frozenset(value_of(one) for one in mark.references)
    fate, reason, addresses, ticks = typed or (mark.fate.value, mark.reason, "", ticked)
    offered = dict.fromkeys((*mark.references, *found.backing.get(entry.id, ())))
    return HeirView(
        back=Link(here, into.text("inherited.title")),
        row=heir_row(entry, found, into),
        base=mark.version,
        action=f"{here}/{entry.id}",
        may_change=may_change,
        fates=tuple(
            Choice(one.value, into.text(f"fate.{one.value}"), selected=one.value == fate)
            for one in Fate
        ),
        reason=reason,
        proofs=tuple(
            _proof(found.evidence[one], into, chosen=value_of(one) in ticks)
            for one in offered
            if one in found.evidence
        ),
        addresses=addresses,
        most=MOST_REASON,
        versions=tuple(_past(one, into) for one in reversed(versions)),
        saved=saved,
        problems=problems,
    )


def heir_row(entry: Entry, found: Inheritance, into: Translator) -> HeirRow:
    """Return what became of an inherited entry."""
    mark = found.marks[entry.id]
    return HeirRow(
        link=Link(f"/entries/{entry.id}", entry.label.in_(into.language)),
        kind=entry.kind.value,
        kind_label=into.text(f"kind.{entry.kind.value}"),
        fate=mark.fate.value,
        fate_label=into.text(f"fate.{mark.fate.value}"),
        reason=mark.reason,
        proofs=tuple(
            _proof(found.evidence[one], into) for one in mark.references if one in found.evidence
        ),
        mark_href=f"/studies/{found.study.id}/inherited/{entry.id}",
    )


def fate_counts(counted: Mapping[Fate, int], into: Translator) -> tuple[tuple[str, str, str], ...]:
    """Return fate, its word and how many entries met it, in their order."""
    return tuple(
        (fate.value, into.text(f"fate.{fate.value}"), str(count)) for fate, count in counted.items()
    )


def entry_heir(found: Inheritance, entry_id: EntryId, into: Translator) -> HeirRow | None:
    """Return what became of an entry for its own page; None where it was not taken over."""
    entry = next((one for one in found.entries if one.id == entry_id), None)
    return None if entry is None else heir_row(entry, found, into)


def value_of(one: Reference) -> str:
    """Return what stands for a line or passage in a form: its address."""
    return f"/lines/{one.line_id}" if one.line_id else f"/passages/{one.passage_id}"


def _proof(one: Shown, into: Translator, *, chosen: bool = False) -> ProofRow:
    language = into.language
    by = " · ".join(part for part in (one.speaker, one.unit.in_(language)) if part)
    if one.place is not None:
        where = f"{one.place.title.in_(language)}, {into.text('passage.number', number=one.place.number)}"
    else:
        title = "" if one.session is None else one.session.in_(language)
        where = f"{title}, {timecode(one.at)}"
    text = one.text or into.text("return.withdrawn")
    value = value_of(one.reference)
    return ProofRow(value, text, by, Link(value, where), is_chosen=chosen)


def _past(one: Mark, into: Translator) -> PastVersion:
    title = into.text("inherited.version", number=str(one.version))
    said = (into.text(f"fate.{one.fate.value}"), one.reason)
    return PastVersion(
        title, f"{dates.moment(one.at)} · {one.by}", " · ".join(part for part in said if part)
    )
