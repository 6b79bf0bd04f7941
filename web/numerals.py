"""Numbers of headings: 1, 1.1 in English; 一、（一）1. as Chinese official documents have them."""

from schemas.session import Language

_DIGITS = "零一二三四五六七八九"


def section_number(number: int, language: Language) -> str:
    """Return the number of a section, counted from 1."""
    return f"{chinese(number)}、" if language is Language.ZH else f"{number}."


def statement_number(section: int, number: int, language: Language) -> str:
    """Return the number of a statement inside its section, counted from 1."""
    return f"（{chinese(number)}）" if language is Language.ZH else f"{section}.{number}"


def third_number(number: int) -> str:
    """Return the number of what stands below a statement, in the Chinese official layout."""
    return f"{number}."


def fourth_number(number: int) -> str:
    """Return the number of what stands below that."""
    return f"（{number}）"


def chinese(number: int) -> str:
    """Return a number from 1 to 999 in Chinese characters."""
    if not 0 < number < 1000:
        raise ValueError(f"{number} is not a heading's number")
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    found = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        found += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        found += "零"
    return found + (_DIGITS[ones] if ones else "")
