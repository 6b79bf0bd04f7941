"""A closed session with its units: what they answer, what the record takes, how they are quoted."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy import select, update

from schemas.archive import ArchiveQuery
from schemas.errors import Conflict, Forbidden, Invalid, NotFound
from schemas.ids import LineId, ProposalId
from schemas.session import Language
from schemas.taxonomy import Stance
from server.domain.quoting import Quoting
from server.domain.reviewing import Cut
from server.services import indexing, links
from server.services.accounts import Accounts, open_login
from server.services.archive import Archive
from server.services.corrections import Corrections
from server.services.differences import Differences
from server.services.minutes import Minutes
from server.services.reading import Reading
from server.services.reports import Reports
from server.services.returns import DAY, Reply, Returns, Sheet
from server.services.reviews import Reviews
from server.services.subtitles import Subtitles
from server.services.taxonomy import Taxonomy
from server.store import challenges, differences, entries, events, lines, proposals, tables
from server.store.database import Database
from server.store.differences import Difference
from server.store.search import Scope
from tests.server.closed_session import SHARING, closed_session
from tests.server.method import (
    MODERATOR,
    PLANNING,
    SESSION,
    STUDY,
    WANG,
    WATER,
    key,
    small_study,
)

pytestmark = pytest.mark.anyio

KEY = b"k" * 32
LINE = LineId("line-1")


@dataclass
class House:
    database: Database
    service: Returns = field(init=False)
    now: float = 2000.0

    def __post_init__(self) -> None:
        corrections = Corrections(self.database)
        self.service = Returns(self.database, KEY, corrections, lambda: self.now)

    async def sheet(self, unit: str = WATER) -> Sheet:
        token = links.derived_token(KEY, "return", f"{SESSION}:{unit}")
        return await self.service.sheet(token, address="a")

    async def reply(self, unit: str = WATER, **changes: object) -> None:
        given: dict[str, object] = {"name": "Wang", "quoting": Quoting.NAME, "texts": {}}
        given |= {"withdrawn": frozenset(), "added": "", "positions": {}}
        await self.service.reply(await self.sheet(unit), Reply(**given | changes))  # type: ignore[arg-type]


@pytest.fixture
async def house(database: Database) -> House:
    await small_study(database)
    await closed_session(database)
    made = House(database)
    await made.service.open(MODERATOR, days=5)
    return made


async def test_each_concerned_unit_has_a_link_of_its_own_and_a_state(house: House) -> None:
    await house.sheet(WATER)
    await house.reply(PLANNING, added="The map is ours.")

    found = await house.service.board(MODERATOR)

    assert [row.unit.id for row in found.rows] == ["water", "traffic", "planning"]
    assert len({row.path for row in found.rows}) == 3
    water, traffic, planning = (row.answer for row in found.rows)
    assert (water.seen_at, water.replied_at) == (2000.0, None)
    assert traffic.seen_at is None
    assert (planning.replied_at, planning.replied_by) == (2000.0, "Wang")
    with pytest.raises(NotFound):
        await house.service.sheet("something-else", address="a")


async def test_a_unit_sees_its_own_lines_what_quotes_it_and_what_it_has_not_answered(
    house: House,
) -> None:
    water, planning = await house.sheet(WATER), await house.sheet(PLANNING)

    assert {line.id for line in water.lines} == {"line-1", "line-2"}
    assert water.quoted == {"line-1"}
    assert water.missing == []
    assert planning.lines == []
    assert {one.id for one in planning.missing} == {f"proposal-{n}" for n in range(1, 5)}


async def test_a_correction_waits_for_the_moderator_and_becomes_the_lines_next_version(
    house: House,
) -> None:
    await house.reply(texts={LINE: "Our problem is that data is not shared in time."})
    (item,) = (await house.service.board(MODERATOR)).rows[0].items
    async with house.database.read() as work:
        before = await lines.get(work, LINE)

    await house.service.decide(MODERATOR, item.id, take=True)

    async with house.database.read() as work:
        after = await lines.get(work, LINE)
    assert before.text.startswith("Our main problem")
    assert after.text == "Our problem is that data is not shared in time."
    assert after.revision == before.revision + 1
    with pytest.raises(Conflict) as twice:
        await house.service.decide(MODERATOR, item.id, take=False)
    assert twice.value.code == "return.decided"


async def test_a_correction_of_a_line_that_changed_meanwhile_is_refused_whole(
    house: House,
) -> None:
    await house.reply(texts={LINE: "Another text."})
    (item,) = (await house.service.board(MODERATOR)).rows[0].items
    async with house.database.write() as work:
        await work.connection.execute(
            update(tables.line).where(tables.line.c.id == LINE).values(text="Changed.")
        )

    with pytest.raises(Conflict):
        await house.service.decide(MODERATOR, item.id, take=True)

    (still,) = (await house.service.board(MODERATOR)).rows[0].items
    assert still.state == "open"


@pytest.mark.parametrize(
    ("changes", "speaker", "count"),
    [
        ({"quoting": Quoting.NAME}, "Wang", 1),
        ({"quoting": Quoting.WITHOUT}, "", 1),
        ({"quoting": Quoting.NOT}, "", 0),
        ({"withdrawn": frozenset({LINE})}, "", 0),
    ],
)
async def test_documents_quote_only_as_the_unit_allowed(
    house: House, changes: dict[str, object], speaker: str, count: int
) -> None:
    await house.reply(**changes)

    listed = (await Reports(house.database).thematic_list(STUDY)).categories[0].problems[0].evidence
    leaf = await Taxonomy(house.database).entry(SHARING)
    printed = (await Reports(house.database).printable(leaf)).evidence
    record = await Minutes(house.database).of_session(MODERATOR)
    minuted = [one.line for group in record.groups.values() for each in group for one in each.lines]

    assert [one.speaker for one in listed] == [speaker] * count
    assert [one.speaker for one in printed] == [speaker] * count
    said = [line for line in minuted if line.id == LINE]
    assert {(line.speaker, line.unit_id is None) for line in said} == (
        {(speaker, not speaker)} if count else set()
    )


async def test_what_was_taken_is_marked_in_the_minutes_and_withdrawn_words_are_not(
    house: House,
) -> None:
    await house.reply(PLANNING, added="The map is ours.")
    await house.reply(withdrawn=frozenset({LINE}))
    (addition,) = (await house.service.board(MODERATOR)).rows[2].items
    await house.service.decide(MODERATOR, addition.id, take=True)

    record = await Minutes(house.database).of_session(MODERATOR)

    assert {(one.kind, one.text) for one in record.returned} == {
        ("add", "The map is ours."),
        ("withdraw", ""),
    }


async def test_a_missing_position_is_taken_and_an_objection_challenges_the_entry(
    house: House,
) -> None:
    promoted, deferred = ProposalId("proposal-1"), ProposalId("proposal-3")
    positions = {promoted: (Stance.OBJECT, "Not with us."), deferred: (Stance.AGREE, "")}

    await house.reply(PLANNING, positions=positions)

    async with house.database.read() as work:
        after = await proposals.get(work, promoted)
        concerned = await entries.units(work, SHARING)
        challenged = await challenges.of_entry(work, SHARING)
        told = [one.action for one in await events.of_session(work, STUDY, SESSION)]
    assert (after.state, after.positions[-1].stance) == ("promoted", Stance.OBJECT)
    assert all(one.heard for one in concerned)
    assert [one.challenge.reason for one in challenged] == ["Not with us."]
    assert told.count("proposal.position_returned") == 2
    assert {one.id for one in (await house.sheet(PLANNING)).missing} == {"proposal-2", "proposal-4"}


async def test_sent_again_an_answer_stands_in_the_place_of_the_earlier(house: House) -> None:
    await house.reply(texts={LINE: "First."}, added="One.", withdrawn=frozenset({"line-2"}))
    await house.reply(added="Two.")

    items = (await house.service.board(MODERATOR)).rows[0].items

    assert [(one.kind, one.text) for one in items] == [("add", "Two.")]


async def test_other_units_lines_are_not_touched_and_nothing_is_taken_after_the_last_day(
    house: House,
) -> None:
    await house.reply(PLANNING, texts={LINE: "Forged."}, withdrawn=frozenset({LINE}))
    assert (await house.service.board(MODERATOR)).rows[2].items == []

    with pytest.raises(Invalid):
        await house.reply(positions={}, name=" ")
    with pytest.raises(Invalid):
        await house.reply(PLANNING, positions={ProposalId("proposal-1"): (Stance.OBJECT, " ")})
    house.now += 5 * DAY + 1
    with pytest.raises(Conflict) as late:
        await house.reply(added="Too late.")

    assert late.value.code == "return.over"
    async with house.database.read() as work:
        rows = await work.connection.execute(select(tables.return_item))
        assert rows.all() == []


async def test_only_moderators_send_and_only_what_is_closed(house: House) -> None:
    with pytest.raises(Forbidden):
        await house.service.board(WANG)
    with pytest.raises(Invalid):
        await house.service.open(MODERATOR, days=0)
    async with house.database.write() as work:
        await work.connection.execute(update(tables.session).values(state="live"))
    with pytest.raises(Forbidden):
        await house.service.open(MODERATOR, days=5)


async def found(house: House) -> set[str]:
    """The lines that the archive finds: both say the same."""
    scope = Scope(studies=frozenset({STUDY}))
    page = await Archive(house.database).search(ArchiveQuery("main problem"), scope=scope)
    return {hit.ref for hit in page.hits if hit.of == "line"}


async def test_what_a_unit_withdraws_is_found_and_read_by_nobody_until_it_is_left_in_again(
    house: House,
) -> None:
    await indexing.rebuild(house.database)
    reading, subtitles = Reading(house.database), Subtitles(house.database)
    assert await found(house) == {LINE, "line-2"}

    await house.reply(withdrawn=frozenset({LINE}))

    assert await found(house) == {"line-2"}
    read = {line.id: line.text for line in (await reading.transcript(SESSION)).lines}
    assert read[LINE] == ""
    assert LINE not in [one.id for one in (await subtitles.script(MODERATOR)).lines]
    await house.reply()
    assert await found(house) == {LINE, "line-2"}
    read = {line.id: line.text for line in (await reading.transcript(SESSION)).lines}
    assert "shared" in read[LINE]


async def shown(house: House) -> dict[str, object]:
    """What the session's document was last told of the line."""
    row = tables.mirror.c
    asked = select(row.value).where(row.session_id == SESSION, row.key == LINE).order_by(row.seq)
    async with house.database.read() as work:
        return dict((await work.connection.execute(asked)).scalars().all()[-1])


async def test_what_a_unit_withdraws_leaves_the_document_and_rounds_begun_before(
    house: House,
) -> None:
    reviews = Reviews(house.database, KEY)
    chair = await Accounts(house.database).create("chair", "Chair", None)
    round_id = await reviews.begin(SESSION, cut=Cut.LINE, names=["Ada", "Bo"], by=chair)
    (coder, _) = (await reviews.board(round_id)).coders
    async with house.database.write() as work:
        _, login = await open_login(work, None, 1.0)
    await reviews.enter(reviews.link(coder).rsplit("/", 1)[1], login)

    async def coded() -> set[str]:
        units = (await reviews.desk(round_id, login)).units.values()
        return {line.id for unit in units for line in unit}

    heard_again = Difference(
        "d", SESSION, LINE, "shared", "", None, None, None, None, Language.EN, (), "heard", "m"
    )
    async with house.database.write() as work:
        await differences.add(work, heard_again, order=0, at=1.0)
    beside = Differences(house.database, Corrections(house.database))
    assert len(await beside.still_open(MODERATOR)) == 1
    assert await coded() == {LINE, "line-2"}
    await house.reply(withdrawn=frozenset({LINE}))

    gone = await shown(house)
    assert await beside.still_open(MODERATOR) == []
    assert (gone["source"], gone["track"]) == ("withdrawn", None)
    assert "shared" not in str(gone)
    assert await coded() == {"line-2"}
    corrections = Corrections(house.database)
    offered = await corrections.preview(MODERATOR, "shared", "divided")
    assert [one.line.id for one in offered] == ["line-2"]
    with pytest.raises(NotFound):
        await corrections.correct(MODERATOR, LINE, revision=0, text="Mine.", key=key(1))
    await house.reply()
    back = await shown(house)
    assert (back["source"], back["track"]) == ("spoken", "track-line-1")
    assert "shared" in str(back["text"])
    assert await coded() == {LINE, "line-2"}


async def test_exported_hits_quote_as_the_unit_allows(house: House) -> None:
    await indexing.rebuild(house.database)
    scope, asked = Scope(studies=frozenset({STUDY})), ArchiveQuery("main problem")

    async def exported() -> list[tuple[bool, bool]]:
        hits = await Archive(house.database).printable(asked, scope=scope, most=10)
        return [(hit.speaker != "", hit.unit is not None) for hit in hits if hit.ref == LINE]

    whole = await exported()
    await house.reply(quoting=Quoting.WITHOUT)
    without = await exported()
    await house.reply(quoting=Quoting.NOT)

    assert whole == [(True, True)]
    assert without == [(False, False)]
    assert await exported() == []
    assert LINE in await found(house)
