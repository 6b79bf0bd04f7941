"""What was there before goes on after it: questions, challenges, proposals that nobody took."""

import pytest
from sqlalchemy import text

from schemas.ids import EntryId, PersonId, ProposalId, QuestionnaireId, StudyId, UnitId
from schemas.taxonomy import Claim
from server.store import challenges, migrate, proposals, questionnaires
from server.store.challenges import Challenge
from server.store.database import Database
from tests.server.store.test_migrate import _EVIDENCE_OF_BEFORE, _SESSION_OF_BEFORE

pytestmark = pytest.mark.anyio

_BEFORE = (
    *_EVIDENCE_OF_BEFORE,
    _SESSION_OF_BEFORE,
    'INSERT INTO unit (id, study_id, slug, name_en, name_zh, kind, "order")'
    " VALUES ('u', 's', 'u', 'Water', '', 'bureau', 1)",
    "INSERT INTO person (id, session_id, name, role, language, created_at)"
    " VALUES ('w', 'a', 'Wang', 'expert', 'zh', 0)",
    "INSERT INTO challenge (id, study_id, entry_id, session_id, unit_id, person_id, reason, answer, at)"
    " VALUES ('c', 's', 'e', 'a', 'u', 'w', 'Not so', '', 1)",
    "INSERT INTO questionnaire (id, study_id, stage_id, title_en, title_zh, intro_en, intro_zh,"
    " cities, due, state, created_at) VALUES ('q', 's', 'g', '', '', '', '', '[]', '', 'open', 0)",
    'INSERT INTO question (id, questionnaire_id, "order", kind, text_en, text_zh, units)'
    " VALUES ('n', 'q', 1, 'open', 'Which data?', '', '[]')",
)


async def test_questions_and_challenges_of_before_stay_when_units_are_asked_for_stands(
    empty: Database,
) -> None:
    await migrate.upgrade(empty, "v0019")
    async with empty.write() as work:
        for statement in _BEFORE:
            await work.connection.execute(text(statement))

    await migrate.upgrade(empty)

    async with empty.write() as work:
        (question,) = await questionnaires.questions(work, QuestionnaireId("q"))
        assert (question.text.en, question.about, question.units) == ("Which data?", None, ())
        written = Challenge("d", StudyId("s"), EntryId("e"), None, UnitId("u"), None, "Late")
        await challenges.add(work, written)
        found = [one.challenge for one in await challenges.of_entry(work, EntryId("e"))]
    assert [(one.id, one.person_id, one.reason) for one in found] == [
        ("c", "w", "Not so"),
        ("d", None, "Late"),
    ]


async def test_a_proposal_of_before_is_taken_by_nobody(empty: Database) -> None:
    await migrate.upgrade(empty, "v0022")
    async with empty.write() as work:
        for statement in (*_BEFORE[:7], _PROPOSAL_OF_BEFORE):
            await work.connection.execute(text(statement))

    await migrate.upgrade(empty)

    async with empty.write() as work:
        assert (await proposals.get(work, ProposalId("p"))).claim is None
        claim = Claim(PersonId("w"), "Wang", 9.0)
        await proposals.set_claim(work, ProposalId("p"), claim)
        assert (await proposals.get(work, ProposalId("p"))).claim == claim


_PROPOSAL_OF_BEFORE = (
    "INSERT INTO proposal (id, study_id, session_id, kind, state, draft_id, grounds, affected,"
    " outcome, revealed, created_by, created_at)"
    " VALUES ('p', 's', 'a', 'problem', 'open', 'd', '[]', '[]', '{}', 0, 'w', 0)"
)
