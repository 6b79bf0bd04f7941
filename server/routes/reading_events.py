"""What happened in a room as the reader of its record tells it: steps, wordings, positions, promotions.

Events name things by id. A position is told by unit where the room may know it once the session is
closed (`negotiation.shown`), else only that one was taken.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from schemas.ids import LineId, UnitId
from schemas.taxonomy import Proposal, Stance
from server.services.reading import Transcript
from server.store.events import Event
from web.i18n import Translator
from web.session_views import ReaderNote

Said = tuple[str, str]
"""What kind of thing happened, and what it was about."""


def placed(found: Transcript) -> Mapping[LineId, Sequence[Event]]:
    """Return what is told by the last line that was said before it; what was before all, by the first.

    A step is left out where the next line stands under its title anyway.
    """
    starts = [line.at for line in found.lines]
    placed: defaultdict[LineId, list[Event]] = defaultdict(list)
    for event in found.happened:
        if event.session_time is None or event.action not in _TOLD or not found.lines:
            continue
        after = bisect_right(starts, event.session_time)
        following = found.lines[after].step_id if after < len(found.lines) else None
        if event.action == "session.step" and event.body.get("step") == following:
            continue
        placed[found.lines[max(0, after - 1)].id].append(event)
    return placed


def told(event: Event, found: Transcript, into: Translator) -> ReaderNote | None:
    """Return an event in the reader's language; None where it says nothing to a reader."""
    said = _TOLD[event.action](event, found, into)
    if said is None:
        return None
    return ReaderNote(
        kind="",
        kind_label=said[0],
        text=said[1],
        by="" if "position" in event.action else event.actor,
        language=into.language.value,
        at_seconds=max(0.0, round(event.session_time or 0.0, 2)),
    )


def begun(found: Transcript) -> Mapping[str, float]:
    """Return when each step of the agenda first began, as far as it was reached."""
    times: dict[str, float] = {}
    for line in found.lines:
        if line.step_id is not None:
            times.setdefault(line.step_id, line.at)
    for event in found.happened:
        if event.action == "session.step" and event.session_time is not None:
            step = str(event.body.get("step"))
            times[step] = min(times.get(step, event.session_time), max(0.0, event.session_time))
    return times


def seconds(found: Transcript) -> float:
    """Return how long the session took: to its closing, else to the last that was said or done."""
    session = found.session
    times = [line.at for line in found.lines]
    times += [one.session_time or 0.0 for one in found.happened if one.action in _LIVE]
    if session.opened_at is not None:
        noted = (note.at - session.opened_at for notes in found.notes.values() for note in notes)
        times += noted
    return max((0.0, *times))


def _proposal(event: Event, found: Transcript) -> Proposal | None:
    return found.proposals.get(str(event.body.get("proposal", event.subject)))


def _about(event: Event, found: Transcript, into: Translator) -> str:
    """The entry's label, else the wording as it was then."""
    label = found.labels.get(event.subject)
    if label is not None:
        return label.in_(into.language)
    proposal = _proposal(event, found)
    if proposal is None or not proposal.wordings:
        return ""
    number = event.body.get("number", event.base_version)
    then = [one.text for one in proposal.wordings if one.number == number]
    return then[0] if then else proposal.wordings[-1].text


def _plainly(word: str) -> Callable[[Event, Transcript, Translator], Said | None]:
    return lambda event, found, into: (into.text(word), _about(event, found, into))


def _position(event: Event, found: Transcript, into: Translator) -> Said | None:
    word = "reader.position_taken"
    if event.action == "proposal.position_returned":
        word = "reader.position_returned"
    proposal, unit = _proposal(event, found), event.body.get("unit")
    name = found.units.get(UnitId(str(unit)))
    about, stance = _about(event, found, into), event.body.get("stance")
    if proposal is None or proposal.id not in found.by_unit or name is None:
        return into.text(word), about
    stands = into.text(f"stance.{Stance(str(stance)).value}")
    said = into.text("reader.position", unit=name.in_(into.language), stance=stands, wording=about)
    return into.text(word), said


def _step(event: Event, found: Transcript, into: Translator) -> Said | None:
    titles = {str(step.id): step.title.in_(into.language) for step in found.steps}
    title = titles.get(str(event.body.get("step")), "")
    return (into.text("reader.step"), title) if title else None


def _state(event: Event, found: Transcript, into: Translator) -> Said | None:
    return (into.text("reader.closed"), "") if event.body.get("state") == "closed" else None


def _bare(word: str) -> Callable[[Event, Transcript, Translator], Said | None]:
    return lambda event, found, into: (into.text(word), "")


_TOLD: Mapping[str, Callable[[Event, Transcript, Translator], Said | None]] = {
    "session.step": _step,
    "session.state": _state,
    "session.quiet": _bare("reader.quiet"),
    "session.notes_in": _bare("reader.notes_in"),
    "proposal.wording_put": _plainly("reader.wording_put"),
    "proposal.position_taken": _position,
    "proposal.position_returned": _position,
    "proposal.revealed": _plainly("reader.revealed"),
    "proposal.reopened": _plainly("reader.reopened"),
    "proposal.dropped": _plainly("reader.dropped"),
    "proposal.deferred": _plainly("reader.deferred"),
    "proposal.kept_contested": _plainly("reader.kept_contested"),
    "proposal.promotion_undone": _plainly("reader.promotion_undone"),
    "entry.promoted": _plainly("reader.promoted"),
    "entry.evidence_added": _plainly("reader.evidence"),
}
_LIVE = frozenset(_TOLD) - {"proposal.position_returned"}
