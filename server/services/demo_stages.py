"""What the demo study shows of its first stages: passages, people, succession, a questionnaire."""

import time
from collections.abc import Mapping

from schemas.ids import (
    EntryId,
    EvidenceId,
    PassageId,
    QuestionId,
    SourceId,
    StudyId,
    ThemeId,
    UnitId,
    new_id,
)
from schemas.taxonomy import Evidence
from server.demo import content
from server.demo.content import DemoResponse
from server.services.questionnaires import Questionnaires, QuestionRow, Words
from server.services.responses import publish, sheet_of
from server.store import (
    departments,
    entries,
    passages,
    questionnaires,
    search,
    searchables_passages,
    studies,
    succession,
)
from server.store.accounts import Account
from server.store.database import Database, Work
from server.store.passages import Passage
from server.store.questionnaires import Answer, Asked, Response
from server.store.succession import Change, Succession


async def make_passages(
    work: Work,
    study_id: StudyId,
    sources: Mapping[str, SourceId],
    problems: Mapping[str, EntryId],
    *,
    at: float,
) -> None:
    """Store short paraphrases of what the policies aim at; some back problems from the start."""
    numbers: dict[str, int] = {}
    made: list[Passage] = []
    backing: list[Evidence] = []
    for told in content.passages():
        for text in (told.en, told.zh):
            numbers[told.source] = numbers.get(told.source, 0) + 1
            passage = Passage(
                PassageId(new_id()),
                study_id,
                sources[told.source],
                None,
                None,
                numbers[told.source],
                "",
                text,
            )
            made.append(passage)
            backing += [_evidence(problems[slug], passage) for slug in told.backs]
    await passages.add(work, made, at=at)
    await entries.add_evidence(work, backing)
    found = await searchables_passages.of_passages(work, [one.id for one in made])
    await search.add(work, found)


async def make_units(
    work: Work, study_id: StudyId, units: Mapping[str, UnitId], themes: Mapping[str, ThemeId]
) -> None:
    """Store where units came from, and the departments that sat in each theme's group."""
    told = content.organisation()
    found = [
        Succession(
            units[one.unit],
            units[one.origin] if one.origin else None,
            Change(one.change),
            one.name,
            one.on,
        )
        for one in told.successions
    ]
    await succession.replace(work, study_id, found)
    for theme, named in told.departments.items():
        await departments.replace(work, themes[theme], [one.name for one in named])


async def ensure_questionnaire(
    database: Database, account: Account, service: Questionnaires, study_id: StudyId
) -> None:
    """Open the questionnaire with the answers of several units, unless the study has one."""
    _, known = await service.of_study(account, study_id)
    if known:
        return
    told = content.questionnaire()
    words = Words(told.title.name, told.intro.name, told.cities, told.due)
    made = await service.create(account, study_id, words)
    async with database.read() as work:
        themes = {theme.slug: theme.id for theme in await studies.themes(work, study_id)}
        units = await studies.unit_ids(work, study_id)
        problems = await entries.by_slug(work, study_id)
    rows = [
        QuestionRow("", one.name, Asked(one.kind), themes[one.theme] if one.theme else None)
        for one in told.questions
    ]
    await service.set_questions(account, made, rows)
    await service.open(account, made)
    async with database.write() as work:
        asked = await questionnaires.questions(work, made)
        ids = {one.slug: asked[place].id for place, one in enumerate(told.questions)}
        kinds = {one.slug: one.kind for one in told.questions}
        given = {one.unit_id: one for one in await questionnaires.responses(work, made)}
        for response in told.responses:
            found = given[units[response.unit]]
            await _answer(work, found, response, ids, kinds, problems)


async def _answer(
    work: Work,
    found: Response,
    told: DemoResponse,
    ids: Mapping[str, QuestionId],
    kinds: Mapping[str, str],
    problems: Mapping[str, EntryId],
) -> None:
    now = time.time()
    await questionnaires.change_response(work, found.id, entered_at=now, begun_at=now)
    texts = {slug: told.answers.get(slug, "") for slug in ids}
    for slug, text in texts.items():
        levels = told.levels if kinds[slug] == Asked.LEVEL.value else {}
        if text or levels:
            made = Answer(new_id(), found.id, ids[slug], text, levels, 1, told.by, now)
            await questionnaires.write_answer(work, made)
    if not told.released:
        return
    sheet = await sheet_of(work, await questionnaires.response(work, found.id))
    await publish(work, sheet, by=told.by, at=now)
    answers = await questionnaires.answers(work, found.id)
    known = await passages.of_answers(work, [one.id for one in answers.values()])
    backing = [
        _evidence(problems[problem], known[answers[ids[slug]].id])
        for slug, backs in told.backs.items()
        for problem in backs
    ]
    await entries.add_evidence(work, backing)
    coded = [one.passage_id for one in backing if one.passage_id]
    await search.put(work, await searchables_passages.of_passages(work, coded))


def _evidence(entry_id: EntryId, passage: Passage) -> Evidence:
    return Evidence.of_passage(EvidenceId(new_id()), entry_id, passage.id, passage.text)
