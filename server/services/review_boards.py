"""A review round as it is shown: a coder's desk, and the board of those who lead it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from schemas.annotation import Annotation
from schemas.ids import TrackId
from schemas.transcript import Line
from server.domain import reviewing
from server.domain.reviewing import Strategy, Verdict
from server.services.comparison import Comparison
from server.store.reviews import Coder, CoderId, Coding, Remark, Resolution, Round
from server.store.sessions import Sitting
from server.store.studies import Study


@dataclass(frozen=True, slots=True)
class Desk:
    """What one coder codes, and what that coder chose; nothing of anybody else."""

    round: Round
    sitting: Sitting
    coder: Coder
    units: Mapping[int, Sequence[Line]]
    codings: Mapping[int, Coding]


@dataclass(frozen=True, slots=True)
class Heard:
    """The sound of one line of a unit: a stretch of a track, in its own seconds."""

    track_id: TrackId
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Board:
    """A round as its moderators see it. comparison: None while coding goes on.

    notes: what was annotated in the room, by unit; said: all lines of the session, what units leave
    out as well. Both are empty until unblinded.
    """

    study: Study
    round: Round
    sitting: Sitting
    coders: Sequence[Coder]
    units: Mapping[int, Sequence[Line]]
    comparison: Comparison | None
    codings: Mapping[CoderId, Mapping[int, Coding]]
    resolutions: Mapping[int, Resolution]
    notes: Mapping[int, Sequence[Annotation]]
    remarks: Mapping[int, Sequence[Remark]] = field(default_factory=dict)
    said: Sequence[Line] = ()

    @property
    def to_settle(self) -> Sequence[int]:
        """The units that are looked at one by one: the differing ones, or all that anybody saw.

        One whose lines are all gone, withdrawn by their unit, is nobody's to settle.
        """
        if self.comparison is None:
            return ()
        if self.round.strategy is not Strategy.NONE:
            return [at for at in self.comparison.differing if self.units.get(at)]
        return [number for number, unit in self._chosen.items() if unit and self.units[number]]

    @property
    def open(self) -> Sequence[int]:
        """The units that are still to be settled."""
        return [number for number in self.to_settle if number not in self.resolutions]

    def around(self, number: int, most: int) -> tuple[Sequence[Line], Sequence[Line]]:
        """Return up to `most` lines before a unit, and behind it."""
        ids = {line.id for line in self.units[number]}
        places = [at for at, line in enumerate(self.said) if line.id in ids]
        first, behind = places[0], places[-1] + 1
        return self.said[max(0, first - most) : first], self.said[behind : behind + most]

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        """What the review says of entries, as it is settled now."""
        settled = {number: (one.outcome, one.codes) for number, one in self.resolutions.items()}
        return reviewing.verdicts(self._chosen, settled)

    @property
    def _chosen(self) -> Mapping[int, Mapping[str, frozenset[str]]]:
        return {
            number: {
                str(coder): chosen[number].codes
                for coder, chosen in self.codings.items()
                if number in chosen
            }
            for number in self.units
        }
