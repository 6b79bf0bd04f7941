"""Pseudonymised copies: people get labels that keep their unit and role; the key is a sheet apart.

Names are replaced where they stand as names (speakers, voices, authors, actors) and wherever they
are said or written: every name of the study's people is looked for in lines, notes, wordings,
definitions and memos, longest first, so that a part of one name never breaks another. The same
person in several sessions (same name and unit) keeps one label.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from schemas.annotation import Annotation
from schemas.ids import UnitId
from schemas.session import Bilingual, Role
from server.domain.corpus import Coded, Corpus, Negotiated, Reviewed, Sitting, Told
from server.domain.sheets import Sheet
from server.domain.solutions import Assessment

SHORTEST = 2
"""Names of one character are not looked for inside texts: they are words of the language."""

_LETTER = {
    Role.MODERATOR: "M",
    Role.EXPERT: "E",
    Role.STENOGRAPHER: "S",
    Role.ANALYST: "A",
    Role.OBSERVER: "O",
}
_LATIN = re.compile(r"[a-z0-9]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """Who stands behind a label. unit: its name, "" for none."""

    label: str
    name: str
    unit: Bilingual
    role: str


def pseudonymised(corpus: Corpus) -> tuple[Corpus, Sequence[Pseudonym]]:
    """Return the copy, and its key in the order of the labels."""
    key = _key(corpus)
    tell = _Teller(key)
    copy = replace(
        corpus,
        sittings=tuple(_sitting(one, tell) for one in corpus.sittings),
        passages=tuple(
            replace(one, heading=tell.text(one.heading), text=tell.text(one.text))
            for one in corpus.passages
        ),
        entries=tuple(_told(one, tell) for one in corpus.entries),
        reviews=tuple(_reviewed(one, tell) for one in corpus.reviews),
        weighed=tuple(replace(one, said=_weighed(one.said, tell.text)) for one in corpus.weighed),
        heirs=tuple(
            replace(one, mark=replace(one.mark, reason=tell.text(one.mark.reason), by=""))
            for one in corpus.heirs
        ),
        versions=tuple(replace(one, by=tell.label(one.by)) for one in corpus.versions),
        events=tuple(replace(one, actor=tell.label(one.actor)) for one in corpus.events),
        pseudonymised=True,
    )
    units = {unit.id: unit.name for unit in corpus.units}
    none = Bilingual()
    return copy, [
        Pseudonym(
            one.label, one.name, units.get(one.unit_id, none) if one.unit_id else none, one.role
        )
        for one in key
    ]


def key_sheet(key: Sequence[Pseudonym]) -> Sheet:
    """Return the key as a table."""
    head = ["pseudonym", "name", "role", "unit_en", "unit_zh"]
    return [head, *([one.label, one.name, one.role, one.unit.en, one.unit.zh] for one in key)]


@dataclass(frozen=True, slots=True)
class _Known:
    label: str
    name: str
    unit_id: UnitId | None
    role: str


class _Teller:
    """Puts labels for names: where a name stands alone, and inside texts."""

    def __init__(self, key: Sequence[_Known]) -> None:
        self._exact = {(one.name, one.unit_id): one.label for one in key}
        self._by_name = {one.name: one.label for one in reversed(key)}
        self._folded = {one.name.casefold(): one.label for one in reversed(key)}
        names = sorted(self._by_name, key=len, reverse=True)
        found = "|".join(_whole(name) for name in names if len(name) >= SHORTEST)
        self._pattern = re.compile(found or r"(?!)", re.IGNORECASE)

    def label(self, name: str, unit_id: UnitId | None = None) -> str:
        """The label of somebody; "" for nobody, and for who is in no session of the study."""
        return self._exact.get((name, unit_id)) or self._by_name.get(name, "")

    def text(self, text: str) -> str:
        """The text with labels for names."""
        return self._pattern.sub(lambda found: self._folded[found.group().casefold()], text)

    def span(self, text: str, start: int, end: int) -> tuple[int, int]:
        """Where code points start..end of `text` stand in what `text()` makes of it.

        A place inside a name becomes the whole label.
        """
        shift, first, last = 0, start, end
        for found in self._pattern.finditer(text):
            label = self._folded[found.group().casefold()]
            grown = len(label) - (found.end() - found.start())
            if found.end() <= start:
                first += grown
            elif found.start() < start:
                first = found.start() + shift
            if found.end() <= end:
                last += grown
            elif found.start() < end:
                last = found.start() + shift + len(label)
            shift += grown
        return first, last


def _key(corpus: Corpus) -> Sequence[_Known]:
    """One label for each name and unit: the unit's number in protocol order, role, a counter."""
    order = {unit.id: number for number, unit in enumerate(corpus.units, 1)}
    found: dict[tuple[str, UnitId | None], _Known] = {}
    counts: dict[str, int] = {}

    def add(name: str, unit_id: UnitId | None, letter: str, role: str) -> None:
        if not name or (name, unit_id) in found:
            return
        stem = f"U{order[unit_id]:02}-{letter}" if unit_id in order else letter
        counts[stem] = counts.get(stem, 0) + 1
        found[name, unit_id] = _Known(f"{stem}{counts[stem]}", name, unit_id, role)

    for sitting in corpus.sittings:
        for one in sitting.people:
            add(one.name, one.unit_id, _LETTER[one.role], one.role.value)
        for line in sitting.lines:
            add(line.speaker, line.unit_id, "P", "speaker")
        for note in sitting.notes:
            add(note.voice.name, note.voice.unit_id, "P", "speaker")
    for review in corpus.reviews:
        for coder in review.coders:
            add(coder, None, "R", "reviewer")
    here = {name for name, _ in found}
    for told in corpus.entries:
        for names in told.coders.values():
            for name in names:
                if name not in here:  # who sat in a session has a label
                    add(name, None, "C", "coder")
    return list(found.values())


def _whole(name: str) -> str:
    """Latin names are found as whole words; Chinese has no spaces to go by."""
    before = r"(?<![a-z0-9])" if _LATIN.match(name[0]) else ""
    after = r"(?![a-z0-9])" if _LATIN.match(name[-1]) else ""
    return before + re.escape(name) + after


def _sitting(one: Sitting, tell: _Teller) -> Sitting:
    return replace(
        one,
        session=replace(one.session, title=_both(one.session.title, tell.text)),
        recorded=(),  # a voice names who speaks
        people=tuple(
            replace(each, name=tell.label(each.name, each.unit_id)) for each in one.people
        ),
        lines=tuple(
            replace(
                line,
                speaker=tell.label(line.speaker, line.unit_id),
                text=tell.text(line.text),
                edits=(),
            )
            for line in one.lines
        ),
        notes=tuple(_note(each, one, tell) for each in one.notes),
        proposals=tuple(_negotiated(each, tell.text) for each in one.proposals),
    )


def _note(note: Annotation, before: Sitting, tell: _Teller) -> Annotation:
    """Places inside a line move with the names before them, because labels have other lengths."""
    texts = {line.id: line.text for line in before.lines}
    moved = []
    for anchor in note.anchors:
        text = texts[anchor.line_id]
        start, end = tell.span(text, anchor.start, len(text) if anchor.end is None else anchor.end)
        quote = tell.text(text)[start:end]
        last = None if anchor.end is None else end
        moved.append(replace(anchor, start=start, end=last, quote=quote))
    voice = replace(note.voice, name=tell.label(note.voice.name, note.voice.unit_id))
    return replace(note, anchors=tuple(moved), text=tell.text(note.text), voice=voice)


def _negotiated(one: Negotiated, told: Callable[[str], str]) -> Negotiated:
    positions = one.positions
    if positions is not None:
        positions = tuple(replace(each, reason=told(each.reason)) for each in positions)
    return replace(
        one,
        wordings=tuple(replace(each, text=told(each.text)) for each in one.wordings),
        positions=positions,
        objections=tuple(told(each) for each in one.objections),
        reason=told(one.reason),
        question=told(one.question),
    )


def _weighed(one: Assessment, told: Callable[[str], str]) -> Assessment:
    return replace(
        one,
        reason=told(one.reason),
        depends_on=told(one.depends_on),
        regulation=told(one.regulation),
    )


def _told(one: Told, tell: _Teller) -> Told:
    told = tell.text
    return replace(
        one,
        entry=replace(
            one.entry,
            label=_both(one.entry.label, told),
            definition=_both(one.entry.definition, told),
            scope_reason=told(one.entry.scope_reason),
        ),
        evidence=tuple(replace(each, quote=told(each.quote)) for each in one.evidence),
        coders={key: [tell.label(name) for name in names] for key, names in one.coders.items()},
    )


def _reviewed(one: Reviewed, tell: _Teller) -> Reviewed:
    def coded(each: Coded) -> Coded:
        return replace(each, coder=tell.label(each.coder), memo=tell.text(each.memo))

    return replace(
        one,
        coders=tuple(tell.label(name) for name in one.coders),
        codings=tuple(coded(each) for each in one.codings),
        settled=tuple(coded(each) for each in one.settled),
    )


def _both(text: Bilingual, told: Callable[[str], str]) -> Bilingual:
    return Bilingual(told(text.en), told(text.zh))
