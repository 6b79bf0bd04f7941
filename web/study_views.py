"""What a study's page is given."""

from dataclasses import dataclass

from web.entrance_views import SessionCard


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit of a theme."""

    name: str
    other_name: str
    kind: str
    aliases: str


@dataclass(frozen=True, slots=True)
class ThemeBlock:
    """One theme with its units in protocol order."""

    title: str
    units: tuple[UnitRow, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How many of something there are, in a word: "Problems", 12."""

    label: str
    number: int


@dataclass(frozen=True, slots=True)
class StudyView:
    """`/studies/{study}`: how far it is, its sessions, and the ways to everything else.

    standing: what has come of it so far; for who runs the study, what is being settled as well.
    """

    title: str
    city: str
    stages: tuple[str, ...]
    sessions: tuple[SessionCard, ...]
    themes: tuple[ThemeBlock, ...]
    standing: tuple[Count, ...]
    study_id: str
    taxonomy_href: str
    is_moderator: bool
    report_href: str = ""
    requirements_href: str = ""
    solutions_href: str = ""
    inherited_href: str = ""
    before: str = ""
    """The title of the study that this one follows; fates: what became of what it took over."""
    fates: tuple[tuple[str, str, str], ...] = ()
    prepare_href: str = ""
    new_session_href: str = ""
    gaps_href: str = ""
    matrix_href: str = ""
    sources_href: str = ""
    questionnaires_href: str = ""
    unheard_href: str = ""
    exports_href: str = ""
    projects_href: str = ""
