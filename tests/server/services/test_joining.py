"""Coming into a session, on both engines."""

import anyio
import pytest
from sqlalchemy import select, update

from schemas.errors import Conflict, NotFound
from schemas.ids import PersonId
from schemas.session import Language, Role, SessionState
from server.domain import codes
from server.services.accounts import Accounts
from server.services.joining import Joined, Joining
from server.services.seating import Seating
from server.store import logins, memberships, tables
from server.store.accounts import Account
from server.store.database import Database
from server.store.logins import Login
from server.store.memberships import Share
from tests.server.method import SESSION, STUDY, WANG, small_study

pytestmark = pytest.mark.anyio

CODE = "K7QM-20AB"
HERE = "192.0.2.1"
NOW = 1_000_000.0


@pytest.fixture
async def joining(database: Database) -> Joining:
    await small_study(database)
    async with database.write() as work:
        code = {"code": CODE, "code_sha256": codes.code_sha256(CODE)}
        await work.connection.execute(update(tables.session).values(code))
    return Joining(database, b"k" * 32, lambda: NOW)


async def run_the_study(database: Database, account: Account) -> None:
    async with database.write() as work:
        await memberships.add(work, STUDY, account.id, Share.OWNER)


async def browser_of(database: Database, joined: Joined) -> Login:
    assert joined.token is not None
    found = await Accounts(database, lambda: NOW).login(joined.token)
    assert found is not None
    return found


async def join(joining: Joining, name: str = "Qian", login: Login | None = None) -> Joined:
    door = await joining.door("k7qm 2oab", address=HERE)
    return await joining.join(
        door, name=f" {name}  Wei ", unit="water", accepted=True,
        language=Language.ZH, login=login,
    )  # fmt: skip


async def test_who_joins_by_code_watches_until_seated_and_the_notice_is_on_record(
    joining: Joining, database: Database
) -> None:
    joined = await join(joining)
    login = await browser_of(database, joined)

    assert (joined.person.name, joined.person.role) == ("Qian Wei", Role.OBSERVER)
    assert await joining.person(login, SESSION) == joined.person
    assert login.name == "Qian Wei"
    assert await joining.may_read(login, STUDY)
    async with database.read() as work:
        found = select(tables.person.c.notice_at).where(tables.person.c.id == joined.person.id)
        assert (await work.connection.execute(found)).scalar_one() == NOW


async def test_a_seat_is_one_person_on_every_device_and_its_link_stays_the_same(
    joining: Joining, database: Database
) -> None:
    path = await joining.seat_url(WANG.id)
    assert await joining.seat_url(WANG.id) == path
    token = path.removeprefix("/seat/")

    first = await joining.seat(token, address=HERE)
    laptop = await joining.take_seat(first, None)
    second = await joining.seat(token, address=HERE)
    phone = await joining.take_seat(second, None)

    assert (first.accepted, second.accepted) == (False, True)
    assert laptop.person == phone.person == WANG
    assert laptop.token != phone.token
    for joined in (laptop, phone):
        assert await joining.person(await browser_of(database, joined), SESSION) == WANG


async def test_another_installations_key_opens_nothing(
    joining: Joining, database: Database
) -> None:
    await joining.seat_url(WANG.id)
    foreign = await Joining(database, b"x" * 32, lambda: NOW).projector_url(SESSION)

    with pytest.raises(NotFound):
        await joining.seat(foreign.removeprefix("/project/"), address=HERE)


async def test_two_screens_of_one_projector_link_are_one_observer(
    joining: Joining, database: Database
) -> None:
    token = (await joining.projector_url(SESSION)).removeprefix("/project/")

    one = await joining.project(token, None, address=HERE)
    other = await joining.project(token, None, address=HERE)

    assert one.person == other.person
    assert one.person.role is Role.OBSERVER


async def test_an_account_is_one_moderator_even_when_it_comes_twice_at_once(
    joining: Joining, database: Database
) -> None:
    accounts = Accounts(database, lambda: NOW)
    account = await accounts.create("chen", "Chen", None)
    await run_the_study(database, account)
    path = await accounts.one_time_link(account.id)
    _, login = await accounts.enter(path.removeprefix("/enter/"), address=HERE, old=None)
    seen: set[PersonId] = set()

    async def come() -> None:
        person = await joining.person(login, SESSION)
        assert person.role is Role.MODERATOR
        seen.add(person.id)

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(come)

    assert len(seen) == 1


async def test_of_two_browsers_at_once_one_gets_the_one_time_link(
    joining: Joining, database: Database
) -> None:
    accounts = Accounts(database, lambda: NOW)
    account = await accounts.create("chen", "Chen", None)
    token = (await accounts.one_time_link(account.id)).removeprefix("/enter/")
    entered: list[str] = []

    async def come() -> None:
        try:
            entered.append((await accounts.enter(token, address=HERE, old=None))[0])
        except NotFound:
            return

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(come)

    assert len(entered) == 1


async def test_signing_in_keeps_who_one_was_and_ends_the_old_login(
    joining: Joining, database: Database
) -> None:
    accounts = Accounts(database, lambda: NOW)
    joined = await join(joining)
    before = await browser_of(database, joined)
    account = await accounts.create("chen", "Chen", None)
    await run_the_study(database, account)
    path = await accounts.one_time_link(account.id)

    _, after = await accounts.enter(path.removeprefix("/enter/"), address=HERE, old=before)

    assert await accounts.login(joined.token or "") is None
    async with database.read() as work:
        assert await logins.find(work, after.token_sha256, NOW, 60.0) == after
    places = await Seating(database, joining).places(after)
    assert [study.id for study in places.studies] == [STUDY]
    assert set(places.projectors) == {SESSION}


async def test_an_account_is_nobody_in_a_study_that_it_does_not_run(
    joining: Joining, database: Database
) -> None:
    accounts = Accounts(database, lambda: NOW)
    account = await accounts.create("liu", "Liu", None)
    path = await accounts.one_time_link(account.id)
    _, login = await accounts.enter(path.removeprefix("/enter/"), address=HERE, old=None)

    with pytest.raises(NotFound, match=r"session\.unknown"):
        await joining.person(login, SESSION)
    assert not await joining.may_read(login, STUDY)
    assert not await joining.runs(login, STUDY)
    places = await Seating(database, joining).places(login)
    assert (list(places.studies), list(places.sittings), places.projectors) == ([], [], {})

    joined = await join(joining, "Liu", login)
    assert joined.person.role is Role.OBSERVER
    assert await joining.person(login, SESSION) == joined.person
    places = await Seating(database, joining).places(login)
    assert [one.session.id for one in places.sittings] == [SESSION]
    assert places.projectors == {}


async def test_a_stranger_is_nobody_and_a_closed_session_lets_nobody_in(
    joining: Joining, database: Database
) -> None:
    login = await browser_of(database, await join(joining))
    token = (await joining.seat_url(WANG.id)).removeprefix("/seat/")
    async with database.write() as work:
        closed = update(tables.session).values(state=SessionState.CLOSED.value)
        await work.connection.execute(closed)

    with pytest.raises(NotFound, match=r"session\.unknown"):
        await joining.person(login, type(SESSION)("another"))
    with pytest.raises(Conflict, match=r"session\.closed"):
        await joining.door(CODE, address=HERE)
    with pytest.raises(Conflict, match=r"session\.closed"):
        await joining.seat(token, address=HERE)
