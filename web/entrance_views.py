"""What the pages are given on which people come in: lobby, sign-in, joining, seats."""

from dataclasses import dataclass

from web.views import Choice, Link, Problem


@dataclass(frozen=True, slots=True)
class LobbyView:
    """`/`: join by code; for who is signed in, their studies and sessions."""

    studies: tuple[Link, ...]
    sessions: tuple["SessionCard", ...]
    can_sign_in: bool
    problems: tuple[Problem, ...] = ()
    can_make_study: bool = False


@dataclass(frozen=True, slots=True)
class LoginView:
    """`/login`."""

    login: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class JoinView:
    """`/join` after the code was right: name, unit, notice. A seat card fixes name and unit."""

    action: str
    session_title: str
    study_title: str
    code: str
    name: str
    units: tuple[Choice, ...]
    fixed: bool
    unit_name: str
    notice: tuple[str, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionCard:
    """One session in a list."""

    href: str
    title: str
    kind: str
    state: str
    is_live: bool
    language: str
    code: str
    ways: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class SeatCard:
    """One seat card; `qr_path` and `modules` as `web.qr.qr_path` gives them."""

    name: str
    unit: str
    url: str
    qr_path: str
    modules: int


@dataclass(frozen=True, slots=True)
class SeatsView:
    """`/sessions/{session}/seats`, made to be printed."""

    session_title: str
    code: str
    cards: tuple[SeatCard, ...]
    code_url: str = ""
    code_qr_path: str = ""
    code_modules: int = 0
    waiting: tuple["WaitingRow", ...] = ()
    action: str = ""


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """Somebody who came by the code and waits for a seat; key: of the command that gives it."""

    person_id: str
    name: str
    unit: str
    key: str
