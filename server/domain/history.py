"""How an entry, or a whole taxonomy, differs between two moments."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Generic, Protocol, TypeVar

from schemas.errors import Invalid
from schemas.ids import EntryId
from schemas.taxonomy import Entry, EntryState

MOST_NAME = 120


def version_name(given: str) -> str:
    """Return the name of a version as it is kept. Raises Invalid `version.name`."""
    name = " ".join(given.split())
    if not 0 < len(name) <= MOST_NAME:
        raise Invalid("version.name", at_most=MOST_NAME)
    return name


class Numbered(Protocol):
    """Something recorded: its number in the study, and when, in UTC seconds."""

    @property
    def seq(self) -> int:
        """The number."""
        ...

    @property
    def at(self) -> float:
        """The moment."""
        ...


Change = TypeVar("Change", bound=Numbered)


@dataclass(frozen=True, slots=True)
class Minute(Generic[Change]):
    """What happened to a taxonomy within one minute of the clock, the oldest first."""

    changes: tuple[Change, ...]

    @property
    def since(self) -> int:
        """The event that came before: what it is compared with."""
        return self.changes[0].seq - 1

    @property
    def until(self) -> int:
        """Its last event."""
        return self.changes[-1].seq

    @property
    def at(self) -> float:
        """When its first change was recorded."""
        return self.changes[0].at


def minutes(changes: Iterable[Change]) -> Sequence[Minute[Change]]:
    """Return what happened minute by minute, the newest minute first; changes: the oldest first."""
    found = [Minute(tuple(each)) for _, each in groupby(changes, lambda one: int(one.at // 60))]
    return found[::-1]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An entry as it stood from the study's event `seq` on. links: (kind, to), outward."""

    entry: Entry
    links: tuple[tuple[str, EntryId], ...]
    seq: int
    at: float


@dataclass(frozen=True, slots=True)
class Altered:
    """One field that differs, as texts. Fields are those of `Entry`, with `links`."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One entry that differs between two moments; before or after is None where it did not exist."""

    before: Entry | None
    after: Entry | None
    altered: tuple[Altered, ...]

    @property
    def entry(self) -> Entry:
        """The entry as it stands later, or last stood."""
        found = self.after or self.before
        assert found is not None  # one of both always is there
        return found

    @property
    def change(self) -> str:
        """`added`, `retracted`, `merged`, `restored` or `amended`."""
        if self.before is None:
            return "added"
        state = None if self.after is None else self.after.state
        if state is self.before.state:
            return "amended"
        return {EntryState.RETRACTED: "retracted", EntryState.MERGED: "merged"}.get(
            state or EntryState.RETRACTED, "restored"
        )


def alterations(before: Snapshot, after: Snapshot) -> tuple[Altered, ...]:
    """Return which fields differ between two versions of an entry."""
    ours, theirs = _fields(before), _fields(after)
    return tuple(
        Altered(name, ours[name], theirs[name]) for name in ours if ours[name] != theirs[name]
    )


def differences(
    before: Mapping[EntryId, Snapshot], after: Mapping[EntryId, Snapshot]
) -> Sequence[Difference]:
    """Return the entries that differ, in the later order; what vanished comes last."""
    found = []
    for entry_id, later in after.items():
        earlier = before.get(entry_id)
        if earlier is None:
            found.append(Difference(None, later.entry, ()))
        elif altered := alterations(earlier, later):
            found.append(Difference(earlier.entry, later.entry, altered))
    gone = [one.entry for entry_id, one in before.items() if entry_id not in after]
    return [*found, *(Difference(one, None, ()) for one in gone)]


def _fields(one: Snapshot) -> dict[str, str]:
    entry = one.entry
    return {
        "label_en": entry.label.en,
        "label_zh": entry.label.zh,
        "definition_en": entry.definition.en,
        "definition_zh": entry.definition.zh,
        "kind": entry.kind.value,
        "parent": entry.parent_id or "",
        "scope": entry.scope.value,
        "scope_reason": entry.scope_reason,
        "state": entry.state.value,
        "merged_into": entry.merged_into or "",
        "links": " ".join(f"{kind}:{to}" for kind, to in one.links),
    }
