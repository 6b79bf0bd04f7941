"""What the page of units that were not heard is given."""

from dataclasses import dataclass

from web.views import Link, Problem


@dataclass(frozen=True, slots=True)
class WaitingUnit:
    """A unit that was not heard on a wording.

    value: of its box in the form, "" once it was asked. asked: how far that is, leading to the board.
    url: its own link, to be sent again.
    """

    name: str
    value: str
    chosen: bool
    asked: Link | None
    url: str


@dataclass(frozen=True, slots=True)
class UnheardRow:
    """An entry, or a wording that is not settled, with the units that it waits for."""

    id: str
    kind: str
    kind_label: str
    about: Link
    units: tuple[WaitingUnit, ...]


@dataclass(frozen=True, slots=True)
class UnheardView:
    """`/studies/{study}/unheard`. may_ask: some unit was not asked yet."""

    study: Link
    action: str
    progress: str
    rows: tuple[UnheardRow, ...]
    due: str
    may_ask: bool
    problems: tuple[Problem, ...] = ()
