"""What the page of a study's organisation is given: what units came from, departments."""

from dataclasses import dataclass

from web.preparing_views import NamedRow
from web.views import Choice, Link, Problem


@dataclass(frozen=True, slots=True)
class SuccessionFields:
    """One succession; an empty unit is a row to fill in."""

    unit: str = ""
    change: str = ""
    origin: str = ""
    en: str = ""
    zh: str = ""
    on: str = ""


@dataclass(frozen=True, slots=True)
class DepartmentList:
    """The departments of one theme as a form."""

    id: str
    title: str
    action: str
    rows: tuple[NamedRow, ...]


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """`/studies/{study}/organisation`. saved: which part was just stored, "" for none."""

    study: Link
    base: str
    rows: tuple[SuccessionFields, ...]
    units: tuple[Choice, ...]
    changes: tuple[Choice, ...]
    lists: tuple[DepartmentList, ...]
    saved: str = ""
    problems: tuple[Problem, ...] = ()
