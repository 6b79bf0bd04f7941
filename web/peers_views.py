"""What the page is given on which foreign programs are let into a session."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PeerRow:
    """One bearer token. revoked: when, "" while it lets in."""

    id: str
    name: str
    issued: str
    revoked: str
    revoke_action: str


@dataclass(frozen=True, slots=True)
class PeersView:
    """`/sessions/{session}/peers`. issued: a new token, shown this once, else ""."""

    session_title: str
    session_href: str
    action: str
    socket: str
    rows: tuple[PeerRow, ...] = ()
    issued: str = ""
