"""What a codebook would do to a taxonomy: for each row added, changed, left, or what is wrong.

A row is an entry of the study by its id, by the GUID that our exports gave it, or, without an id, by
its label. Another id becomes one of this study, always the same, so that the same file read twice
changes nothing. What a row leaves empty stays as it is.
"""

import re
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from schemas.errors import Invalid
from schemas.ids import EntryId, StudyId
from schemas.session import Bilingual
from schemas.taxonomy import Entry, EntryKind, EntryState, Scope
from server.domain import taxonomy
from server.domain.formats import refi
from server.domain.formats.codebook_reader import COLUMNS
from server.domain.sheets import Sheet

MAX_ENTRIES = 2_000
"""Rows of one import; each is held against the whole taxonomy."""
FIELDS = (
    "label_en", "label_zh", "definition_en", "definition_zh", "kind", "parent", "scope",
    "scope_reason",
)  # fmt: skip

_NAMESPACE = uuid.UUID("b3f0b7f4-0a52-5d3c-8c39-0d4b3a5f9e61")
_GUID = re.compile(
    r"\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?"
)

Named = TypeVar("Named", EntryKind, Scope)


@dataclass(frozen=True, slots=True)
class Planned:
    """What one row does. problem: an error code, "" for a good row; entry is then what it makes.

    before: the entry that it changes, None for a new one. label, parent: as the row says them.
    """

    number: int
    label: str
    parent: str
    entry: Entry | None = None
    before: Entry | None = None
    problem: str = ""

    @property
    def changes(self) -> Sequence[str]:
        """The fields in which an entry that is there changes."""
        if self.entry is None or self.before is None:
            return ()
        old, new = _texts(self.before), _texts(self.entry)
        return [name for name in FIELDS if old[name] != new[name]]


def plan(study_id: StudyId, known: Sequence[Entry], sheet: Sheet) -> Sequence[Planned]:
    """Return what each row does, parents before what they hold, else in the order of the file.

    Raises Invalid `import.empty` or `codebook.rows`.
    """
    if len(sheet) < 2:
        raise Invalid("import.empty")
    if len(sheet) - 1 > MAX_ENTRIES:
        raise Invalid("codebook.rows", most=MAX_ENTRIES)
    return list(_Planning(study_id, known, sheet).run())


def _normal(given: str) -> str:
    found = _GUID.fullmatch(given.strip().lower())
    return "".join(found.groups()) if found else given.strip()


def _texts(entry: Entry) -> Mapping[str, str]:
    return {
        "label_en": entry.label.en,
        "label_zh": entry.label.zh,
        "definition_en": entry.definition.en,
        "definition_zh": entry.definition.zh,
        "kind": entry.kind.value,
        "parent": entry.parent_id or "",
        "scope": entry.scope.value,
        "scope_reason": entry.scope_reason,
    }


class _Planning:
    """One run: `now` is the taxonomy as the rows so far leave it."""

    def __init__(self, study_id: StudyId, known: Sequence[Entry], sheet: Sheet) -> None:
        self._study_id = study_id
        self._old = {one.id: one for one in known}
        self._now = dict(self._old)
        self._ids = {_normal(refi.guid(one.id)): one.id for one in known}
        self._ids |= {_normal(one.id): one.id for one in known}
        self._rows = [dict(zip(COLUMNS, row, strict=True)) for row in sheet[1:]]
        self._labels = self._by_label(known)
        self._keys = [self._key(row) for row in self._rows]
        self._next = max((one.order for one in known), default=-1) + 1

    def run(self) -> Iterator[Planned]:
        parents = [self._above(row) for row in self._rows]
        twice = {key for key, times in Counter(self._keys).items() if times > 1}
        for at in self._in_order(parents):
            row, key = self._rows[at], self._keys[at]
            label = row["label_en"] or row["label_zh"]
            parent_id = parents[at]
            above = self._now.get(parent_id) if parent_id else None
            shown = (above.label.en or above.label.zh) if above else row["parent"]
            told = Planned(at + 2, label, shown)
            if key in twice:
                yield replace(told, problem="codebook.twice")
                continue
            try:
                made = self._entry(row, key, parent_id)
            except Invalid as error:
                yield replace(told, problem=error.code)
                continue
            self._now[key] = made
            yield replace(told, entry=made, before=self._old.get(key))

    def _by_label(self, known: Sequence[Entry]) -> Mapping[str, EntryId]:
        """Labels that name one entry in force or one row alone."""
        found: dict[str, set[EntryId]] = {}
        for one in known:
            if one.state is EntryState.ACTIVE:
                for label in {one.label.en, one.label.zh} - {""}:
                    found.setdefault(label, set()).add(one.id)
        for row in self._rows:
            if row["id"]:
                for label in {row["label_en"], row["label_zh"]} - {""}:
                    found.setdefault(label, set()).add(self._own(row["id"]))
        return {label: next(iter(ids)) for label, ids in found.items() if len(ids) == 1}

    def _own(self, given: str) -> EntryId:
        normal = _normal(given)
        made = uuid.uuid5(_NAMESPACE, f"{self._study_id}:{normal}").hex
        return self._ids.get(normal) or EntryId(made)

    def _key(self, row: Mapping[str, str]) -> EntryId:
        if row["id"]:
            return self._own(row["id"])
        label = row["label_en"] or row["label_zh"]
        return self._labels.get(label) or self._own(f"label:{label}")

    def _above(self, row: Mapping[str, str]) -> EntryId | None:
        given = row["parent"]
        if not given:
            return None
        own = self._own(given)
        if own in self._old or own in self._keys:
            return own
        return self._labels.get(given) or self._own(f"label:{given}")

    def _in_order(self, parents: Sequence[EntryId | None]) -> Sequence[int]:
        """Rows with parents first; rows that stand in a circle come last, where they are refused."""
        below: dict[EntryId | None, list[int]] = {}
        in_file = {*self._keys}
        for at, parent in enumerate(parents):
            below.setdefault(parent if parent in in_file else None, []).append(at)
        ordered: list[int] = []
        ahead = below.pop(None, [])[::-1]
        while ahead:
            at = ahead.pop()
            ordered.append(at)
            ahead += below.pop(self._keys[at], [])[::-1]
        return [*ordered, *sorted(at for rest in below.values() for at in rest)]

    def _entry(self, row: Mapping[str, str], key: EntryId, parent_id: EntryId | None) -> Entry:
        old = self._now.get(key)
        kind = _one_of(EntryKind, row["kind"], "codebook.kind")
        scope = _one_of(Scope, row["scope"], "codebook.scope")
        if old is None:
            return self._added(row, key, parent_id, kind, scope)
        if old.state is not EntryState.ACTIVE:
            raise Invalid("codebook.state")
        return taxonomy.amended(
            old,
            self._now,
            label=_texts_of(row, "label", old.label),
            definition=_texts_of(row, "definition", old.definition),
            kind=kind or old.kind,
            parent_id=parent_id or old.parent_id,
            scope=scope or old.scope,
            scope_reason=row["scope_reason"] or old.scope_reason,
        )

    def _added(
        self,
        row: Mapping[str, str],
        key: EntryId,
        parent_id: EntryId | None,
        kind: EntryKind | None,
        scope: Scope | None,
    ) -> Entry:
        parent = self._now.get(parent_id) if parent_id else None
        if parent_id and parent is None:
            raise Invalid("codebook.parent")
        made = taxonomy.new_entry(
            key,
            self._study_id,
            kind=kind or (EntryKind.PROBLEM if parent_id else EntryKind.CATEGORY),
            parent=parent,
            label=_texts_of(row, "label", Bilingual()),
            definition=_texts_of(row, "definition", Bilingual()),
            order=self._next,
        )
        self._next += 1
        return replace(made, scope=scope or Scope.UNKNOWN, scope_reason=row["scope_reason"])


def _texts_of(row: Mapping[str, str], field: str, old: Bilingual) -> Bilingual:
    return Bilingual(row[f"{field}_en"] or old.en, row[f"{field}_zh"] or old.zh)


def _one_of(kinds: type[Named], given: str, code: str) -> Named | None:
    if not given:
        return None
    try:
        return kinds(given.lower())
    except ValueError as error:
        raise Invalid(code) from error
