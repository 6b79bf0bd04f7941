"""What the demo study shows of its first stages: passages, people, succession, a questionnaire."""

from collections.abc import Mapping

from schemas.ids import EntryId, EvidenceId, PassageId, SourceId, StudyId, new_id
from schemas.taxonomy import Evidence
from server.demo import content
from server.store import entries, passages, search, searchables_passages
from server.store.database import Work
from server.store.passages import Passage


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


def _evidence(entry_id: EntryId, passage: Passage) -> Evidence:
    return Evidence(
        id=EvidenceId(new_id()),
        entry_id=entry_id,
        session_id=None,
        line_id=None,
        annotation_id=None,
        track_id=None,
        start=None,
        end=None,
        quote=passage.text,
        passage_id=passage.id,
    )
