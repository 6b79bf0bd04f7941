"""The errors raised on purpose.

    ColloquyError
    ├── NotFound        the thing does not exist, or not for this person
    ├── Forbidden       this person may not do this
    ├── Conflict        the state has moved on, or forbids it
    ├── Invalid         what was sent cannot be used
    └── Unavailable     something that is needed is off; try again

Each package derives its own errors from one of the five. An error carries a stable `code` and
fields, never a sentence for people and never an HTTP status: `server.routes.errors` and `web`
translate.
"""


class ColloquyError(Exception):
    """Root of everything raised on purpose.

    code: stable and dotted, such as `proposal.stale_wording`; `fields` say what it was about.
    """

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields


class NotFound(ColloquyError):
    """The thing does not exist, or not for this person."""


class Forbidden(ColloquyError):
    """A person may not do what was asked."""


class Conflict(ColloquyError):
    """The state has moved on since the request was made, or forbids it."""


class Invalid(ColloquyError):
    """What was sent cannot be used; `fields` name what and why."""


class Unavailable(ColloquyError):
    """Something that is needed is off for now; the same request may succeed later."""
