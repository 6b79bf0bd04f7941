"""What the pages of a return are given: the board for moderators, the sheet for a unit."""

from dataclasses import dataclass

from web.views import Choice, Link, Problem


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change that a unit asks for. is_open: a moderator has still to decide."""

    id: str
    kind: str
    place: str
    before: str
    text: str
    state: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """One unit on the board. reminder: a message to be sent, its link inside."""

    unit_id: str
    unit: str
    state: str
    is_answered: bool
    when: str
    quoting: str
    missing: str
    url: str
    reminder: str
    form_href: str
    changes: tuple[ChangeRow, ...]


@dataclass(frozen=True, slots=True)
class ReturnsView:
    """`/sessions/{session}/returns`. until: "" while nothing has been sent."""

    session: Link
    action: str
    until: str
    progress: str
    rows: tuple[ReturnRow, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class SaidRow:
    """One line of the unit. text: as it stands; corrected: as the unit would have it."""

    id: str
    time: str
    speaker: str
    language: str
    text: str
    corrected: str
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class WordingAsked:
    """A wording that the unit has not answered. stances: how it may. lacks_reason: it was refused."""

    id: str
    kind: str
    kind_label: str
    text: str
    stances: tuple[Choice, ...]
    reason: str
    lacks_reason: bool = False


@dataclass(frozen=True, slots=True)
class ReturnView:
    """`/return/{token}`: what a unit confirms, corrects, adds and answers."""

    study: str
    session: str
    unit: str
    action: str
    until: str
    is_open: bool
    is_sent: bool
    quoted: tuple[SaidRow, ...]
    others: tuple[SaidRow, ...]
    wordings: tuple[WordingAsked, ...]
    quoting: tuple[Choice, ...]
    added: str
    name: str
    problems: tuple[Problem, ...] = ()
