"""What the ear is told of a session: its languages, its script, and the words of its study."""

from dataclasses import replace

import pytest
from sqlalchemy import insert

from schemas.events import TaxonomyChanged
from schemas.ids import EntryId
from schemas.session import Bilingual, Language, Script
from schemas.taxonomy import Entry, EntryKind, EntryState, Scope
from server.services.guiding import KEEP_SECONDS, Guiding
from server.store import entries, speech, tables, terms
from server.store.database import Database
from server.store.speech import Speech
from tests.server.ear import ROOM
from tests.server.method import SESSION, STAGE, STUDY, WANG, WATER, small_study

pytestmark = pytest.mark.anyio


def entry(label: str, state: EntryState = EntryState.ACTIVE) -> Entry:
    return Entry(
        id=EntryId(label.replace(" ", "-")),
        study_id=STUDY,
        kind=EntryKind.PROBLEM,
        label=Bilingual(label, ""),
        definition=Bilingual(),
        parent_id=None,
        scope=Scope.UNKNOWN,
        scope_reason="",
        state=state,
        version=1,
        order=1,
        merged_into=None,
    )


async def add_entry(database: Database, added: Entry) -> None:
    """As promotion does: the entry and its event in one unit of work."""
    async with database.write() as work:
        await entries.add(work, added, slug=added.id, stage_id=STAGE)
        work.publish(TaxonomyChanged(STUDY, SESSION, added.id, "promoted"))


async def test_the_studys_words_are_told(database: Database) -> None:
    await small_study(database)
    await add_entry(database, entry("late road permits"))
    await add_entry(database, entry("struck idea", EntryState.RETRACTED))
    async with database.write() as work:
        await terms.add(work, STUDY, "drain survey", by=WANG.id, at=1.0)
        alias = {"id": "alias", "unit_id": WATER, "alias": "WAB"}
        await work.connection.execute(insert(tables.unit_alias).values(alias))

    told = await Guiding(database).guidance(ROOM)

    assert told.languages == (Language.EN,)
    assert told.script is Script.HANS
    assert {"drain survey", "wang", "Water", "WAB", "late road permits"} <= set(told.hotwords)
    assert told.hotwords[0] == "drain survey"
    assert "struck idea" not in told.hotwords


async def test_what_was_promoted_is_told_with_the_next_utterance(database: Database) -> None:
    await small_study(database)
    guiding = Guiding(database, clock=lambda: 0.0)
    database.on_commit(lambda done: [guiding.forget(one.study_id) for one in done.events][:0])
    before = await guiding.guidance(ROOM)

    await add_entry(database, entry("late road permits"))
    after = await guiding.guidance(ROOM)

    assert "late road permits" not in before.hotwords
    assert "late road permits" in after.hotwords


async def test_without_an_event_words_are_read_again_after_a_while(database: Database) -> None:
    now = 0.0
    await small_study(database)
    guiding = Guiding(database, clock=lambda: now)
    await guiding.guidance(ROOM)
    async with database.write() as work:
        await terms.add(work, STUDY, "drain survey", by=WANG.id, at=1.0)

    soon = await guiding.guidance(ROOM)
    now = KEEP_SECONDS
    later = await guiding.guidance(ROOM)

    assert "drain survey" not in soon.hotwords
    assert "drain survey" in later.hotwords


async def test_a_session_declares_what_is_spoken_and_written(database: Database) -> None:
    await small_study(database)
    async with database.write() as work:
        await speech.declare(work, SESSION, Speech(is_either=False, script=Script.HANS))
        await speech.declare(work, SESSION, Speech(is_either=True, script=Script.HANT))

    english = await Guiding(database).guidance(ROOM)
    chinese = await Guiding(database).guidance(replace(ROOM, language=Language.ZH))

    assert english.languages == (Language.EN, Language.ZH)
    assert chinese.languages == (Language.ZH, Language.EN)
    assert english.script is chinese.script is Script.HANT
    assert {"Water", "水务局"} <= set(chinese.hotwords)


async def test_one_track_may_be_spoken_on_in_either_language(database: Database) -> None:
    await small_study(database)
    guiding = Guiding(database)

    pinned = await guiding.guidance(ROOM)
    either = await guiding.guidance(replace(ROOM, is_either=True))

    assert pinned.languages == (Language.EN,)
    assert either.languages == (Language.EN, Language.ZH)
    assert {"Water", "水务局"} <= set(either.hotwords)
    assert "水务局" not in pinned.hotwords
