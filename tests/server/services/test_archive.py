"""The archive answers with hits, marks and the lines around, within what one may see."""

import pytest

from schemas.annotation import Anchor, Annotation, Kind, Voice
from schemas.archive import ArchiveQuery
from schemas.errors import Invalid, NotFound
from schemas.ids import AccountId, AnnotationId, LineId, TrackId
from schemas.session import AudioMode, Bilingual, Language, Track, TrackKind
from schemas.transcript import Segment, Transcript
from server.routes.archive import hit_row
from server.services import citing, indexing
from server.services.accounts import Accounts
from server.services.archive import Archive
from server.services.projection import Projection
from server.services.transcripts import Transcripts
from server.store import discretion, events, logins, memberships, tracks
from server.store.accounts import Account
from server.store.database import Database
from server.store.logins import Login
from server.store.memberships import Share
from server.store.search import Scope
from tests.server.method import LI, SESSION, STUDY, WANG, WATER, key, small_study

pytestmark = pytest.mark.anyio

ALL = Scope(studies=frozenset({STUDY}))
ROOM = Track(TrackId("room"), SESSION, TrackKind.MICROPHONE, "Room", Language.EN, None, 30.0)


def login(account: Account | None = None) -> Login:
    return Login("t" * 64, "csrf", account, "", 0.0, 1e12)


async def say(database: Database, *texts: str) -> list[LineId]:
    """Speak `texts` one after another, ten seconds each."""
    transcripts, said = Transcripts(database), []
    for number, text in enumerate(texts):
        segment = Segment(ROOM.id, 160_000 * number, 160_000 * number + 80_000)
        transcript = Transcript(segment, text, Language.ZH, 0.9, "tiny", "")
        line = await transcripts.spoken(transcript, floor=WANG.id, step=None, reason="kept")
        said.append(line.id)
    await indexing.follow(database)
    return said


@pytest.fixture
async def archive(database: Database) -> Archive:
    await small_study(database)
    async with database.write() as work:
        await tracks.add(work, ROOM, at=1.0)
    return Archive(database)


async def test_a_line_is_found_with_its_marks_and_its_sound(
    database: Database, archive: Archive
) -> None:
    _, line_id = await say(database, "先说别的", "水位太高，水进了地铁")

    page = await archive.search(ArchiveQuery("水"), scope=ALL)

    (hit,) = page.hits
    assert page.next is None
    assert (hit.of, hit.line_id, hit.kind) == ("line", line_id, "line")
    assert (hit.track_id, hit.start, hit.end, hit.at) == (ROOM.id, 10.0, 15.0, 40.0)
    assert (hit.speaker, hit.unit) == (WANG.name, Bilingual("Water", "水务局"))
    assert hit.session_title == Bilingual("Flood", "内涝")
    assert [hit.text[start:end] for start, end in hit.marks] == ["水", "水"]


async def test_an_annotation_is_found_with_the_sound_of_its_line(
    database: Database, archive: Archive
) -> None:
    (line_id,) = await say(database, "先说别的")
    note = Annotation(
        AnnotationId("a1"),
        LI.id,
        Voice("Wang", WANG.id, WATER),
        Kind.CAUSE,
        (Anchor(line_id, 0, 0, None, ""),),
        "Nobody owns the data",
        1.0,
        opened=False,
        withdrawn=False,
    )
    await Projection(database).follow(SESSION, [note])
    await indexing.follow(database)

    (hit,) = (await archive.search(ArchiveQuery("data"), scope=ALL)).hits

    assert (hit.of, hit.kind, hit.language) == ("annotation", "cause", Language.EN)
    assert (hit.line_id, hit.track_id, hit.start) == (line_id, ROOM.id, 0.0)
    assert hit.speaker == "Wang"


async def test_a_note_on_a_line_that_is_not_its_sessions_is_no_hit(
    database: Database, archive: Archive
) -> None:
    note = Annotation(
        AnnotationId("a1"), LI.id, Voice("", None, None), Kind.MEMO,
        (Anchor(LineId("elsewhere"), 0, 0, None, ""),), "data", 1.0, opened=False, withdrawn=False,
    )  # fmt: skip
    await Projection(database).follow(SESSION, [note])
    await indexing.follow(database)

    assert (await archive.search(ArchiveQuery("data"), scope=ALL)).hits == ()


async def test_what_is_cited_keeps_the_titles_it_was_said_under(
    database: Database, archive: Archive
) -> None:
    async def cited() -> list[tuple[str, str, str]]:
        found = await archive.printable(ArchiveQuery("数据"), scope=ALL, most=10)
        return [
            (hit.text, hit.study_title.en, hit.session_title.en if hit.session_title else "")
            for hit in found
        ]

    async def told(action: str, subject: str, before: Bilingual, at: float) -> None:
        async with database.write() as work:
            was = citing.was_called(before, Bilingual("Another", "另一"))
            await events.record(work, STUDY, action, subject, body=was, at=at)
            await events.record(work, STUDY, action, subject, at=at + 1)  # of another detail

    await say(database, "数据 一", "数据 二")  # 30 and 40 s after the opening
    before = await cited()
    opened = 1000.0
    await told(citing.SESSION_CHANGED, SESSION, Bilingual("Water", "水"), opened + 35)
    await told(citing.SESSION_CHANGED, SESSION, Bilingual("Rivers", "河"), opened + 50)
    await told(citing.STUDY_CHANGED, STUDY, Bilingual("Smart city", "智慧城市"), opened + 60)

    assert before == [("数据 二", "Study", "Flood"), ("数据 一", "Study", "Flood")]
    assert await cited() == [
        ("数据 二", "Smart city", "Rivers"),
        ("数据 一", "Smart city", "Water"),
    ]


async def test_pages_go_from_new_to_old(database: Database, archive: Archive) -> None:
    said = await say(database, "数据 一", "数据 二", "数据 三")

    first = await archive.search(ArchiveQuery("数据", limit=2), scope=ALL)
    second = await archive.search(ArchiveQuery("数据", limit=2, after=first.next), scope=ALL)

    assert [hit.line_id for hit in (*first.hits, *second.hits)] == said[::-1]
    assert second.next is None


async def test_wrong_words_say_where(archive: Archive) -> None:
    with pytest.raises(Invalid) as refused:
        await archive.search(ArchiveQuery('data "open'), scope=ALL)

    assert refused.value.fields == {"at": 5, "reason": "unclosed_quote"}


async def test_ten_lines_stand_around_a_line(database: Database, archive: Archive) -> None:
    said = await say(database, *(f"line {number}" for number in range(30)))

    middle = await archive.context(said[15], scope=ALL)
    first = await archive.context(said[0], scope=ALL)

    assert [line.id for line in middle.around] == said[5:26]
    assert [line.id for line in first.around] == said[:11]


async def test_an_account_finds_the_studies_it_runs_and_others_what_they_came_into(
    database: Database, archive: Archive
) -> None:
    (line_id,) = await say(database, "数据")
    account = Account(AccountId("chair"), "chair", "Chair", Language.EN)
    stranger = login()

    assert (await archive.scope_of(login(account))).is_empty
    chair = await Accounts(database).create("chair", "Chair", None)
    async with database.write() as work:
        await memberships.add(work, STUDY, chair.id, Share.MODERATOR)
    assert await archive.scope_of(login(chair)) == ALL
    nothing = await archive.scope_of(stranger)
    assert nothing.is_empty
    assert (await archive.search(ArchiveQuery("数据"), scope=nothing)).hits == ()
    with pytest.raises(NotFound):
        await archive.context(line_id, scope=nothing)

    async with database.write() as work:
        await logins.add(work, stranger.token_sha256, "csrf", None, 0.0, 1e12)
        await logins.be_person(work, stranger.token_sha256, SESSION, WANG.id)
    joined = await archive.scope_of(stranger)
    assert joined == Scope(sessions=frozenset({SESSION}), members=frozenset({STUDY}))
    assert len((await archive.search(ArchiveQuery("数据"), scope=joined)).hits) == 1
    assert (await archive.context(line_id, scope=joined)).line.id == line_id
    other = ArchiveQuery("数据", {"session": ("other",)})
    assert (await archive.search(other, scope=joined)).hits == ()


async def test_typed_lines_have_no_sound(database: Database, archive: Archive) -> None:
    await Transcripts(database, now=lambda: 1_010.0).typed(WANG, "数据", key=key(1))
    await indexing.follow(database)

    (hit,) = (await archive.search(ArchiveQuery("数据"), scope=ALL)).hits

    assert (hit.track_id, hit.start, hit.at) == (None, None, 10.0)


async def test_a_hit_says_when_its_sound_was_deleted_and_offers_none(
    database: Database, archive: Archive
) -> None:
    await say(database, "先说别的", "水位太高")
    async with database.write() as work:
        await discretion.change(work, SESSION, audio=AudioMode.DELETED, proofed_at=86_400.0)

    (hit,) = (await archive.search(ArchiveQuery("水位"), scope=ALL)).hits

    assert (hit.track_id, hit.proofed_at) == (None, 86_400.0)
    row = hit_row(hit, Language.EN)
    assert row.audio_href == ""
    assert "1970-01-02" in row.audio_gone
