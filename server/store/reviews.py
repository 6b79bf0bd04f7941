"""Review rounds: what is coded by whom, what they chose, and how differences were settled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NewType

from sqlalchemy import delete, insert, select, update

from schemas.errors import NotFound
from schemas.ids import LineId, SessionId, StudyId
from schemas.session import Bilingual
from server.domain.reviewing import Cut, Extent, Outcome, RoundState, Strategy, Verdict
from server.store import tables
from server.store.database import Work, rows
from server.store.once import insert_once

RoundId = NewType("RoundId", str)
CoderId = NewType("CoderId", str)
_WHOLE = Extent()


@dataclass(frozen=True, slots=True)
class Code:
    """An entry as it stood when the round began; parent is an id, "" at the root."""

    entry_id: str
    kind: str
    label: Bilingual
    definition: Bilingual
    parent: str


@dataclass(frozen=True, slots=True)
class Round:
    """One review of one session. seq: the study's last event before it. seed: of the bootstrap.

    strategy: what stands without being looked at. verdicts: of the sign-off, by entry. version: of
    the taxonomy, the name that the sign-off gave it.
    """

    id: RoundId
    study_id: StudyId
    session_id: SessionId
    cut: Cut
    seq: int
    seed: int
    state: RoundState
    codebook: tuple[Code, ...]
    created_at: float
    signed_by: str = ""
    signed_at: float | None = None
    extent: Extent = _WHOLE
    strategy: Strategy = Strategy.ALIKE
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    version: str = ""


@dataclass(frozen=True, slots=True)
class Coder:
    """Somebody invited to code. sat_in: was in the session, or leads it."""

    id: CoderId
    round_id: RoundId
    name: str
    sat_in: bool
    done_at: float | None


@dataclass(frozen=True, slots=True)
class Coding:
    """What a coder chose for a unit; no codes: seen and empty."""

    number: int
    codes: frozenset[str]
    memo: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """How the difference on a unit was settled, and which codes stand."""

    number: int
    outcome: Outcome
    codes: frozenset[str]
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody said about a unit that was coded differently. at: UTC seconds."""

    id: str
    number: int
    by: str
    text: str
    at: float


async def add(work: Work, one: Round, units: Sequence[Sequence[LineId]]) -> None:
    """Store a round with its units, numbered from 1."""
    await work.connection.execute(
        insert(tables.review_round).values(
            id=one.id,
            study_id=one.study_id,
            session_id=one.session_id,
            cut=one.cut.value,
            seq=one.seq,
            seed=one.seed,
            state=one.state.value,
            codebook=[_stored(code) for code in one.codebook],
            scope=_stored_extent(one.extent),
            created_at=one.created_at,
            signed_by="",
        )
    )
    await work.connection.execute(
        insert(tables.review_unit),
        [
            {"round_id": one.id, "number": number, "lines": list(lines)}
            for number, lines in enumerate(units, 1)
        ],
    )


async def add_coder(work: Work, coder: Coder, token_sha256: str) -> None:
    """Store an invited coder with the hash of the link's token."""
    await work.connection.execute(
        insert(tables.review_coder).values(
            id=coder.id,
            round_id=coder.round_id,
            name=coder.name,
            token_sha256=token_sha256,
            sat_in=coder.sat_in,
        )
    )


async def get(work: Work, round_id: RoundId, *, lock: bool = False) -> Round:
    """Return one round; `lock` holds others off. Raises NotFound `review.unknown`."""
    asked = select(tables.review_round).where(tables.review_round.c.id == round_id)
    if lock:
        asked = asked.with_for_update()
    row = (await work.connection.execute(asked)).one_or_none()
    if row is None:
        raise NotFound("review.unknown", round=round_id)
    return _round(row)


async def of_session(work: Work, session_id: SessionId) -> Sequence[Round]:
    """Return a session's rounds, newest first."""
    column = tables.review_round.c
    asked = select(tables.review_round).where(column.session_id == session_id)
    asked = asked.order_by(column.created_at.desc(), column.id)
    return [_round(row) for row in rows(await work.connection.execute(asked))]


async def units(work: Work, round_id: RoundId) -> Mapping[int, Sequence[LineId]]:
    """Return the units by number, in order."""
    unit = tables.review_unit.c
    asked = select(tables.review_unit).where(unit.round_id == round_id).order_by(unit.number)
    return {row.number: row.lines for row in rows(await work.connection.execute(asked))}


async def coders(work: Work, round_id: RoundId) -> Sequence[Coder]:
    """Return a round's coders by name."""
    column = tables.review_coder.c
    asked = select(tables.review_coder).where(column.round_id == round_id)
    asked = asked.order_by(column.name, column.id)
    return [_coder(row) for row in rows(await work.connection.execute(asked))]


async def coder_of_token(work: Work, token_sha256: str) -> Coder | None:
    """Return whom a link is for, or None."""
    asked = select(tables.review_coder).where(tables.review_coder.c.token_sha256 == token_sha256)
    row = (await work.connection.execute(asked)).one_or_none()
    return None if row is None else _coder(row)


async def coder_of_login(work: Work, token_sha256: str, round_id: RoundId) -> Coder | None:
    """Return which coder of a round a browser is, or None."""
    coder, known = tables.review_coder.c, tables.review_login.c
    asked = (
        select(tables.review_coder)
        .join(tables.review_login, known.coder_id == coder.id)
        .where(known.token_sha256 == token_sha256, coder.round_id == round_id)
        .order_by(coder.id)
    )
    row = (await work.connection.execute(asked)).first()
    return None if row is None else _coder(row)


async def be_coder(work: Work, token_sha256: str, coder: Coder, *, sat_in: bool) -> None:
    """Let a browser be this coder, and no other one of the round any more."""
    others = select(tables.review_coder.c.id).where(
        tables.review_coder.c.round_id == coder.round_id
    )
    known = tables.review_login.c
    await work.connection.execute(
        delete(tables.review_login).where(
            known.token_sha256 == token_sha256, known.coder_id.in_(others)
        )
    )
    await work.connection.execute(
        insert(tables.review_login).values(token_sha256=token_sha256, coder_id=coder.id)
    )
    if sat_in:
        await _set_coder(work, coder.id, sat_in=True)


async def done(work: Work, coder_id: CoderId, at: float) -> None:
    """Record that a coder has finished."""
    await _set_coder(work, coder_id, done_at=at)


async def keep(work: Work, coder_id: CoderId, coding: Coding, *, at: float) -> None:
    """Store what a coder chose for a unit, over what was chosen before."""
    values: dict[str, object] = {"codes": sorted(coding.codes), "memo": coding.memo, "at": at}
    key = {"coder_id": coder_id, "number": coding.number}
    if not await insert_once(work, tables.review_coding, **key, **values):
        column = tables.review_coding.c
        which = (column.coder_id == coder_id) & (column.number == coding.number)
        await work.connection.execute(update(tables.review_coding).where(which).values(values))


async def forget(work: Work, coder_id: CoderId, number: int) -> None:
    """Make a unit unseen again for a coder."""
    column = tables.review_coding.c
    await work.connection.execute(
        delete(tables.review_coding).where(column.coder_id == coder_id, column.number == number)
    )


async def codings(work: Work, coder_id: CoderId) -> Mapping[int, Coding]:
    """Return what a coder chose, by unit."""
    column = tables.review_coding.c
    asked = select(tables.review_coding).where(column.coder_id == coder_id)
    return {
        row.number: Coding(row.number, frozenset(row.codes), row.memo)
        for row in rows(await work.connection.execute(asked.order_by(column.number)))
    }


async def resolve(work: Work, round_id: RoundId, found: Resolution, *, at: float) -> None:
    """Store how a difference was settled, over what was decided before."""
    column = tables.review_resolution.c
    await work.connection.execute(
        delete(tables.review_resolution).where(
            column.round_id == round_id, column.number == found.number
        )
    )
    await work.connection.execute(
        insert(tables.review_resolution).values(
            round_id=round_id,
            number=found.number,
            outcome=found.outcome.value,
            codes=sorted(found.codes),
            reason=found.reason,
            by=found.by,
            at=at,
        )
    )


async def resolutions(work: Work, round_id: RoundId) -> Mapping[int, Resolution]:
    """Return how differences were settled, by unit."""
    column = tables.review_resolution.c
    asked = select(tables.review_resolution).where(column.round_id == round_id)
    return {
        row.number: Resolution(
            row.number, Outcome(row.outcome), frozenset(row.codes), row.reason, row.by
        )
        for row in rows(await work.connection.execute(asked.order_by(column.number)))
    }


async def remark(work: Work, round_id: RoundId, found: Remark) -> None:
    """Store what somebody said about a unit."""
    await work.connection.execute(
        insert(tables.review_remark).values(
            id=found.id,
            round_id=round_id,
            number=found.number,
            by=found.by,
            text=found.text,
            at=found.at,
        )
    )


async def remarks(work: Work, round_id: RoundId) -> Mapping[int, Sequence[Remark]]:
    """Return what was said, by unit, oldest first."""
    column = tables.review_remark.c
    asked = select(tables.review_remark).where(column.round_id == round_id)
    found: dict[int, list[Remark]] = {}
    for row in rows(await work.connection.execute(asked.order_by(column.at, column.id))):
        found.setdefault(row.number, []).append(
            Remark(row.id, row.number, row.by, row.text, row.at)
        )
    return found


async def set_strategy(work: Work, round_id: RoundId, strategy: Strategy) -> None:
    """Write what stands without being looked at."""
    changed = update(tables.review_round).where(tables.review_round.c.id == round_id)
    await work.connection.execute(changed.values(strategy=strategy.value))


async def set_state(
    work: Work,
    round_id: RoundId,
    state: RoundState,
    *,
    by: str = "",
    at: float | None = None,
    verdicts: Mapping[str, Verdict] | None = None,
    version: str = "",
) -> None:
    """Write where the round is; by, at, verdicts, version: of the sign-off."""
    told = {code: one.value for code, one in (verdicts or {}).items()}
    await work.connection.execute(
        update(tables.review_round)
        .where(tables.review_round.c.id == round_id)
        .values(state=state.value, signed_by=by, signed_at=at, verdicts=told, version=version)
    )


async def event_seq(work: Work, study_id: StudyId) -> int:
    """Return the number of the study's last event."""
    asked = select(tables.study.c.event_seq).where(tables.study.c.id == study_id)
    found: int = (await work.connection.execute(asked)).scalar_one()
    return found


async def _set_coder(work: Work, coder_id: CoderId, **values: object) -> None:
    await work.connection.execute(
        update(tables.review_coder).where(tables.review_coder.c.id == coder_id).values(values)
    )


def _stored(code: Code) -> dict[str, str]:
    return {
        "id": code.entry_id,
        "kind": code.kind,
        "label_en": code.label.en,
        "label_zh": code.label.zh,
        "definition_en": code.definition.en,
        "definition_zh": code.definition.zh,
        "parent": code.parent,
    }


def _stored_extent(extent: Extent) -> dict[str, object]:
    step = {"step_en": extent.step.en, "step_zh": extent.step.zh}
    return {**step, "sample": extent.sample, "of": extent.of}


def _extent(stored: Mapping[str, Any]) -> Extent:
    if not stored:
        return Extent()  # of before, when a round was always of all
    step = Bilingual(stored["step_en"], stored["step_zh"])
    return Extent(step, stored["sample"], stored["of"])


def _round(row: Any) -> Round:
    return Round(
        RoundId(row.id),
        StudyId(row.study_id),
        SessionId(row.session_id),
        Cut(row.cut),
        row.seq,
        row.seed,
        RoundState(row.state),
        tuple(
            Code(
                one["id"],
                one["kind"],
                Bilingual(one["label_en"], one["label_zh"]),
                Bilingual(one["definition_en"], one["definition_zh"]),
                one["parent"],
            )
            for one in row.codebook
        ),
        row.created_at,
        row.signed_by,
        row.signed_at,
        _extent(row.scope),
        Strategy(row.strategy),
        {code: Verdict(one) for code, one in row.verdicts.items()},
        row.version,
    )


def _coder(row: Any) -> Coder:
    return Coder(CoderId(row.id), RoundId(row.round_id), row.name, row.sat_in, row.done_at)
