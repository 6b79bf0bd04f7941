"""Asking the units that were not heard: what waits for them, and a link with their questions.

Units that were absent when a wording that affects them was decided are *not yet heard*. Whoever
runs the study chooses entries and wordings; each unit gets one link, where it takes its stand on
each, in writing, as it was worded when it was asked. The links are those of a questionnaire, so
its board, its reminders and its release serve here too; `services/written.py` takes the answers.
"""

import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from schemas.errors import Conflict, Invalid
from schemas.ids import QuestionId, QuestionnaireId, SessionId, StudyId, UnitId, new_id
from schemas.session import Bilingual, Language, Unit
from schemas.taxonomy import Entry, Proposal
from server.domain import dates, negotiation
from server.domain.questionnaires import MAX_QUESTIONS, About
from server.services.agendas import require_runs
from server.services.questionnaires import expect, path_of
from server.store import entries, events, proposals, questionnaires, sessions, studies, unheard
from server.store.accounts import Account
from server.store.database import Database, Work
from server.store.questionnaires import Asked, Question, Questionnaire, State
from server.store.studies import Study
from server.store.unheard import Inquiry

_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})?")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A unit that was not heard. inquiry: what asked it already; path: its link there, or ""."""

    unit: Unit
    inquiry: Inquiry | None
    path: str


@dataclass(frozen=True, slots=True)
class Subject:
    """An entry or wording with the units that were not heard on it.

    kind: of the entry or proposal. session: where the wording was put; empty for an entry.
    """

    about: About
    kind: str
    text: Bilingual
    session: Bilingual
    waiting: Sequence[Waiting]


@dataclass(frozen=True, slots=True)
class Found:
    """All that waits for units in a study."""

    study: Study
    subjects: Sequence[Subject]


class Asking:
    """Lists who was not heard and asks them. key: the installation's own, for the units' links."""

    def __init__(
        self, database: Database, key: bytes, now: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._key = key
        self._now = now

    async def found(self, account: Account, study_id: StudyId) -> Found:
        """Return what waits for whom. Raises NotFound `study.unknown`."""
        async with self._database.read() as work:
            await require_runs(work, account, study_id)
            study = await studies.get(work, study_id)
            return Found(study, await self._subjects(work, study_id))

    async def ask(
        self, account: Account, study_id: StudyId, chosen: Collection[tuple[str, str]], *, due: str
    ) -> QuestionnaireId:
        """Ask units for their stands and return where; each unit gets one link for all of its own.

        chosen: (id of the entry or proposal, unit). due: YYYY-MM-DD or "".

        Raises NotFound, Invalid `unheard.none`, `unheard.too_many` or `questionnaire.due`, Conflict
        `unheard.changed` where one of them was heard or asked meanwhile.
        """
        if not chosen:
            raise Invalid("unheard.none")
        if not _DATE.fullmatch(due):
            raise Invalid("questionnaire.due")
        now = self._now()
        async with self._database.write() as work:
            await require_runs(work, account, study_id)
            asked = _chosen(await self._subjects(work, study_id), set(chosen))
            sent = Questionnaire(
                QuestionnaireId(new_id()),
                study_id,
                (await studies.stages(work, study_id))[-1].id,
                _title(now),
                _INTRO,
                (),
                due,
                State.OPEN,
            )
            await questionnaires.add(work, sent, at=now)
            questions = [_question(number, *one) for number, one in enumerate(asked, 1)]
            await questionnaires.set_questions(work, sent.id, questions)
            for unit_id in dict.fromkeys(unit for one in questions for unit in one.units):
                await expect(work, self._key, sent.id, unit_id)
            body = {"by": account.name, "wordings": [subject.about.id for subject, _ in asked]}
            await events.record(work, study_id, "units.asked", sent.id, body=body, at=now)
        return sent.id

    async def _subjects(self, work: Work, study_id: StudyId) -> Sequence[Subject]:
        units = {unit.id: unit for unit in await studies.units(work, study_id)}
        sent = await unheard.inquiries(work, study_id)

        def waiting(about: About, silent: Sequence[UnitId]) -> Sequence[Waiting]:
            found = []
            for unit_id in silent:
                inquiry = unheard.current(about, sent.get((about.id, unit_id)))
                path = "" if inquiry is None else self._path(inquiry, unit_id)
                found.append(Waiting(units[unit_id], inquiry, path))
            return found

        known = {one.id: one for one in await entries.of_study(work, study_id)}
        silent = await unheard.of_entries(work, study_id)
        subjects = [_of_entry(known[one], silent[one], waiting) for one in silent]
        titles = await _titles(work, study_id)
        for proposal in await proposals.unsettled(work, study_id):
            if negotiation.unheard(proposal):
                subjects.append(_of_proposal(proposal, titles, waiting))
        return subjects

    def _path(self, inquiry: Inquiry, unit_id: UnitId) -> str:
        return path_of(self._key, inquiry.questionnaire_id, unit_id)


_Wait = Callable[[About, Sequence[UnitId]], Sequence[Waiting]]
_Asked = Sequence[tuple[Subject, Sequence[UnitId]]]

_INTRO = Bilingual(
    "These wordings concern your unit and were decided while it was absent. "
    "Please say where your unit stands on each, and give an example if you have one.",
    "以下表述涉及贵单位，形成时贵单位未参会。请逐条表明意见，并请尽可能举例说明。",
)


def _title(now: float) -> Bilingual:
    day = dates.day(now)
    return Bilingual(f"Not yet heard, {day}", f"尚未发表意见（{day}）")


def _of_entry(entry: Entry, silent: Sequence[UnitId], waiting: _Wait) -> Subject:
    about = About("entry", entry.id, entry.version)
    label, more = entry.label, entry.definition
    text = Bilingual(_worded(label.en, more.en, ": "), _worded(label.zh, more.zh, "："))
    return Subject(about, entry.kind.value, text, Bilingual(), waiting(about, silent))


def _worded(label: str, definition: str, colon: str) -> str:
    if not (label and definition) or label == definition:
        return label or definition
    return f"{label}{colon}{definition}"


def _of_proposal(
    proposal: Proposal, titles: Mapping[SessionId, tuple[Bilingual, Language]], waiting: _Wait
) -> Subject:
    about = About("proposal", proposal.id, negotiation.newest_number(proposal))
    title, language = titles[proposal.session_id]
    text = proposal.wordings[-1].text
    said = Bilingual("", text) if language is Language.ZH else Bilingual(text)
    silent = negotiation.unheard(proposal)
    return Subject(about, proposal.kind.value, said, title, waiting(about, silent))


async def _titles(work: Work, study_id: StudyId) -> Mapping[SessionId, tuple[Bilingual, Language]]:
    found = (one.session for one in await sessions.of_study(work, study_id))
    return {one.id: (one.title, one.language) for one in found}


def _chosen(subjects: Sequence[Subject], chosen: set[tuple[str, str]]) -> _Asked:
    """The subjects with the units chosen for them, all of which must still wait, unasked."""
    found = []
    for subject in subjects:
        units = [
            one.unit.id
            for one in subject.waiting
            if one.inquiry is None and (subject.about.id, str(one.unit.id)) in chosen
        ]
        if units:
            found.append((subject, units))
    gone = len(chosen) - sum(len(units) for _, units in found)
    if gone:
        raise Conflict("unheard.changed", gone=gone)
    if len(found) > MAX_QUESTIONS:
        raise Invalid("unheard.too_many", most=MAX_QUESTIONS)
    return found


def _question(number: int, subject: Subject, units: Sequence[UnitId]) -> Question:
    return Question(
        QuestionId(new_id()),
        number,
        None,
        Asked.STANCE,
        subject.text,
        tuple(units),
        subject.about,
    )
