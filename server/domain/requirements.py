"""A requirement: one statement of what is to be built or done, drafted from agreed entries.

Its number is given once and never to another one; what it says is a version, and every version
stays. It traces to entries, and through their evidence to the lines that were spoken.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import NewType

from schemas.errors import Invalid
from schemas.ids import EntryId, StudyId, UnitId
from schemas.session import Bilingual
from schemas.taxonomy import Entry

RequirementId = NewType("RequirementId", str)

MOST_STATEMENT = 2000
MOST_TEXT = 8000
MOST_TRACES = 200
_NOTHING = Bilingual()


class Priority(StrEnum):
    """How much it matters, as the study says; OPEN: nobody has said yet."""

    OPEN = "open"
    MUST = "must"
    SHOULD = "should"
    COULD = "could"
    LATER = "later"


class Standing(StrEnum):
    """Whether a requirement is being worded, stands, or was taken back; its number stays."""

    DRAFT = "draft"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Content:
    """What one version of a requirement says. assessment: of the solutions that were proposed."""

    statement: Bilingual
    rationale: Bilingual = _NOTHING
    assessment: Bilingual = _NOTHING
    acceptance: Bilingual = _NOTHING
    priority: Priority = Priority.OPEN
    standing: Standing = Standing.DRAFT
    entries: tuple[EntryId, ...] = ()
    units: tuple[UnitId, ...] = ()


@dataclass(frozen=True, slots=True)
class Requirement:
    """A requirement as it stands. number: stable within its study, from 1; version: from 1."""

    id: RequirementId
    study_id: StudyId
    number: int
    version: int
    content: Content


@dataclass(frozen=True, slots=True)
class Root:
    """An entry that a requirement may be drafted from, with what the taxonomy ties to it."""

    entry: Entry
    causes: Sequence[Entry]
    consequences: Sequence[Entry]
    solutions: Sequence[Entry]
    units: Sequence[UnitId]


def drafted(roots: Sequence[Root]) -> Content:
    """Return a draft of one requirement that answers all of these entries.

    It says what the room said and nothing more: the proposed solutions, or the problems where
    none was proposed; problems, causes and consequences are its reason.
    """
    problems = [root.entry for root in roots]
    solutions = _distinct([one for root in roots for one in root.solutions])
    reasons = [[root.entry, *root.causes, *root.consequences] for root in roots]
    return Content(
        statement=_together(solutions or problems),
        rationale=_together(_distinct([one for reason in reasons for one in reason])),
        entries=tuple(one.id for one in _distinct(problems)),
        units=tuple(dict.fromkeys(unit for root in roots for unit in root.units)),
    )


def altered(before: Content, after: Content) -> tuple[str, ...]:
    """Return the names of the fields in which two versions differ, in their order."""
    names = [one.name for one in fields(Content)]
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def check(content: Content) -> None:
    """Raise Invalid `requirement.statement`, `requirement.text` or `requirement.trace`.

    A requirement without an entry would be somebody's own idea: each must trace to what was agreed.
    """
    said = content.statement
    if not (said.en or said.zh) or max(len(said.en), len(said.zh)) > MOST_STATEMENT:
        raise Invalid("requirement.statement", most=MOST_STATEMENT)
    for text in (content.rationale, content.assessment, content.acceptance):
        if max(len(text.en), len(text.zh)) > MOST_TEXT:
            raise Invalid("requirement.text", most=MOST_TEXT)
    if not 0 < len(content.entries) <= MOST_TRACES:
        raise Invalid("requirement.trace", most=MOST_TRACES)


def _distinct(found: Sequence[Entry]) -> list[Entry]:
    return list({one.id: one for one in found}.values())


def _together(found: Sequence[Entry]) -> Bilingual:
    return Bilingual(
        "; ".join(one.label.en for one in found if one.label.en)[:MOST_STATEMENT],
        "；".join(one.label.zh for one in found if one.label.zh)[:MOST_STATEMENT],
    )
