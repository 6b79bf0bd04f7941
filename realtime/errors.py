"""Errors of the rooms.

Invalid
└── Malformed      bytes that are no message or no update; `sync.malformed`, `sync.too_large`
Forbidden
└── Refused        an update that this person may not make; codes `gate.…`
Unavailable
├── room.load_failed   the document could not be read; nobody gets an empty one instead
└── room.not_saved     the log has not taken what was asked for in time
"""

from schemas.errors import Forbidden, Invalid


class Malformed(Invalid):
    """Bytes that cannot be read; `fields["detail"]` says where reading stopped."""

    def __init__(self, detail: str, code: str = "sync.malformed") -> None:
        super().__init__(code, detail=detail)
        self.detail = detail


class Refused(Forbidden):
    """A well-formed update that its sender may not make; `detail` names the rule for its browser."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail=detail)
        self.detail = detail
