"""Texts of lines put together, taken apart and replaced: what corrections do to the words."""

import re
import unicodedata


def tidy(text: str) -> str:
    """Return text as a line holds it: one row, single spaces, no control characters."""
    clean = "".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in text)
    return " ".join(clean.split())


def joined(first: str, second: str) -> tuple[str, int]:
    """Return two texts as one, and where the second begins; Chinese needs no space between."""
    is_close = not first or _is_wide(first[-1]) or not second or _is_wide(second[0])
    between = "" if is_close else " "
    return first + between + second, len(first) + len(between)


def replaced(text: str, wrong: str, right: str) -> str:
    """Return `text` with `wrong` replaced wherever it stands as a word of its own.

    Capitals do not matter; in Chinese, which has no word limits, any occurrence counts.
    """
    before = r"(?<![A-Za-z0-9])" if wrong[:1].isascii() and wrong[:1].isalnum() else ""
    after = r"(?![A-Za-z0-9])" if wrong[-1:].isascii() and wrong[-1:].isalnum() else ""
    pattern = re.compile(before + re.escape(wrong) + after, re.IGNORECASE)
    return pattern.sub(lambda _: right, text)


def _is_wide(sign: str) -> bool:
    """Chinese signs and punctuation; emoji are as wide, but stand between spaces."""
    return unicodedata.east_asian_width(sign) in "WF" and unicodedata.category(sign) != "So"
