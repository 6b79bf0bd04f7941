"""How a unit lets itself be quoted, and what of a quotation a document may then print."""

from enum import StrEnum


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
