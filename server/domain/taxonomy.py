"""What may stand where in the taxonomy, what is similar to what, and an entry from a proposal."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.annotation import Kind
from schemas.errors import Invalid
from schemas.ids import EntryId, StudyId
from schemas.session import Bilingual
from schemas.taxonomy import Entry, EntryKind, EntryState, Scope

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
    trimmed = Bilingual(label.en.strip(), label.zh.strip())
    longest = max(len(trimmed.en), len(trimmed.zh))
    if not 0 < longest <= MAX_LABEL_CHARACTERS:
        raise Invalid("entry.label", characters=longest, at_most=MAX_LABEL_CHARACTERS)
    return Entry(
        id=entry_id,
        study_id=study_id,
        kind=kind,
        parent_id=parent.id if parent else None,
        label=trimmed,
        definition=definition,
        scope=Scope.UNKNOWN,
        state=EntryState.ACTIVE,
        version=1,
        order=order,
    )


def slug(label: Bilingual, entry_id: EntryId) -> str:
    """Return a readable name for addresses: English words where there are any, always unique."""
    folded = unicodedata.normalize("NFKD", label.en).encode("ascii", "ignore").decode().lower()
    words = _SLUG_BREAK.sub("-", folded).strip("-")[:80].rstrip("-")
    tail = hashlib.sha256(entry_id.encode()).hexdigest()[:8]
    return f"{words or 'entry'}-{tail}"


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
