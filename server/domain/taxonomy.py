"""What may stand where in the taxonomy, what is similar to what, and an entry from a proposal."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from schemas.annotation import Kind
from schemas.errors import Invalid
from schemas.ids import EntryId, StudyId
from schemas.session import Bilingual
from schemas.taxonomy import Entry, EntryKind, EntryState, LinkKind, Scope

PARENTS: dict[EntryKind, frozenset[EntryKind | None]] = {
    EntryKind.CATEGORY: frozenset({None, EntryKind.CATEGORY}),
    EntryKind.PROBLEM: frozenset({EntryKind.CATEGORY, EntryKind.PROBLEM}),
    EntryKind.CAUSE: frozenset({EntryKind.PROBLEM, EntryKind.CATEGORY}),
    EntryKind.CONSEQUENCE: frozenset({EntryKind.PROBLEM, EntryKind.CATEGORY}),
    EntryKind.SOLUTION: frozenset({EntryKind.PROBLEM, EntryKind.CATEGORY}),
}
"""Which kinds an entry may hang under; None is the root."""

SIMILAR_FROM = 0.45
"""Likeness from which an entry is offered: unrelated English wordings reach 0.44 on the demo
taxonomy, because a pair of letters says little."""

SIMILAR_FROM_HAN = 0.15
"""The same for Chinese, where a pair of characters is nearly a word: unrelated ones reach 0.14."""

MAX_LABEL_CHARACTERS = 400

_HAN = re.compile(r"[\u3400-\u9fff]")
_SLUG_BREAK = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True, slots=True)
class Similar:
    """An entry that may say the same; likeness 0..1."""

    entry: Entry
    likeness: float


def kind_of(kind: Kind) -> EntryKind:
    """Return the kind of entry that a proposal of this kind suggests; an example backs a problem."""
    match kind:
        case Kind.CAUSE:
            return EntryKind.CAUSE
        case Kind.CONSEQUENCE:
            return EntryKind.CONSEQUENCE
        case Kind.SOLUTION:
            return EntryKind.SOLUTION
        case Kind.PROBLEM | Kind.EXAMPLE | Kind.MEMO:
            return EntryKind.PROBLEM


def may_stand_under(kind: EntryKind, parent: Entry | None) -> bool:
    """Return whether an entry of `kind` may hang under `parent`, which must be in force."""
    if parent is None:
        return None in PARENTS[kind]
    return parent.state is EntryState.ACTIVE and parent.kind in PARENTS[kind]


def new_entry(
    entry_id: EntryId,
    study_id: StudyId,
    *,
    kind: EntryKind,
    parent: Entry | None,
    label: Bilingual,
    definition: Bilingual,
    order: int,
) -> Entry:
    """Return the first version of an entry; its scope is unknown until evidence says more.

    definition: the wording that was agreed, in the language it was agreed in.

    Raises Invalid `entry.parent` or `entry.label` (empty in both languages, or too long).
    """
    if parent is not None and parent.study_id != study_id:
        raise Invalid("entry.parent", parent=parent.id, kind=kind.value)
    if not may_stand_under(kind, parent):
        raise Invalid("entry.parent", parent=parent.id if parent else "", kind=kind.value)
    return Entry(
        id=entry_id,
        study_id=study_id,
        kind=kind,
        parent_id=parent.id if parent else None,
        label=_trimmed(label),
        definition=definition,
        scope=Scope.UNKNOWN,
        state=EntryState.ACTIVE,
        version=1,
        order=order,
    )


def amended(
    entry: Entry,
    known: Mapping[EntryId, Entry],
    *,
    label: Bilingual,
    definition: Bilingual,
    kind: EntryKind,
    parent_id: EntryId | None,
    scope: Scope,
    scope_reason: str,
) -> Entry:
    """Return the entry as it is to stand; `known` is the whole taxonomy.

    Raises Invalid `entry.label`, `entry.parent` (a wrong kind of parent, or one of the entry's own
    descendants; a kind that its children cannot stand under) or `entry.scope` (a scope that is
    known needs what it rests on).
    """
    trimmed = _trimmed(label)
    parent = known.get(parent_id) if parent_id is not None else None
    if parent_id is not None and parent is None:
        raise Invalid("entry.parent", parent=parent_id, kind=kind.value)
    moved = (kind, parent_id) != (entry.kind, entry.parent_id)
    if moved and not may_stand_under(kind, parent):
        raise Invalid("entry.parent", parent=parent_id or "", kind=kind.value)
    above = parent
    while above is not None:
        if above.id == entry.id:
            raise Invalid("entry.parent", parent=parent_id or "", kind=kind.value)
        above = known.get(above.parent_id) if above.parent_id else None
    changed = replace(
        entry,
        label=trimmed,
        definition=Bilingual(definition.en.strip(), definition.zh.strip()),
        kind=kind,
        parent_id=parent_id,
        scope=scope,
        scope_reason=scope_reason.strip(),
    )
    below = [one for one in known.values() if one.parent_id == entry.id]
    if kind is not entry.kind and any(not may_stand_under(one.kind, changed) for one in below):
        raise Invalid("entry.parent", parent=entry.id, kind=kind.value)
    if scope not in (Scope.UNKNOWN, entry.scope) and not changed.scope_reason:
        raise Invalid("entry.scope", scope=scope.value)
    return changed


LINKABLE: dict[LinkKind, tuple[frozenset[EntryKind], frozenset[EntryKind]]] = {
    LinkKind.CAUSES: (
        frozenset({EntryKind.CAUSE, EntryKind.PROBLEM}),
        frozenset({EntryKind.PROBLEM, EntryKind.CAUSE}),
    ),
    LinkKind.LEADS_TO: (
        frozenset({EntryKind.PROBLEM, EntryKind.CONSEQUENCE}),
        frozenset({EntryKind.CONSEQUENCE, EntryKind.PROBLEM}),
    ),
    LinkKind.SOLVED_BY: (
        frozenset({EntryKind.PROBLEM, EntryKind.CAUSE, EntryKind.CONSEQUENCE}),
        frozenset({EntryKind.SOLUTION}),
    ),
    LinkKind.RELATED: (frozenset(EntryKind), frozenset(EntryKind)),
}
"""Which kinds a link may lead from and to."""


def require_link(
    one: Entry, other: Entry, kind: LinkKind, known: Iterable[tuple[EntryId, EntryId]]
) -> None:
    """Raise Invalid `link.kind` or `link.cycle` unless the link may be made.

    known: the links of this kind that there are. Causes and consequences must not come back to
    where they began; `related` may, because it has no direction.
    """
    sources, targets = LINKABLE[kind]
    is_usable = other.state is EntryState.ACTIVE and other.study_id == one.study_id
    if one.kind not in sources or other.kind not in targets or not is_usable:
        raise Invalid("link.kind", kind=kind.value)
    if one.id == other.id or (kind is not LinkKind.RELATED and _leads(other.id, one.id, known)):
        raise Invalid("link.cycle", kind=kind.value)


def _leads(start: EntryId, goal: EntryId, known: Iterable[tuple[EntryId, EntryId]]) -> bool:
    onward: dict[EntryId, list[EntryId]] = {}
    for source, target in known:
        onward.setdefault(source, []).append(target)
    seen, ahead = set[EntryId](), [start]
    while ahead:
        here = ahead.pop()
        if here == goal:
            return True
        if here not in seen:
            seen.add(here)
            ahead += onward.get(here, [])
    return False


def slug(label: Bilingual, entry_id: EntryId) -> str:
    """Return a readable name for addresses: English words where there are any, always unique."""
    folded = unicodedata.normalize("NFKD", label.en).encode("ascii", "ignore").decode().lower()
    words = _SLUG_BREAK.sub("-", folded).strip("-")[:80].rstrip("-")
    tail = hashlib.sha256(entry_id.encode()).hexdigest()[:8]
    return f"{words or 'entry'}-{tail}"


def _trimmed(label: Bilingual) -> Bilingual:
    trimmed = Bilingual(label.en.strip(), label.zh.strip())
    longest = max(len(trimmed.en), len(trimmed.zh))
    if not 0 < longest <= MAX_LABEL_CHARACTERS:
        raise Invalid("entry.label", characters=longest, at_most=MAX_LABEL_CHARACTERS)
    return trimmed


def likeness(one: str, other: str) -> float:
    """Return how alike two texts are, 0..1: Dice's coefficient over character bigrams.

    Both are folded (NFKC, case, everything but letters and digits), so it serves Chinese and
    English alike. L. R. Dice, "Measures of the Amount of Ecologic Association Between Species"
    (1945), on multisets of bigrams.
    """
    ours, theirs = _bigrams(one), _bigrams(other)
    total = ours.total() + theirs.total()
    return 2 * (ours & theirs).total() / total if total else 0.0


def similar(wording: str, entries: Iterable[Entry], *, limit: int = 5) -> Sequence[Similar]:
    """Return the active entries most like `wording` in either language, the most alike first.

    Categories are places, not statements, and are never offered.
    """
    found = [
        Similar(entry, max(likeness(wording, text) for text in _texts(entry)))
        for entry in entries
        if entry.state is EntryState.ACTIVE and entry.kind is not EntryKind.CATEGORY
    ]
    enough = SIMILAR_FROM_HAN if _HAN.search(wording) else SIMILAR_FROM
    alike = [one for one in found if one.likeness >= enough]
    return sorted(alike, key=lambda one: (-one.likeness, one.entry.id))[:limit]


def _texts(entry: Entry) -> tuple[str, ...]:
    return entry.label.en, entry.label.zh, entry.definition.en, entry.definition.zh


def _bigrams(text: str) -> Counter[str]:
    folded = unicodedata.normalize("NFKC", text).casefold()
    letters = "".join(one if one.isalnum() else " " for one in folded)
    padded = " ".join(letters.split())
    if len(padded) == 1:
        return Counter([padded])
    pairs = (padded[at : at + 2] for at in range(len(padded) - 1))
    return Counter(pair for pair in pairs if " " not in pair)
