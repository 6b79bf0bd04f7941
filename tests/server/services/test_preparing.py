"""Studies, sessions and guests are prepared by those who run them, as wholes, on both engines."""

from dataclasses import replace

import pytest

from schemas.document import AGENDA
from schemas.errors import Conflict, Forbidden, Invalid, NotFound
from schemas.ids import SessionId, StageId, StudyId, ThemeId, UnitId
from schemas.session import (
    Bilingual,
    Language,
    Role,
    Script,
    SessionKind,
    SessionState,
    StepDetail,
    Unit,
)
from server.domain import agenda, sheets
from server.domain.agenda import Template
from server.services import citing
from server.services.accounts import Accounts
from server.services.agendas import Agendas, Details, Planned
from server.services.importing import Importing
from server.services.inviting import Attendance, Guest, Inviting
from server.services.joining import Joining
from server.services.preparing import NO_THEME, Named, Preparing, Settings, UnitRow
from server.services.seating import Seating
from server.store import events, people, sessions, studies
from server.store.accounts import Account
from server.store.database import Database
from server.store.memberships import Share
from server.store.mirrors import Mirrors
from server.store.speech import Speech
from tests.server.method import LI, MODERATOR, SESSION, TRAFFIC, WATER, key, small_study
from tests.server.statements import statements

pytestmark = pytest.mark.anyio

TITLE = Bilingual("Harbour", "港口")
SHEET = "专题,name_en,名称,kind,aliases\n交通,Transport,市交通局,bureau,交通;运输\n交通,Port,,,\n"


async def account(database: Database, login: str) -> Account:
    return await Accounts(database).create(login, login.title(), None)


async def study_of(database: Database, owner: Account) -> StudyId:
    return await Preparing(database).create(owner, Settings(TITLE, Bilingual()))


async def session_of(database: Database, owner: Account) -> SessionId:
    study_id = await study_of(database, owner)
    await Importing(database).store(owner, study_id, sheets.parse(SHEET))
    async with database.read() as work:
        stage = (await studies.stages(work, study_id))[2]
    details = Details(TITLE, SessionKind.JOINT_DEVELOPMENT, Language.ZH, stage.id)
    return await Agendas(database).create(owner, study_id, details, template=Template.PROCESS)


async def test_a_study_is_private_to_those_who_run_it(database: Database) -> None:
    preparing = Preparing(database)
    owner, other = await account(database, "owner"), await account(database, "other")
    study_id = await study_of(database, owner)

    with pytest.raises(NotFound, match=r"study\.unknown"):
        await preparing.prepared(other, study_id)
    await preparing.add_member(owner, study_id, " Other ", Share.MODERATOR)

    assert (await preparing.prepared(other, study_id)).share is Share.MODERATOR
    with pytest.raises(Forbidden, match=r"study\.owner"):
        await preparing.set_themes(other, study_id, [Named("", TITLE)])
    with pytest.raises(Conflict, match=r"member\.self"):
        await preparing.remove_member(owner, study_id, owner.id)
    await preparing.remove_member(owner, study_id, other.id)
    with pytest.raises(NotFound):
        await preparing.prepared(other, study_id)


async def test_lists_are_replaced_as_wholes_and_nothing_used_goes(database: Database) -> None:
    preparing, owner = Preparing(database), await account(database, "owner")
    study_id = await study_of(database, owner)
    one, two = Named("", Bilingual("One")), Named("", Bilingual("Two"))
    await preparing.set_themes(owner, study_id, [one, two, Named("", Bilingual())])
    first, second = (await preparing.prepared(owner, study_id)).themes
    row = UnitRow("", Bilingual("Port", "港"), "bureau", ("Harbour",))
    await preparing.set_units(owner, study_id, first.id, [row])

    swapped = [Named(second.id, Bilingual("II")), Named(first.id, first.title)]
    await preparing.set_themes(owner, study_id, swapped)

    themes = (await preparing.prepared(owner, study_id)).themes
    assert [(theme.id, theme.title.en) for theme in themes] == [
        (second.id, "II"),
        (first.id, "One"),
    ]
    with pytest.raises(Conflict, match=r"theme\.used"):
        await preparing.set_themes(owner, study_id, [Named(second.id, second.title)])
    with pytest.raises(Invalid, match=r"study\.row"):
        await preparing.set_themes(owner, study_id, [Named(first.id, Bilingual())])
    assert (await preparing.prepared(owner, study_id)).themes == themes
    with pytest.raises(NotFound, match=r"theme\.unknown"):
        await preparing.set_units(owner, study_id, ThemeId("other"), [row])


async def test_a_study_can_begin_with_the_units_of_another(database: Database) -> None:
    preparing, owner = Preparing(database), await account(database, "owner")
    first = await study_of(database, owner)
    await Importing(database).store(owner, first, sheets.parse(SHEET))
    beside = Unit(UnitId("beside"), Bilingual("In no theme", ""), "bureau", 9)
    async with database.write() as work:
        await studies.add_unit(work, first, None, "beside", beside)

    second = await preparing.create(owner, Settings(TITLE, Bilingual()), like=first)

    old, new = [(await preparing.prepared(owner, one)) for one in (first, second)]
    assert new.study.follows == first
    assert [u.name for t in new.themes for u in t.units] == [
        u.name for t in old.themes for u in t.units
    ]
    assert not {u.id for t in new.themes for u in t.units} & {
        u.id for t in old.themes for u in t.units
    }
    async with database.read() as work:
        copied = await studies.units(work, second)
    assert copied[-1].name == beside.name
    stranger = await account(database, "stranger")
    with pytest.raises(NotFound):
        await preparing.create(stranger, Settings(TITLE, Bilingual()), like=first)


async def test_units_in_no_theme_are_listed_changed_and_come_last(database: Database) -> None:
    preparing, owner = Preparing(database), await account(database, "owner")
    study_id = await study_of(database, owner)
    await Importing(database).store(owner, study_id, sheets.parse(SHEET))
    rows = [UnitRow("", Bilingual(name), "office", ()) for name in ("Garrison", "Guests")]

    await preparing.set_units(owner, study_id, None, rows)
    first, second = (await preparing.prepared(owner, study_id)).beside
    turned = [
        UnitRow(second.id, second.name, "office", ("visitors",)),
        UnitRow(first.id, Bilingual("Garrison", "警备区"), "institution", ()),
    ]
    await preparing.set_units(owner, study_id, None, turned)
    await Importing(database).store(owner, study_id, sheets.parse("theme,name\n交通,Yard\n"))

    beside = (await preparing.prepared(owner, study_id)).beside
    assert [(one.id, one.kind, one.aliases) for one in beside] == [
        (second.id, "office", ("visitors",)),
        (first.id, "institution", ()),
    ]
    async with database.read() as work:
        units = await studies.units(work, study_id)
    assert [(one.order, one.name.en) for one in units] == [
        (1, "Transport"),
        (2, "Port"),
        (3, "Yard"),
        (4, "Guests"),
        (5, "Garrison"),
    ]
    await preparing.set_units(owner, study_id, None, turned[:1])
    assert [one.id for one in (await preparing.prepared(owner, study_id)).beside] == [second.id]


async def test_a_unit_moves_to_another_theme_with_all_that_is_its(database: Database) -> None:
    preparing, owner = Preparing(database), await account(database, "owner")
    study_id = await study_of(database, owner)
    sheet = SHEET + "水务,Water,市水务局,局,\n"
    await Importing(database).store(owner, study_id, sheets.parse(sheet))
    roads, water = (await preparing.prepared(owner, study_id)).themes
    rows = [UnitRow(u.id, u.name, u.kind, u.aliases) for u in roads.units]

    moved = [replace(rows[0], moves_to=water.id), replace(rows[1], moves_to=NO_THEME)]
    await preparing.set_units(owner, study_id, roads.id, moved)

    now = await preparing.prepared(owner, study_id)
    assert [[u.name.en for u in theme.units] for theme in now.themes] == [
        [],
        ["Water", "Transport"],
    ]
    assert [(u.id, u.name.en) for u in now.beside] == [(rows[1].id, "Port")]
    assert now.themes[1].units[1].aliases == ("交通", "运输")
    foreign = [UnitRow(rows[1].id, rows[1].name, "office", (), "of another study")]
    with pytest.raises(NotFound, match=r"theme\.unknown"):
        await preparing.set_units(owner, study_id, None, foreign)
    assert [u.id for u in (await preparing.prepared(owner, study_id)).beside] == [rows[1].id]


async def test_a_sheet_of_units_is_written_as_people_write_chinese(database: Database) -> None:
    importing, owner = Importing(database), await account(database, "owner")
    study_id = await study_of(database, owner)
    sheet = "所属专题,单位名称,单位类型,简称\n水务,市水务局,局,水务局、水利\n水务,和平区,区,\n水务,联通,公司,\n"

    rows = await importing.check(owner, study_id, sheets.parse(sheet))

    assert [(one.name.zh, one.kind, one.problem) for one in rows] == [
        ("市水务局", "bureau", ""),
        ("和平区", "district", ""),
        ("联通", "company", ""),
    ]
    assert rows[0].aliases == ("水务局", "水利")


async def test_a_long_list_of_units_takes_few_statements(database: Database) -> None:
    importing, owner = Importing(database), await account(database, "owner")
    study_id = await study_of(database, owner)
    told = "".join(f"专题{n % 3},单位{n},局,别名{n}\n" for n in range(300))

    with statements() as asked:
        await importing.store(owner, study_id, sheets.parse("专题,名称,类别,别名\n" + told))

    assert len(asked) < 40, len(asked)
    async with database.read() as work:
        units = await studies.units(work, study_id)
    assert [one.order for one in units] == list(range(1, 301))
    assert units[1].name.zh == "单位3"
    assert units[1].aliases == ("别名3",)


async def test_an_import_with_one_bad_row_stores_nothing(database: Database) -> None:
    importing, owner = Importing(database), await account(database, "owner")
    study_id = await study_of(database, owner)
    bad = sheets.parse(SHEET + "交通,port,,,\n,Nobody,,,\n交通,,,,x\n交通,Yard,,garden,\n")

    rows = await importing.check(owner, study_id, bad)

    told = ["", "", "import.twice", "import.no_theme", "import.no_name", "import.kind"]
    assert [row.problem for row in rows] == told
    with pytest.raises(Conflict) as refused:
        await importing.store(owner, study_id, bad)
    assert refused.value.fields == {"rows": "4, 5, 6, 7"}
    assert (await Preparing(database).prepared(owner, study_id)).themes == []
    assert await importing.store(owner, study_id, sheets.parse(SHEET)) == 2
    again = await importing.check(owner, study_id, sheets.parse(SHEET))
    assert [row.problem for row in again] == ["import.known", "import.known"]
    with pytest.raises(Invalid, match=r"import\.columns"):
        await importing.check(owner, study_id, sheets.parse("a,b\n1,2\n"))


async def test_an_agenda_is_reordered_with_its_ids_and_mirrored(database: Database) -> None:
    agendas, owner = Agendas(database), await account(database, "owner")
    session_id = await session_of(database, owner)
    found = await agendas.preparation(owner, session_id)
    steps, unit = found.agenda, found.units[0].id
    detail = StepDetail("Register", "papers", "permit", unit, ("why?",), 25)
    rows = [Planned(step.id, step.title, step.actor, step.detail) for step in reversed(steps)]
    new = Planned("", Bilingual("New"), unit, detail)

    await agendas.set_agenda(owner, session_id, [*rows[:-1], new])

    kept = (await agendas.preparation(owner, session_id)).agenda
    assert [step.id for step in kept[:-1]] == [row.id for row in rows[:-1]]
    assert (kept[-1].title.en, kept[-1].actor, kept[-1].detail) == ("New", unit, detail)
    shown: dict[str, object] = {}
    for op in await Mirrors(database).after(session_id, 0):
        if op.root == AGENDA:
            shown[op.key] = op.value
    assert shown[rows[-1].id] is None
    value = shown[kept[-1].id]
    assert isinstance(value, dict)
    assert value["detail"]["probes"] == ["why?"]
    with pytest.raises(Invalid, match=r"agenda\.row"):
        await agendas.set_agenda(owner, session_id, [replace(new, title=Bilingual())])


async def test_a_prepared_session_begins_with_what_stands_first_and_a_live_one_goes_on(
    database: Database,
) -> None:
    agendas, owner = Agendas(database), await account(database, "owner")
    session_id = await session_of(database, owner)
    steps = (await agendas.preparation(owner, session_id)).agenda
    turned = [
        Planned(step.id, step.title, step.actor, step.detail) for step in (steps[1], steps[0])
    ]

    await agendas.set_agenda(owner, session_id, turned)
    async with database.write() as work:
        assert (await sessions.get(work, session_id)).step_id == steps[1].id
        await sessions.set_state(work, session_id, SessionState.LIVE, opened_at=1.0, closed_at=None)
    await agendas.set_agenda(owner, session_id, turned[::-1])

    async with database.read() as work:
        assert (await sessions.get(work, session_id)).step_id == steps[1].id


async def test_a_list_of_questions_makes_a_focus_group(database: Database) -> None:
    owner = await account(database, "owner")
    study_id = await study_of(database, owner)
    async with database.read() as work:
        stage = (await studies.stages(work, study_id))[2]
    details = Details(TITLE, SessionKind.JOINT_DEVELOPMENT, Language.ZH, stage.id)

    made = await Agendas(database).create(owner, study_id, details, template=Template.QUESTIONS)

    async with database.read() as work:
        assert (await sessions.get(work, made)).kind is SessionKind.FOCUS_GROUP


@pytest.mark.parametrize(
    ("kind", "like"),
    [
        (SessionKind.JOINT_DEVELOPMENT, Template.PROCESS),
        (SessionKind.FOCUS_GROUP, Template.QUESTIONS),
    ],
)
async def test_the_usual_agenda_is_that_of_the_kind(
    database: Database, kind: SessionKind, like: Template
) -> None:
    owner = await account(database, "owner")
    study_id = await study_of(database, owner)
    async with database.read() as work:
        stage = (await studies.stages(work, study_id))[2]
    details = Details(TITLE, kind, Language.ZH, stage.id)

    made = await Agendas(database).create(owner, study_id, details, template=Template.USUAL)

    async with database.read() as work:
        assert (await sessions.get(work, made)).kind is kind
        steps = await sessions.steps(work, made)
    assert [(one.title, one.detail) for one in steps] == list(agenda.rows(like, kind, Language.ZH))


async def test_the_running_step_of_a_live_session_stays(database: Database) -> None:
    agendas, owner = Agendas(database), await account(database, "owner")
    session_id = await session_of(database, owner)
    async with database.write() as work:
        await sessions.set_state(work, session_id, SessionState.LIVE, opened_at=1.0, closed_at=None)

    with pytest.raises(Conflict, match=r"agenda\.running"):
        await agendas.set_agenda(owner, session_id, [])

    async with database.write() as work:
        await sessions.set_state(
            work, session_id, SessionState.CLOSED, opened_at=1.0, closed_at=2.0
        )
    with pytest.raises(Conflict, match=r"session\.closed"):
        await agendas.set_agenda(owner, session_id, [])


async def test_a_session_declares_what_is_spoken_and_how_chinese_is_written(
    database: Database,
) -> None:
    agendas, owner = Agendas(database), await account(database, "owner")
    session_id = await session_of(database, owner)
    before = await agendas.preparation(owner, session_id)
    details = Details(
        TITLE,
        SessionKind.FOCUS_GROUP,
        Language.ZH,
        before.sitting.stage_id,
        speech=Speech(is_either=True, script=Script.HANT),
    )

    await agendas.change(owner, session_id, details)

    after = await agendas.preparation(owner, session_id)
    assert before.speech == Speech(is_either=False, script=Script.HANS)
    assert after.speech == details.speech


async def test_a_change_of_title_keeps_the_one_before(database: Database) -> None:
    agendas, owner = Agendas(database), await account(database, "owner")
    session_id = await session_of(database, owner)
    found = (await agendas.preparation(owner, session_id)).sitting
    study_id = found.session.study_id
    details = Details(Bilingual("New"), SessionKind.FOCUS_GROUP, Language.ZH, found.stage_id)

    for _ in range(2):  # the second changes nothing
        await agendas.change(owner, session_id, details)
        await Preparing(database).change(
            owner, study_id, Settings(Bilingual("New"), Bilingual("X"))
        )

    actions = {citing.SESSION_CHANGED, citing.STUDY_CHANGED}
    async with database.read() as work:
        told = await events.of_actions(work, study_id, actions, before=None, limit=9)
    was = {"en": TITLE.en, "zh": TITLE.zh}
    assert [one.body for one in told] == [{"was": was}, {"was": was}, {}, {}]


async def test_a_session_in_a_foreign_study_is_unknown(database: Database) -> None:
    owner, other = await account(database, "owner"), await account(database, "other")
    session_id = await session_of(database, owner)

    with pytest.raises(NotFound, match=r"session\.unknown"):
        await Agendas(database).preparation(other, session_id)
    with pytest.raises(NotFound, match=r"session\.unknown"):
        await Inviting(database, None).guests(other, session_id)
    details = Details(TITLE, SessionKind.FOCUS_GROUP, Language.EN, StageId("none"))
    with pytest.raises(NotFound, match=r"session\.unknown"):
        await Agendas(database).change(other, session_id, details)
    with pytest.raises(Invalid) as refused:
        await Agendas(database).change(owner, session_id, details)
    assert refused.value.fields == {"stage": "session.stage"}


async def test_who_is_invited_stands_in_protocol_order_behind_who_leads(database: Database) -> None:
    owner, inviting = await account(database, "owner"), Inviting(database, None)
    session_id = await session_of(database, owner)
    first, second = (await Agendas(database).preparation(owner, session_id)).units
    guests = [
        Guest("", "Port's", second.id, Role.EXPERT),
        Guest("", "Transport's", first.id, Role.EXPERT),
        Guest("", "Chair", None, Role.MODERATOR),
    ]

    await inviting.invite(owner, session_id, guests)

    found = [one.person for one in (await inviting.guests(owner, session_id)).invited]
    assert [one.name for one in found] == ["Chair", "Transport's", "Port's"]
    chair = replace(MODERATOR, session_id=session_id)
    _, cards = await Seating(database, Joining(database, b"k" * 32)).cards(chair)
    assert [one.person.name for one in cards] == ["Chair", "Transport's", "Port's"]


async def test_who_came_stays_on_the_list_whatever_is_sent(database: Database) -> None:
    inviting, owner = Inviting(database, None), await account(database, "owner")
    session_id = await session_of(database, owner)
    unit = (await inviting.guests(owner, session_id)).units[0].id
    guests = [Guest("", name, unit, Role.EXPERT) for name in ("Wang", "Li")]
    await inviting.invite(owner, session_id, guests)
    wang, li = (await inviting.guests(owner, session_id)).invited
    async with database.write() as work:
        await people.accept_notice(work, wang.person.id, 5.0)

    await inviting.invite(owner, session_id, [Guest(li.person.id, "Li Wei", unit, Role.ANALYST)])
    await inviting.invite(owner, session_id, [])

    listed = (await inviting.guests(owner, session_id)).invited
    assert [(one.person.name, one.attendance) for one in listed] == [("Wang", Attendance.CAME)]
    with pytest.raises(Invalid, match=r"guest\.row"):
        await inviting.invite(owner, session_id, [Guest("", "Zhao", None, Role.EXPERT)])


async def test_a_seat_is_given_once_by_a_moderator_only(database: Database) -> None:
    await small_study(database)
    inviting = Inviting(database, None)
    watcher = replace(LI, id=type(LI.id)("watcher"), role=Role.OBSERVER)
    async with database.write() as work:
        await people.add(work, watcher, notice_at=1.0, at=1.0)

    with pytest.raises(Forbidden):
        await inviting.seat(LI, watcher.id, None, key=key(1))
    with pytest.raises(NotFound, match=r"unit\.unknown"):
        await inviting.seat(MODERATOR, watcher.id, type(WATER)("other"), key=key(2))
    answer = await inviting.seat(MODERATOR, watcher.id, None, key=key(3))
    assert answer == await inviting.seat(MODERATOR, watcher.id, None, key=key(3))

    async with database.read() as work:
        seated = await people.by_id(work, watcher.id)
        assert await people.waiting(work, SESSION) == []
    assert seated == replace(watcher, role=Role.EXPERT)
    assert answer == {"person": watcher.id, "unit": TRAFFIC}


async def test_an_agenda_is_kept_under_a_name_and_begins_other_sessions(database: Database) -> None:
    agendas = Agendas(database)
    owner, other = await account(database, "owner"), await account(database, "other")
    session_id = await session_of(database, owner)
    for _ in range(2):  # kept again under its name, it takes the place of the older one
        await agendas.keep(owner, session_id, " Our  process ")
    [kept] = await agendas.kept(owner)
    elsewhere = await study_of(database, owner)
    async with database.read() as work:
        stage = (await studies.stages(work, elsewhere))[2]
        before = await sessions.steps(work, session_id)

    details = Details(TITLE, SessionKind.JOINT_DEVELOPMENT, Language.ZH, stage.id)
    begun = await agendas.create(owner, elsewhere, details, kept=kept.id)

    async with database.read() as work:
        steps = await sessions.steps(work, begun)
    assert kept.title == "Our process"
    assert [(step.title, step.detail) for step in steps] == [
        (step.title, step.detail) for step in before
    ]
    assert not {step.id for step in steps} & {step.id for step in before}
    assert await agendas.kept(other) == []
    with pytest.raises(NotFound):
        await agendas.keep(other, session_id, "Ours")
    with pytest.raises(Invalid, match=r"agenda\.title"):
        await agendas.keep(owner, session_id, "  ")


async def test_another_account_cannot_begin_with_an_agenda_that_is_not_theirs(
    database: Database,
) -> None:
    agendas = Agendas(database)
    owner, other = await account(database, "owner"), await account(database, "other")
    await agendas.keep(owner, await session_of(database, owner), "Ours")
    [kept] = await agendas.kept(owner)
    theirs = await study_of(database, other)
    async with database.read() as work:
        stage = (await studies.stages(work, theirs))[2]
    details = Details(TITLE, SessionKind.JOINT_DEVELOPMENT, Language.ZH, stage.id)

    with pytest.raises(NotFound, match=r"agenda\.unknown"):
        await agendas.create(other, theirs, details, kept=kept.id)
