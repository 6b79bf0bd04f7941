"""A round by unit: every unit is asked once, in protocol order; who is skipped can be come back to.

It is the round robin of the nominal group technique: rank and volume do not decide who speaks.
"""

from collections.abc import Sequence
from dataclasses import replace

from schemas.conduct import Round
from schemas.errors import Conflict, Invalid
from schemas.ids import UnitId


def begin(units: Sequence[UnitId]) -> Round:
    """Return a round over these units, the first at its turn. Raises Invalid `round.empty`."""
    order = tuple(dict.fromkeys(units))
    if not order:
        raise Invalid("round.empty")
    return Round(order, order[0])


def heard(now: Round) -> Round:
    """Return the round after the unit at its turn has spoken. Raises Conflict `round.over`."""
    turn = _turn(now)
    done = now.heard if turn in now.heard else (*now.heard, turn)
    return _onward(replace(now, heard=done), turn)


def skipped(now: Round) -> Round:
    """Return the round with the unit at its turn passed over. Raises Conflict `round.over`."""
    turn = _turn(now)
    if turn in now.heard:  # it was called again and has nothing to add
        return _onward(now, turn)
    return _onward(replace(now, skipped=(*now.skipped, turn)), turn)


def called(now: Round, unit: UnitId) -> Round:
    """Return the round with `unit` at its turn, now or again; who came late joins at the end.

    The unit that was at its turn has not spoken, unless it had before.
    """
    order = now.order if unit in now.order else (*now.order, unit)
    rest = tuple(each for each in now.skipped if each != unit)
    return replace(now, order=order, turn=unit, skipped=rest)


def waiting(now: Round) -> Sequence[UnitId]:
    """Return the units that have neither spoken nor been skipped, nor are at their turn."""
    done = {*now.heard, *now.skipped, now.turn}
    return [unit for unit in now.order if unit not in done]


def _turn(now: Round) -> UnitId:
    if now.turn is None:
        raise Conflict("round.over")
    return now.turn


def _onward(now: Round, after: UnitId) -> Round:
    """Give the turn to the next unit behind `after` that waits, else to the first that does."""
    left = waiting(now)
    place = now.order.index(after)
    behind = [unit for unit in left if now.order.index(unit) > place]
    return replace(now, turn=next(iter([*behind, *left]), None))
