"""What a review codes: units cut from lines before anybody codes, and what becomes of differences.

A unit is a speaker's turn, or a line; it is cut once and numbered. Lines that hold nothing but
fillers are left out by the list below, never by judgement.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import groupby

from schemas.transcript import Line

FILLERS = frozenset(
    ["ah", "eh", "er", "erm", "hm", "hmm", "mhm", "mm", "okay", "ok", "right", "uh", "um", "yeah", "yes", "no", "so", "well", "thanks"]
) | frozenset({"嗯", "啊", "哦", "呃", "额", "对", "对对", "好", "好的", "是", "是的", "行", "那个", "谢谢"})  # fmt: skip
"""Words that alone say nothing that could be coded; the round's page prints this list."""

_WORD = re.compile(r"\w+")


class Cut(StrEnum):
    """The unit of coding."""

    TURN = "turn"
    LINE = "line"


class Outcome(StrEnum):
    """How a difference between coders was settled."""

    ONE = "one"  # as the first coder of two differing codings had it
    OTHER = "other"
    BOTH = "both"
    NEITHER = "neither"
    NEW = "new"
    BACK = "back"


class RoundState(StrEnum):
    """Where a review round is."""

    CODING = "coding"
    UNBLINDED = "unblinded"
    SIGNED_OFF = "signed_off"


def is_filler(text: str) -> bool:
    """Whether a line holds fillers only, or no word at all."""
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return all(word in FILLERS for word in words)


def cut(lines: Sequence[Line], how: Cut) -> Sequence[Sequence[Line]]:
    """Return the units, in order, each with its lines; lines in order of time.

    A turn is an unbroken run of one speaker's lines; a filler by somebody else does not break it.
    """
    said = [line for line in lines if not is_filler(line.text)]
    if how is Cut.LINE:
        return [[line] for line in said]
    return [list(turn) for _, turn in groupby(said, key=_speaker)]


def _speaker(line: Line) -> str:
    return line.person_id or line.speaker


def settle(
    outcome: Outcome, codings: Sequence[frozenset[str]], chosen: frozenset[str]
) -> frozenset[str]:
    """Return the codes that stand after a difference was settled.

    codings: the two differing ones, first and other. chosen: the codes of outcome `new`.
    """
    one, other = codings
    match outcome:
        case Outcome.ONE:
            return one
        case Outcome.OTHER:
            return other
        case Outcome.BOTH:
            return one | other
        case Outcome.NEITHER | Outcome.BACK:
            return frozenset()
        case Outcome.NEW:
            return chosen


def two_sides(unit: Mapping[str, frozenset[str]]) -> tuple[frozenset[str], frozenset[str]] | None:
    """Return the two codings that most coders chose, None where all who saw it agree."""
    counts: dict[frozenset[str], int] = {}
    for codes in unit.values():
        counts[codes] = counts.get(codes, 0) + 1
    if len(counts) < 2:
        return None
    ranked = sorted(counts, key=lambda codes: (-counts[codes], sorted(codes)))
    return ranked[0], ranked[1]
