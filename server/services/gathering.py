"""Gathering a study for exports: one consistent reading, without anything that may not leave it.

Left out here, once for every format: struck lines (they have no row any more), withdrawn notes,
drafts and private memos, private objections, positions that the room does not see by unit, and
the codings of rounds that are still blind. Notes stand where their words are now.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypedDict

from schemas.annotation import Anchor, Annotation
from schemas.errors import NotFound
from schemas.ids import LineId, SessionId, StudyId, TrackId, UnitId
from schemas.session import SessionState
from schemas.taxonomy import Proposal
from schemas.transcript import Edit, Line
from server.domain import anchors, negotiation
from server.domain.anchors import Place
from server.domain.corpus import (
    Coded,
    Corpus,
    Happened,
    Heir,
    Linked,
    Marked,
    Negotiated,
    PutWording,
    Recorded,
    Reviewed,
    Sitting,
    Titled,
    Told,
    Version,
    Weighed,
    Work,
    quotable,
)
from server.domain.negotiation import Rule
from server.domain.quoting import Print
from server.domain.reviewing import RoundState
from server.store import (
    annotations,
    coders,
    discretion,
    entries,
    events,
    inheriting,
    lines,
    passage_rows,
    priorities,
    proposals,
    reports,
    returns,
    reviews,
    solutions,
    studies,
    tracks,
    versions,
)
from server.store import sessions as session_rows
from server.store.database import Database
from server.store.database import Work as Unit

MOST_EVENTS_AT_ONCE = 2_000

Report = Callable[[int, int], None]
"""Told how many sessions of how many are read."""


def _unheard(_done: int, _total: int) -> None:
    """Nobody listens."""


async def gather(
    database: Database,
    study_id: StudyId,
    *,
    now: float,
    only: SessionId | None = None,
    report: Report = _unheard,
) -> Corpus:
    """Read a study as it may leave; `only`: of its sessions none but this one.

    Raises NotFound `study.unknown`, or `session.unknown` for a session of another study.
    """
    async with database.read(snapshot=True) as work:
        study = await studies.get(work, study_id)
        listed = list(reversed(await session_rows.of_study(work, study_id)))
        if only is not None:
            await _require(work, only, study_id)
            listed = [one for one in listed if one.session.id == only]
        limits = await returns.limits(work, study_id)
        sittings = []
        for number, row in enumerate(listed):
            report(number, len(listed))
            sittings.append(await _sitting(work, row, limits))
        report(len(listed), len(listed))
        corpus = Corpus(
            study_id=study_id,
            title=study.title,
            city=study.city,
            languages=study.languages,
            marking=study.marking,
            made_at=now,
            stages=tuple(
                Titled(one.id, one.number, one.title)
                for one in await studies.stages(work, study_id)
            ),
            themes=tuple(
                Titled(one.id, one.number, one.title, tuple(unit.id for unit in one.units))
                for one in await studies.themes(work, study_id)
            ),
            units=tuple(await studies.units(work, study_id)),
            works=await _works(work, study_id) if only is None else (),
            passages=tuple(await passage_rows.of_study(work, study_id)) if only is None else (),
            sittings=tuple(sittings),
            entries=await _entries(work, study_id, sittings),
            links=tuple(
                Linked(one.from_id, one.to_id, one.kind)
                for one in await entries.links_of_study(work, study_id)
            ),
            **await _weighing(work, study_id, sittings, only),
            versions=tuple(
                Version(one.id, one.name, one.seq, one.by, one.at)
                for one in await versions.named(work, study_id)
            ),
            reviews=tuple(
                [one for sitting in sittings for one in await _reviews(work, sitting.session.id)]
            ),
            events=await _events(work, study_id, only),
        )
        return quotable(corpus, limits)


class _Weighing(TypedDict):
    weighed: tuple[Weighed, ...]
    marked: tuple[Marked, ...]
    heirs: tuple[Heir, ...]


async def _weighing(
    work: Unit, study_id: StudyId, sittings: Sequence[Sitting], only: SessionId | None
) -> _Weighing:
    """What stands of the study's solutions, priorities and inheritance; not part of one session."""
    if only is not None:
        return {"weighed": (), "marked": (), "heirs": ()}
    notes = {note.id for sitting in sittings for note in sitting.notes}
    standing = await solutions.of_study(work, study_id)
    origins = await inheriting.origins(work, study_id)
    return {
        "weighed": tuple(
            Weighed(solution, one.version, one.assessment, one.at)
            for solution, one in standing.items()
            if solution.annotation_id is None or solution.annotation_id in notes
        ),
        "marked": tuple(
            Marked(entry_id, spread)
            for entry_id, spread in (await priorities.spreads(work, study_id)).items()
        ),
        "heirs": tuple(
            Heir(mark, origins[entry_id])
            for entry_id, mark in (await inheriting.marks(work, study_id)).items()
        ),
    }


async def _require(work: Unit, session_id: SessionId, study_id: StudyId) -> None:
    session = await session_rows.get(work, session_id)
    if session.study_id != study_id:
        raise NotFound("session.unknown", session=session_id)


async def _sitting(
    work: Unit, row: session_rows.Sitting, limits: Mapping[LineId, Print]
) -> Sitting:
    session = row.session
    found = await lines.every_of_session(work, session.id)
    every = {one.id: one for one in found}
    notes = await annotations.of_session(work, session.id)
    placed = [_placed(one, every) for one in notes.values() if not one.withdrawn]
    attendance = await reports.attendance(work, session.id)
    came = {one.person.unit_id for one in attendance if one.came and one.person.unit_id}
    rule = (await proposals.setting(work, session.id)).rule
    closed = session.state is SessionState.CLOSED
    shown = {one.id for one in placed if one is not None}
    return Sitting(
        session=session,
        stage_id=row.stage_id,
        theme_id=row.theme_id,
        closed_at=await reports.closed_at(work, session.id),
        people=tuple(await session_rows.participants(work, session.id)),
        steps=tuple(await session_rows.steps(work, session.id)),
        lines=tuple(one for one in found if one.text),
        notes=tuple(one for one in placed if one is not None),
        proposals=tuple(
            _negotiated(one, frozenset(came), rule, shown, closed=closed)
            for one in await proposals.of_session(work, session.id)
            if one.wordings
        ),
        recorded=await _recorded(work, session.id, found, limits),
    )


async def _recorded(
    work: Unit, session_id: SessionId, said: Sequence[Line], limits: Mapping[LineId, Print]
) -> tuple[Recorded, ...]:
    """The tracks whose sound is kept; what is not to be quoted with its name is not heard either."""
    if (await discretion.get(work, session_id)).proofed_at is not None:
        return ()
    hushed: dict[TrackId, list[tuple[float, float]]] = {}
    for line in said:
        if line.id in limits and line.track_id is not None and line.start is not None:
            end = line.start if line.end is None else line.end
            hushed.setdefault(line.track_id, []).append((line.start, end))
    return tuple(
        Recorded(track, tuple(sorted(hushed.get(track.id, ()))))
        for track in await tracks.of_session(work, session_id)
    )


def _placed(note: Annotation, known: Mapping[LineId, Line]) -> Annotation | None:
    """The note with its anchors where their words are now; None if all its lines are gone."""

    def edits_of(line_id: LineId) -> Sequence[Edit] | None:
        return known[line_id].edits if line_id in known else None

    kept = []
    for anchor in note.anchors:
        place = Place(anchor.line_id, anchor.start, anchor.end)
        shown = anchors.resolve(place, anchor.revision, edits_of)
        if shown is None:
            continue
        line = known[shown.place.line_id]
        start, end = shown.place.start, shown.place.end
        quote = line.text[start:end] if end is not None else line.text
        kept.append(Anchor(line.id, line.revision, start, end, quote))
    return replace(note, anchors=tuple(kept)) if kept else None


def _negotiated(
    one: Proposal, came: frozenset[UnitId], rule: Rule, notes: Collection[str], *, closed: bool
) -> Negotiated:
    shown = negotiation.shown(one, came, rule, closed=closed)
    return Negotiated(
        id=one.id,
        session_id=one.session_id,
        kind=one.kind.value,
        state=one.state.value,
        wordings=tuple(PutWording(each.number, each.text) for each in one.wordings),
        affected=one.affected,
        positions=shown,
        tally=negotiation.tally(one, came, rule, closed=closed),
        objections=tuple(negotiation.objections(one, rule, closed=closed)),
        grounds=tuple(ground for ground in one.grounds if ground in notes),
        entry_id=one.entry_id,
        reason=one.outcome.reason,
        question=one.outcome.question,
    )


async def _works(work: Unit, study_id: StudyId) -> tuple[Work, ...]:
    return tuple(
        Work(
            one.id, one.stage_id, one.title, one.issuer, one.level, one.year, one.topic,
            one.targets, one.url,
        )
        for one in await studies.sources(work, study_id)
    )  # fmt: skip


async def _entries(work: Unit, study_id: StudyId, sittings: Sequence[Sitting]) -> tuple[Told, ...]:
    here = {one.session.id for one in sittings}
    concerned = await reports.units_of_entries(work, study_id)
    backed = await entries.evidence_of_study(work, study_id)
    stages = await entries.stages_of_study(work, study_id)
    known = await coders.of_study(work, study_id)
    found = []
    for one in await entries.of_study(work, study_id):
        units = {unit.unit.id: unit.heard for unit in concerned.get(one.id, ())}
        own = tuple(
            each
            for each in backed.get(one.id, ())
            if (each.session_id is None or each.session_id in here) and each.quote
        )
        by = {each.id: known[each.id] for each in own if each.id in known}
        found.append(Told(one, stages[one.id], units, own, by))
    return tuple(found)


async def _reviews(work: Unit, session_id: SessionId) -> Sequence[Reviewed]:
    found = []
    for one in await reviews.of_session(work, session_id):
        if one.state is RoundState.CODING:
            continue  # nobody sees what others chose before the round is unblinded
        units = await reviews.units(work, one.id)
        invited = await reviews.coders(work, one.id)
        codings = [
            Coded(coder.name, tuple(units[number]), tuple(sorted(coding.codes)), coding.memo)
            for coder in invited
            for number, coding in sorted((await reviews.codings(work, coder.id)).items())
        ]
        settled = [
            Coded(each.by, tuple(units[number]), tuple(sorted(each.codes)), each.reason)
            for number, each in sorted((await reviews.resolutions(work, one.id)).items())
        ]
        names = tuple(coder.name for coder in invited)
        found.append(
            Reviewed(
                one.id, session_id, one.state.value, one.seed, names, tuple(codings), tuple(settled)
            )
        )
    return found


async def _events(work: Unit, study_id: StudyId, only: SessionId | None) -> tuple[Happened, ...]:
    found: list[events.Event] = []
    if only is not None:
        found = await events.of_session(work, study_id, only)
    else:
        while page := await events.of_study(
            work, study_id, after=found[-1].seq if found else 0, limit=MOST_EVENTS_AT_ONCE
        ):
            found += page
    return tuple(
        Happened(
            one.seq, one.session_id, one.role, one.actor, one.action, one.subject,
            one.base_version, one.session_time, one.at,
        )
        for one in found
    )  # fmt: skip
