"""What the pages of exports are given."""

from dataclasses import dataclass

from web.views import Choice, Link, Problem


@dataclass(frozen=True, slots=True)
class FormChoice:
    """One form of export: its name, what reads it, and whether it is chosen."""

    value: str
    label: str
    detail: str
    selected: bool


@dataclass(frozen=True, slots=True)
class MadeFileRow:
    """A file that can be fetched."""

    href: str
    label: str
    size: str


@dataclass(frozen=True, slots=True)
class MadeRow:
    """One export: what, when, how far. percent counts where it is_measured.

    cancel, again: where a form is sent to, "" where there is nothing to do.
    """

    id: str
    title: str
    detail: str
    when: str
    state: str
    state_label: str
    is_busy: bool
    is_measured: bool
    percent: int
    files: tuple[MadeFileRow, ...]
    until: str
    problem: str
    cancel: str
    again: str


@dataclass(frozen=True, slots=True)
class ExportsMadeView:
    """`/studies/{study}/exports/made`: one's exports; fetches itself anew while one is busy."""

    live_href: str
    is_busy: bool
    rows: tuple[MadeRow, ...]


@dataclass(frozen=True, slots=True)
class ExportsView:
    """`/studies/{study}/exports`. pseudonyms, sound: what is ticked to begin with."""

    study: Link
    action: str
    forms: tuple[FormChoice, ...]
    sessions: tuple[Choice, ...]
    made: ExportsMadeView
    keep_days: int
    pseudonyms: bool = False
    sound: bool = False
    further: tuple[Link, ...] = ()
    problems: tuple[Problem, ...] = ()
