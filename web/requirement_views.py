"""What the pages of the requirement specification are given: the list, and one requirement."""

from dataclasses import dataclass

from web.report_views import Quote
from web.views import Choice, Link, Problem


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """One requirement in the list. shaken: what it rests on was retracted, in words."""

    number: str
    link: Link
    facts: tuple[str, ...]
    entries: tuple[Link, ...]
    is_withdrawn: bool
    shaken: str = ""


@dataclass(frozen=True, slots=True)
class RequirementsView:
    """`/studies/{study}/requirements`. fresh: problems that no requirement answers yet."""

    study: Link
    document: Link
    rows: tuple[RequirementRow, ...]
    fresh: tuple[Choice, ...]
    covered: tuple[Choice, ...]
    action: str
    key: str
    may_change: bool
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class PairOfTexts:
    """One text of a requirement in both languages, as two fields of a form."""

    name: str
    label_en: str
    label_zh: str
    en: str
    zh: str
    most: int
    rows: int


@dataclass(frozen=True, slots=True)
class PastVersion:
    """One earlier or present version: when, who, why, and what it said."""

    title: str
    detail: str
    statement: str


@dataclass(frozen=True, slots=True)
class RequirementView:
    """`/requirements/{requirement}`: one requirement, edited by who may, with its versions.

    weighing: label and text of what was said of its solutions, and of the units' marks. quotes: the
    lines that it is traced to, as its document quotes them.
    """

    study: Link
    number: str
    statement: str
    base: int
    action: str
    texts: tuple[PairOfTexts, ...]
    priorities: tuple[Choice, ...]
    standings: tuple[Choice, ...]
    entries: tuple[Choice, ...]
    units: tuple[Choice, ...]
    traces: tuple[Link, ...]
    versions: tuple[PastVersion, ...]
    before: Link | None
    following: Link | None
    may_change: bool
    saved: bool = False
    shaken: str = ""
    weighing: tuple[tuple[str, str], ...] = ()
    quotes: tuple[Quote, ...] = ()
    problems: tuple[Problem, ...] = ()
