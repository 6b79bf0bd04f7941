"""Review rounds: cut, coded blind, compared, settled, signed off.

Before unblinding nothing of a coder's choices leaves this module but to that coder: not to the
moderator, not as a count. A coder's link opens a login that is nobody in the session, so it shows
neither notes nor board nor archive of it; who came with a login of the session is marked.
"""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence

import anyio.to_thread

from schemas.annotation import Annotation
from schemas.errors import Conflict, Invalid, NotFound
from schemas.ids import AnnotationId, SessionId, StepId, StudyId, new_id
from schemas.session import Bilingual, SessionState, Step
from schemas.taxonomy import EntryKind, EntryState
from schemas.transcript import Line
from server.domain import history, reviewing
from server.domain.reviewing import Cut, Extent, Outcome, RoundState, Strategy, Verdict
from server.services import links
from server.services.accounts import open_login
from server.services.comparison import Comparison, compare
from server.services.review_boards import Board, Desk, Heard
from server.store import (
    annotations,
    entries,
    events,
    lines,
    people,
    returns,
    reviews,
    sessions,
    studies,
    versions,
)
from server.store.accounts import Account
from server.store.database import Database, Work
from server.store.logins import Login
from server.store.reviews import (
    Code,
    Coder,
    CoderId,
    Coding,
    Remark,
    Resolution,
    Round,
    RoundId,
)
from server.store.sessions import Sitting

MOST_CODERS = 12
MOST_NAME = 80
MOST_MEMO = 2000
MOST_REASON = 1000
_CODED = (EntryKind.PROBLEM, EntryKind.CAUSE, EntryKind.CONSEQUENCE, EntryKind.SOLUTION)


class Reviews:
    """Leads review rounds. key: the installation's own, for links that are shown again."""

    def __init__(
        self, database: Database, key: bytes, now: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._key = key
        self._now = now
        self._compared: dict[RoundId, Comparison] = {}

    async def of_session(self, session_id: SessionId) -> tuple[Sitting, Sequence[Round]]:
        """Return a session and its rounds, newest first. Raises NotFound."""
        async with self._database.read() as work:
            sitting = await sessions.sitting(work, session_id)
            return sitting, await reviews.of_session(work, session_id)

    async def steps(self, session_id: SessionId) -> Sequence[Step]:
        """Return a session's agenda, of which a round may take one step."""
        async with self._database.read() as work:
            return await sessions.steps(work, session_id)

    async def study_of(self, round_id: RoundId) -> StudyId:
        """Return the study of a round. Raises NotFound `review.unknown`."""
        async with self._database.read() as work:
            return (await reviews.get(work, round_id)).study_id

    async def begin(
        self,
        session_id: SessionId,
        *,
        cut: Cut,
        names: Sequence[str],
        by: Account,
        step_id: StepId | None = None,
        sample: int = 0,
        begins: Sequence[float] = (),
    ) -> RoundId:
        """Freeze taxonomy and units of a closed session and invite the coders.

        step_id: code that step alone. sample: so many units, drawn with the round's seed; 0 for all.
        begins: where segments begin.

        Raises Conflict `review.not_closed`, `review.nothing`, `review.no_codes`, or Invalid
        `review.coders`.
        """
        wanted = [" ".join(name.split()) for name in names if name.strip()]
        if not 2 <= len(wanted) <= MOST_CODERS or any(len(one) > MOST_NAME for one in wanted):
            raise Invalid("review.coders", least=2, most=MOST_CODERS)
        if len(set(wanted)) != len(wanted):
            raise Invalid("review.coders", least=2, most=MOST_CODERS)
        async with self._database.write() as work:
            session = await sessions.locked(work, session_id)
            if session.state is not SessionState.CLOSED:
                raise Conflict("review.not_closed")
            withdrawn = await returns.withdrawn_of(work, session_id)
            said = await lines.of_session(work, session_id)
            found = [one for one in said if one.id not in withdrawn]
            step = await _step_title(work, session_id, step_id)
            if step_id is not None:
                found = [line for line in found if line.step_id == step_id]
            seed = secrets.randbits(31)
            every = reviewing.cut(found, cut, begins)
            units = reviewing.drawn(every, sample, seed) if sample else every
            codebook = await _codebook(work, session.study_id)
            if not units:
                raise Conflict("review.nothing")
            if not codebook:
                raise Conflict("review.no_codes")
            one = Round(
                RoundId(new_id()),
                session.study_id,
                session_id,
                cut,
                await reviews.event_seq(work, session.study_id),
                seed,
                RoundState.CODING,
                codebook,
                self._now(),
                extent=Extent(step, len(units) if sample else 0, len(every)),
            )
            await reviews.add(work, one, [[line.id for line in unit] for unit in units])
            for name in wanted:
                coder = Coder(CoderId(new_id()), one.id, name, sat_in=False, done_at=None)
                await reviews.add_coder(work, coder, links.sha256(self._token(coder.id)))
            await self._record(work, one, "review.begun", by, {"units": len(units)})
        return one.id

    def link(self, coder: Coder) -> str:
        """Return the path of a coder's personal link; the same every time."""
        return f"/review/{self._token(coder.id)}"

    async def enter(self, token: str, login: Login | None) -> tuple[RoundId, str | None]:
        """Let this browser be the coder of a link; return the round and a new cookie's token.

        Raises NotFound `link.unusable`.
        """
        async with self._database.write() as work:
            coder = await reviews.coder_of_token(work, links.sha256(token))
            if coder is None:
                raise NotFound("link.unusable")
            cookie = None
            if login is None:
                cookie, login = await open_login(work, None, self._now())
            one = await reviews.get(work, coder.round_id)
            sat_in = login.account is not None or (
                await people.of_login(work, login.token_sha256, one.session_id) is not None
            )
            await reviews.be_coder(work, login.token_sha256, coder, sat_in=sat_in)
        return coder.round_id, cookie

    async def desk(self, round_id: RoundId, login: Login) -> Desk:
        """Return what the coder codes. Raises NotFound `review.unknown` for everybody else."""
        async with self._database.read() as work:
            one, coder = await self._coder(work, round_id, login)
            return Desk(
                one,
                await sessions.sitting(work, one.session_id),
                coder,
                await _texts(work, one, await _said(work, one)),
                await reviews.codings(work, coder.id),
            )

    async def heard(self, round_id: RoundId, login: Login, number: int, at: int) -> Heard:
        """Return where line `at` of a unit sounds, for the coder who codes it.

        Raises NotFound `review.unknown` for everybody else, and where that line has no sound.
        """
        desk = await self.desk(round_id, login)
        spoken = desk.units.get(number, ())
        line = spoken[at] if 0 <= at < len(spoken) else None
        if line is None or line.track_id is None or line.start is None or line.end is None:
            raise NotFound("review.unknown", round=round_id)
        return Heard(line.track_id, line.start, line.end)

    async def code(
        self, round_id: RoundId, login: Login, choices: Mapping[int, Coding | None]
    ) -> None:
        """Keep what was chosen for each unit, all or nothing; None makes it unseen again.

        Raises NotFound, Conflict `review.done`, or Invalid `review.coding`.
        """
        async with self._database.write() as work:
            one, coder = await self._coder(work, round_id, login, lock=True)
            if one.state is not RoundState.CODING or coder.done_at is not None:
                raise Conflict("review.done")
            known = await reviews.units(work, round_id)
            codes = {code.entry_id for code in one.codebook if code.kind != EntryKind.CATEGORY}
            if not choices or any(number not in known for number in choices):
                raise Invalid("review.coding")
            kept = [choice for choice in choices.values() if choice is not None]
            if any(not one.codes <= codes or len(one.memo) > MOST_MEMO for one in kept):
                raise Invalid("review.coding")
            for number, choice in choices.items():
                if choice is None:
                    await reviews.forget(work, coder.id, number)
                else:
                    await reviews.keep(work, coder.id, choice, at=self._now())

    async def finish(self, round_id: RoundId, login: Login) -> None:
        """The coder is done, for good. Doing it twice changes nothing. Raises NotFound."""
        async with self._database.write() as work:
            _, coder = await self._coder(work, round_id, login, lock=True)
            if coder.done_at is None:
                await reviews.done(work, coder.id, self._now())

    async def board(self, round_id: RoundId) -> Board:
        """Return a round as its moderators see it; the route has let them in."""
        async with self._database.read() as work:
            one = await reviews.get(work, round_id)
            sitting = await sessions.sitting(work, one.session_id)
            study = await studies.get(work, one.study_id)
            coders = await reviews.coders(work, round_id)
            if one.state is RoundState.CODING:
                return Board(study, one, sitting, coders, {}, None, {}, {}, {})
            said = await _said(work, one)
            units = await _texts(work, one, said)
            codings = {each.id: await reviews.codings(work, each.id) for each in coders}
            resolutions = await reviews.resolutions(work, round_id)
            remarks = await reviews.remarks(work, round_id)
            notes = _noted(units, await annotations.of_session(work, one.session_id))
        if round_id not in self._compared:
            self._compared[round_id] = await anyio.to_thread.run_sync(
                compare, one, list(units), codings
            )
        comparison = self._compared[round_id]
        return Board(
            study, one, sitting, coders, units, comparison, codings, resolutions, notes, remarks, said
        )  # fmt: skip

    async def unblind(self, round_id: RoundId, by: Account) -> None:
        """Show all codings to the moderators, once every coder is done.

        Raises Conflict `review.waiting` with the names still coding, or `review.state`.
        """
        async with self._database.write() as work:
            one = await reviews.get(work, round_id, lock=True)
            if one.state is not RoundState.CODING:
                raise Conflict("review.state", state=one.state.value)
            waiting = [
                coder.name
                for coder in await reviews.coders(work, round_id)
                if coder.done_at is None
            ]
            if waiting:
                raise Conflict("review.waiting", names=", ".join(waiting))
            await reviews.set_state(work, round_id, RoundState.UNBLINDED)
            await self._record(work, one, "review.unblinded", by, {})

    async def resolve(
        self,
        round_id: RoundId,
        number: int,
        *,
        outcome: Outcome,
        codes: frozenset[str],
        reason: str,
        by: Account,
    ) -> None:
        """Settle the difference on one unit; a later decision replaces it, its event stays.

        Raises Conflict `review.state` or `review.agreed`, or Invalid `review.reason` or
        `review.coding`.
        """
        if not 0 < len(reason.strip()) <= MOST_REASON:
            raise Invalid("review.reason", most=MOST_REASON)
        async with self._database.write() as work:
            one = await reviews.get(work, round_id, lock=True)
            if one.state is not RoundState.UNBLINDED:
                raise Conflict("review.state", state=one.state.value)
            seen = {}
            for coder in await reviews.coders(work, round_id):
                coding = (await reviews.codings(work, coder.id)).get(number)
                if coding is not None:
                    seen[str(coder.id)] = coding.codes
            sides = reviewing.two_sides(seen)
            if sides is None and seen and one.strategy is Strategy.NONE:
                alike = next(iter(seen.values()))
                sides = alike, alike
            if sides is None:
                raise Conflict("review.agreed")
            known = {code.entry_id for code in one.codebook}
            if not codes <= known or (outcome is Outcome.NEW and not codes):
                raise Invalid("review.coding")
            stands = reviewing.settle(outcome, sides, codes)
            found = Resolution(number, outcome, stands, reason.strip(), by.name)
            await reviews.resolve(work, round_id, found, at=self._now())
            body: dict[str, object] = {"unit": number, "outcome": outcome.value}
            await self._record(work, one, "review.resolved", by, body)

    async def settle(self, round_id: RoundId, strategy: Strategy, reason: str, by: Account) -> int:
        """Settle by a rule what nobody has decided yet; return how many units that were.

        The rule also says whether what all coded alike stands without being looked at. reason: the sentence that each of them is given. Raises Conflict `review.state`.
        """
        async with self._database.write() as work:
            one = await reviews.get(work, round_id, lock=True)
            if one.state is not RoundState.UNBLINDED:
                raise Conflict("review.state", state=one.state.value)
            decided = await reviews.resolutions(work, round_id)
            chosen = {
                str(coder.id): await reviews.codings(work, coder.id)
                for coder in await reviews.coders(work, round_id)
            }
            settled = 0
            for number in await reviews.units(work, round_id):
                unit = {who: of[number].codes for who, of in chosen.items() if number in of}
                stands = reviewing.majority(unit) if strategy is Strategy.MAJORITY else None
                if stands is None or number in decided:
                    continue
                found = Resolution(number, Outcome.ONE, stands, reason, by.name)
                await reviews.resolve(work, round_id, found, at=self._now())
                settled += 1
            await reviews.set_strategy(work, round_id, strategy)
            body: dict[str, object] = {"strategy": strategy.value, "units": settled}
            await self._record(work, one, "review.presettled", by, body)
        return settled

    async def sign_off(self, round_id: RoundId, by: Account, version: str) -> None:
        """Freeze the round once every difference is settled, and the taxonomy by the name `version`.

        Raises Conflict `review.unsettled` with how many are left, `review.state` or
        `version.taken`, or Invalid `version.name`.
        """
        name = history.version_name(version)
        board = await self.board(round_id)
        if board.round.state is not RoundState.UNBLINDED or board.comparison is None:
            raise Conflict("review.state", state=board.round.state.value)
        left = board.open
        if left:
            raise Conflict("review.unsettled", left=len(left))
        verdicts = board.verdicts
        async with self._database.write() as work:
            one = await reviews.get(work, round_id, lock=True)
            if one.state is not RoundState.UNBLINDED:
                raise Conflict("review.state", state=one.state.value)
            frozen = await versions.add_name(work, one.study_id, name, stage_id=None, by=by.name)
            await reviews.set_state(
                work, round_id, RoundState.SIGNED_OFF, by=by.name, at=self._now(),
                verdicts=verdicts, version=frozen.name,
            )  # fmt: skip
            told = {
                each.value: sorted(code for code, of in verdicts.items() if of is each)
                for each in Verdict
            }
            body: dict[str, object] = {
                "seq": one.seq,
                "version": frozen.name,
                "at": frozen.seq,
                **told,
            }
            await self._record(work, one, "review.signed_off", by, body)

    async def remark(self, round_id: RoundId, number: int, text: str, by: Account) -> None:
        """Say something about a unit while its differences are being settled.

        Raises Conflict `review.state`, or Invalid `review.remark` or `review.coding`.
        """
        said = text.strip()
        if not 0 < len(said) <= MOST_REASON:
            raise Invalid("review.remark", most=MOST_REASON)
        async with self._database.write() as work:
            one = await reviews.get(work, round_id, lock=True)
            if one.state is not RoundState.UNBLINDED:
                raise Conflict("review.state", state=one.state.value)
            if number not in await reviews.units(work, round_id):
                raise Invalid("review.coding")
            found = Remark(new_id(), number, by.name, said, self._now())
            await reviews.remark(work, round_id, found)
            await self._record(work, one, "review.remarked", by, {"unit": number})

    async def reopen(self, round_id: RoundId, reason: str, by: Account) -> None:
        """Take a sign-off back, with a reason that stays in the log.

        Raises Conflict `review.state` or Invalid `review.reason`.
        """
        if not 0 < len(reason.strip()) <= MOST_REASON:
            raise Invalid("review.reason", most=MOST_REASON)
        async with self._database.write() as work:
            one = await reviews.get(work, round_id, lock=True)
            if one.state is not RoundState.SIGNED_OFF:
                raise Conflict("review.state", state=one.state.value)
            await reviews.set_state(work, round_id, RoundState.UNBLINDED)
            await self._record(work, one, "review.reopened", by, {"reason": reason.strip()})

    async def _coder(
        self, work: Work, round_id: RoundId, login: Login, *, lock: bool = False
    ) -> tuple[Round, Coder]:
        """Who codes; lock: the round is not unblinded, nor its coder done, before this is written."""
        one = await reviews.get(work, round_id, lock=lock)
        coder = await reviews.coder_of_login(work, login.token_sha256, round_id)
        if coder is None:
            raise NotFound("review.unknown", round=round_id)
        return one, coder

    async def _record(
        self, work: Work, one: Round, action: str, by: Account, body: dict[str, object]
    ) -> None:
        person = await people.of_account(work, by.id, one.session_id)
        await events.record(
            work,
            one.study_id,
            action,
            one.id,
            session_id=one.session_id,
            person_id=None if person is None else person.id,
            role="moderator",
            body=body,
            at=self._now(),
        )

    def _token(self, coder_id: CoderId) -> str:
        return links.derived_token(self._key, "review", coder_id)


async def _step_title(work: Work, session_id: SessionId, step_id: StepId | None) -> Bilingual:
    if step_id is None:
        return Bilingual()
    for step in await sessions.steps(work, session_id):
        if step.id == step_id:
            return step.title
    raise Invalid("review.scope")


async def _codebook(work: Work, study_id: StudyId) -> tuple[Code, ...]:
    found = await entries.of_study(work, study_id)
    return tuple(
        Code(one.id, one.kind.value, one.label, one.definition, one.parent_id or "")
        for one in found
        if one.state is EntryState.ACTIVE and one.kind in (EntryKind.CATEGORY, *_CODED)
    )


async def _said(work: Work, one: Round) -> Sequence[Line]:
    """The session's lines as they read now: what was redacted or withdrawn since is gone here too."""
    withdrawn = await returns.withdrawn_of(work, one.session_id)
    said = await lines.of_session(work, one.session_id)
    return [line for line in said if line.id not in withdrawn]


async def _texts(work: Work, one: Round, said: Sequence[Line]) -> Mapping[int, Sequence[Line]]:
    """The units' lines that are there."""
    known = {line.id: line for line in said}
    units = await reviews.units(work, one.id)
    return {
        number: [known[line_id] for line_id in line_ids if line_id in known]
        for number, line_ids in units.items()
    }


def _noted(
    units: Mapping[int, Sequence[Line]], notes: Mapping[AnnotationId, Annotation]
) -> Mapping[int, Sequence[Annotation]]:
    """The notes that hang on a unit's lines, withdrawn ones left out."""
    standing = [note for note in notes.values() if not note.withdrawn]
    found = {}
    for number, lines_of in units.items():
        ids = {line.id for line in lines_of}
        found[number] = [
            note for note in standing if any(anchor.line_id in ids for anchor in note.anchors)
        ]
    return found
