"""What a review codes: units cut from lines before anybody codes, and what becomes of differences.

A unit is a speaker's turn, a line, or a segment between moments that a person named; it is cut
once and numbered. Lines that hold nothing but fillers are left out by the list below, never by
judgement.
"""

import random
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from schemas.errors import Invalid
from schemas.session import Bilingual
from schemas.transcript import Line

FILLERS = frozenset(
    ["ah", "eh", "er", "erm", "hm", "hmm", "mhm", "mm", "okay", "ok", "right", "uh", "um", "yeah", "yes", "no", "so", "well", "thanks"]
) | frozenset({"嗯", "啊", "哦", "呃", "额", "对", "对对", "好", "好的", "是", "是的", "行", "那个", "谢谢"})  # fmt: skip
"""Words that alone say nothing that could be coded; the round's page prints this list."""

_WHOLE = Bilingual()
_WORD = re.compile(r"\w+")
_MOMENT = re.compile(r"(?:([0-9]{1,2}):)?([0-9]{1,3}):([0-5][0-9])")


class Cut(StrEnum):
    """The unit of coding."""

    TURN = "turn"
    LINE = "line"
    SEGMENT = "segment"  # from one moment that a person named to the next


class Outcome(StrEnum):
    """How a difference between coders was settled."""

    ONE = "one"  # as the first coder of two differing codings had it
    OTHER = "other"
    BOTH = "both"
    NEITHER = "neither"
    NEW = "new"
    BACK = "back"


class Strategy(StrEnum):
    """What a person may have settled before the differences are looked at one by one.

    ALIKE: units that all coded alike stand. MAJORITY: those, and where more than half of those who
    saw a unit chose the same. NONE: nothing stands by itself: units that all coded alike are looked
    at one by one as well. No strategy touches what a person has decided.
    """

    ALIKE = "alike"
    MAJORITY = "majority"
    NONE = "none"


class Verdict(StrEnum):
    """What a review says of an entry when it is signed off."""

    CONFIRMED = "confirmed"
    RETURNED = "returned"
    RETRACTED = "retracted"


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a session a round codes. step: its title, empty for the whole session.

    sample: how many units were drawn, of how many there were; 0 where all are coded.
    """

    step: Bilingual = _WHOLE
    sample: int = 0
    of: int = 0


class RoundState(StrEnum):
    """Where a review round is."""

    CODING = "coding"
    UNBLINDED = "unblinded"
    SIGNED_OFF = "signed_off"


def is_filler(text: str) -> bool:
    """Whether a line holds fillers only, or no word at all."""
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return all(word in FILLERS for word in words)


def cut(lines: Sequence[Line], how: Cut, begins: Sequence[float] = ()) -> Sequence[Sequence[Line]]:
    """Return the units, in order, each with its lines; lines in order of time.

    A turn is an unbroken run of one speaker's lines; a filler by somebody else does not break it.
    begins: where segments begin, in order, seconds of the session; before the first is one as well.
    """
    said = [line for line in lines if not is_filler(line.text)]
    match how:
        case Cut.LINE:
            return [[line] for line in said]
        case Cut.TURN:
            return [list(turn) for _, turn in groupby(said, key=_speaker)]
        case Cut.SEGMENT:
            parts = groupby(said, key=lambda line: bisect_right(begins, line.at))
            return [list(part) for _, part in parts]


def moments(text: str) -> Sequence[float]:
    """Return the moments written one in a line, as 12:07 or 1:12:07, in order.

    Raises Invalid `review.begins` with the line that is none, or where there is no moment at all.
    """
    found = []
    for row in filter(None, (row.strip() for row in text.splitlines())):
        match = _MOMENT.fullmatch(unicodedata.normalize("NFKC", row))
        if match is None:
            raise Invalid("review.begins", line=row[:40])
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        found.append(float(3600 * hours + 60 * minutes + seconds))
    if not found:
        raise Invalid("review.begins", line="")
    return sorted(found)


def drawn(units: Sequence[Sequence[Line]], size: int, seed: int) -> Sequence[Sequence[Line]]:
    """Return `size` of the units, in their order: the same ones for the same seed, for ever."""
    chosen = random.Random(seed).sample(range(len(units)), min(size, len(units)))  # noqa: S311
    return [units[at] for at in sorted(chosen)]


def majority(unit: Mapping[str, frozenset[str]]) -> frozenset[str] | None:
    """Return the coding that more than half of those who saw the unit chose; None without one."""
    sides = two_sides(unit)
    if sides is None:
        return None
    votes = sum(codes == sides[0] for codes in unit.values())
    return sides[0] if 2 * votes > len(unit) else None


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


def verdicts(
    units: Mapping[int, Mapping[str, frozenset[str]]],
    settled: Mapping[int, tuple[Outcome, frozenset[str]]],
) -> Mapping[str, Verdict]:
    """Return what a review says of each code that was used or settled on.

    units: what each coder chose, by number. settled: how differences were settled, and the codes
    that stand then. A code is returned if a unit where somebody chose it goes back to the unit,
    else confirmed if it stands anywhere, else retracted: nobody's use of it was upheld.
    """
    stands: set[str] = set()
    returned: set[str] = set()
    used: set[str] = set()
    for number, unit in units.items():
        chosen = frozenset[str]().union(*unit.values())
        outcome, codes = settled.get(number, (None, chosen))
        used |= chosen | codes
        if outcome is Outcome.BACK:
            returned |= chosen
        else:
            stands |= codes
    return {
        code: Verdict.RETURNED
        if code in returned
        else Verdict.CONFIRMED
        if code in stands
        else Verdict.RETRACTED
        for code in used
    }


def two_sides(unit: Mapping[str, frozenset[str]]) -> tuple[frozenset[str], frozenset[str]] | None:
    """Return the two codings that most coders chose, None where all who saw it agree."""
    counts: dict[frozenset[str], int] = {}
    for codes in unit.values():
        counts[codes] = counts.get(codes, 0) + 1
    if len(counts) < 2:
        return None
    ranked = sorted(counts, key=lambda codes: (-counts[codes], sorted(codes)))
    return ranked[0], ranked[1]
