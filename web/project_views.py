"""What the pages of projects of other tools are given."""

from dataclasses import dataclass

from web.views import Choice, Link, Problem


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One import in the list."""

    link: Link
    detail: str
    when: str
    state: str
    state_label: str


@dataclass(frozen=True, slots=True)
class ProjectsView:
    """`/studies/{study}/projects`: what was brought in, and the form that brings something in."""

    study: Link
    action: str
    rows: tuple[ImportRow, ...]
    further: tuple[Link, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """How many of what, with a remark where one is needed."""

    label: str
    count: int
    remark: str = ""


@dataclass(frozen=True, slots=True)
class SampleRow:
    """What one selection covers, counted as chosen; named: what its writer called it."""

    title: str
    before: str
    words: str
    after: str
    named: str
    verdict: str
    is_bad: bool


@dataclass(frozen=True, slots=True)
class TextRow:
    """One text: what it would become, and what is in it."""

    field: str
    title: str
    becomes: tuple[Choice, ...]
    pieces: int
    codings: int
    memos: int
    lost: int


@dataclass(frozen=True, slots=True)
class ProjectView:
    """`/projects/{import}`: what an import would do, does or did.

    is_open: it can be chosen and brought in. is_busy: it is being brought in; the page fetches
    itself anew. live_href: where from. way_note: how sure the way of counting is.
    """

    study: Link
    list: Link
    title: str
    facts: tuple[str, ...]
    action: str
    live_href: str
    state_label: str
    is_open: bool
    is_busy: bool
    is_measured: bool
    percent: int
    problem: str
    found: tuple[Count, ...] = ()
    left: tuple[Count, ...] = ()
    made: tuple[Count, ...] = ()
    made_links: tuple[Link, ...] = ()
    ways: tuple[Choice, ...] = ()
    way_note: str = ""
    samples: tuple[SampleRow, ...] = ()
    stages: tuple[Choice, ...] = ()
    texts: tuple[TextRow, ...] = ()
    more_texts: int = 0
    can_ask: bool = False
    can_take_back: bool = False
    job_cancel: str = ""
    problems: tuple[Problem, ...] = ()
