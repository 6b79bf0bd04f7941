"""One difference of a review in the reader's language: both codings, what surrounds it, what was decided."""

from collections.abc import Mapping, Sequence

from schemas.transcript import Line
from server.domain import dates
from server.domain.reviewing import Outcome, RoundState, two_sides
from server.routes.review_view import said, settled_as, unit_of
from server.services.review_boards import Board
from web.i18n import Translator
from web.review_views import Around, Difference, RemarkRow, SettlingView, Side
from web.views import Choice, Link

CONTEXT = 3
"""Lines before and behind a unit."""
MOST_REASONS = 8


def settling_view(
    board: Board, number: int, typed: Mapping[str, str], into: Translator, problem: str
) -> SettlingView:
    """Return the page of one difference; typed: what a refused form held."""
    shown = board.to_settle
    at = shown.index(number)
    later = [each for each in board.open if each != number]
    ahead = next((each for each in later if each > number), later[0] if later else None)
    here = f"/reviews/{board.round.id}"

    def address(place: int) -> str:
        return f"{here}/differences/{shown[place]}" if 0 <= place < len(shown) else ""

    return SettlingView(
        title=into.text("review.difference", number=str(at + 1), all=str(len(shown))),
        back=Link(f"{here}#differences-title", into.text("review.title")),
        place=into.text("review.left", count=str(len(board.open))),
        one=_difference(number, board, typed, into),
        can_settle=board.round.state is RoundState.UNBLINDED,
        previous=address(at - 1),
        next=address(at + 1),
        open="" if ahead is None else f"{here}/differences/{ahead}",
        problem=problem,
    )


def next_open(board: Board, number: int) -> str:
    """Return where one goes from a difference that was settled: the next open one, else the sign-off."""
    left = board.open
    here = f"/reviews/{board.round.id}"
    ahead = next((each for each in left if each > number), left[0] if left else None)
    return f"{here}#sign-title" if ahead is None else f"{here}/differences/{ahead}"


def _difference(
    number: int, board: Board, typed: Mapping[str, str], into: Translator
) -> Difference:
    language, here = into.language, f"/reviews/{board.round.id}"
    labels = {code.entry_id: code.label.in_(language) for code in board.round.codebook}
    settled = board.resolutions.get(number)
    before, behind = board.around(number, CONTEXT)
    chosen = typed.get("outcome") or (settled.outcome.value if settled else "")
    code = typed.get("code") or next(iter(settled.codes), "") if settled else typed.get("code", "")
    return Difference(
        unit=unit_of(number, board.units[number]),
        before=_around(before),
        behind=_around(behind),
        sides=_sides(number, board, labels, into),
        room=tuple(
            f"{into.text(f'kind.{note.kind.value}')}: {note.text}" for note in board.notes[number]
        ),
        settled=settled_as(settled, labels, into) if settled else "",
        reason=typed.get("reason") or (settled.reason if settled else ""),
        action=f"{here}/resolutions",
        outcomes=_outcomes(number, board, labels, chosen, into),
        codes=tuple(
            Choice(
                each.entry_id,
                each.label.in_(language),
                selected=each.entry_id == code and chosen == Outcome.NEW.value,
            )
            for each in board.round.codebook
            if each.kind != "category"
        ),
        remarks=tuple(
            RemarkRow(one.by, dates.moment(one.at), one.text)
            for one in board.remarks.get(number, ())
        ),
        remark_action=f"{here}/remarks",
        reasons=tuple(dict.fromkeys(one.reason for one in board.resolutions.values()))[
            -MOST_REASONS:
        ],
    )


def _sides(
    number: int, board: Board, labels: Mapping[str, str], into: Translator
) -> tuple[Side, ...]:
    names = {coder.id: coder.name for coder in board.coders}
    return tuple(
        Side(names[coder], said(chosen[number].codes, labels, into), chosen[number].memo)
        for coder, chosen in board.codings.items()
        if number in chosen
    )


def _outcomes(
    number: int, board: Board, labels: Mapping[str, str], chosen: str, into: Translator
) -> tuple[Choice, ...]:
    seen = {str(coder): of[number].codes for coder, of in board.codings.items() if number in of}
    alike = next(iter(seen.values()), frozenset[str]())
    one_side, other_side = two_sides(seen) or (alike, alike)
    told = {
        Outcome.ONE: f"A: {said(one_side, labels, into)}",
        Outcome.OTHER: f"B: {said(other_side, labels, into)}",
    }
    return tuple(
        Choice(
            one.value,
            told.get(one) or into.text(f"review_outcome.{one.value}"),
            selected=chosen == one.value,
        )
        for one in Outcome
    )


def _around(lines: Sequence[Line]) -> tuple[Around, ...]:
    return tuple(Around(line.speaker, line.text, line.language.value) for line in lines)
