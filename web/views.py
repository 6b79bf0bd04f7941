"""What each page and fragment is given: frozen, in the reader's language, with nothing left to decide.

Texts are plain strings in the reader's language unless a field says otherwise. Times are ready to
print (`00:12:07`) unless they end in `_seconds`. A condition is a ready boolean.
"""

from dataclasses import dataclass, field

from schemas.session import Language


@dataclass(frozen=True, slots=True)
class Chrome:
    """What surrounds every page. token: the login's CSRF token, "" for strangers."""

    language: Language
    path: str
    nonce: str
    token: str = ""
    person: str = ""
    banner: str = ""
    links: tuple["Link", ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A place to go."""

    href: str
    label: str
    detail: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a picker; `search` holds everything it is found by, folded."""

    value: str
    label: str
    search: str = ""
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with what was sent: which field, and what to do."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text, marked where it answers the words."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class ErrorView:
    """What went wrong and what to do next."""

    status: int
    title: str
    advice: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class KeysView:
    """`/help/keys`: the one table of keys, by where they work."""

    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Change:
    """A run of text that was kept, added or removed (`op`)."""

    op: str
    text: str
