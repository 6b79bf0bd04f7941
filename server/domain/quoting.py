"""How a unit lets itself be quoted, and what of a quotation a document may then print."""

from enum import StrEnum

from schemas.session import Language


class Quoting(StrEnum):
    """A unit's choice for what it said in one session."""

    NAME = "name"
    WITHOUT = "without"
    NOT = "not"


class Print(StrEnum):
    """What a document prints of one line: all of it, the words alone, or nothing."""

    WHOLE = "whole"
    WORDS = "words"
    NOTHING = "nothing"


def printable(choice: Quoting, *, withdrawn: bool) -> Print:
    """Return what may be printed; a withdrawn quotation never is, whatever was chosen."""
    if withdrawn or choice is Quoting.NOT:
        return Print.NOTHING
    return Print.WORDS if choice is Quoting.WITHOUT else Print.WHOLE


def withdrawn_text(language: Language) -> str:
    """Return what the session's document shows in the place of a line that its unit withdrew.

    In the session's language, as everybody reads the same document.
    """
    if language is Language.ZH:
        return "单位在核对记录时撤回了这条发言。"
    return "The unit withdrew this when the record was returned to it."
