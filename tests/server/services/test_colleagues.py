"""A study's people, on both databases: who may bring them in, and one person stays one."""

import asyncio

import pytest

from schemas.errors import Conflict, Forbidden, Invalid, NotFound
from schemas.session import Bilingual, Language, Role
from server.domain import sheets
from server.services.accounts import Accounts
from server.services.colleagues import Colleagues
from server.services.importing import Importing
from server.services.preparing import Preparing, Settings
from server.store.database import Database
from server.store.memberships import Share

pytestmark = pytest.mark.anyio

UNITS = "theme,name_en,name_zh,aliases\nTraffic,Transport,市交通局,JTJ\nTraffic,Port,港务局,\n"
PEOPLE = sheets.parse("name,unit,language\nHu,jtj,zh\nLi,港务局,\n")


async def test_one_person_stays_one_whoever_brings_them_in(database: Database) -> None:
    accounts, service = Accounts(database), Colleagues(database)
    owner, other = [await accounts.create(login, login, None) for login in ("owner", "other")]
    study_id = await Preparing(database).create(owner, Settings(Bilingual("City"), Bilingual()))
    await Importing(database).store(owner, study_id, sheets.parse(UNITS))
    with pytest.raises(NotFound, match=r"study\.unknown"):
        await service.roll(other, study_id)
    await Preparing(database).add_member(owner, study_id, "other", Share.MODERATOR)
    with pytest.raises(Forbidden, match=r"study\.owner"):
        await service.store(other, study_id, PEOPLE)
    with pytest.raises(Invalid, match=r"people\.columns"):
        await service.check(owner, study_id, sheets.parse("name\nHu\n"))

    both = await asyncio.gather(
        *(service.store(owner, study_id, PEOPLE) for _ in range(2)), return_exceptions=True
    )

    assert sorted(type(one) for one in both if isinstance(one, Exception)) == [Conflict]
    roll = await service.roll(other, study_id)
    assert [(one.name, one.role, one.language) for one in roll.people] == [
        ("Hu", Role.EXPERT, Language.ZH),
        ("Li", Role.EXPERT, None),
    ]
    assert not roll.is_owner
    assert await service.remove(owner, study_id, [roll.people[0].id, "elsewhere"]) == 1


async def test_roles_are_written_as_offices_write_them(database: Database) -> None:
    service, accounts = Colleagues(database), Accounts(database)
    owner = await accounts.create("owner", "owner", None)
    study_id = await Preparing(database).create(owner, Settings(Bilingual("City"), Bilingual()))
    await Importing(database).store(owner, study_id, sheets.parse(UNITS))
    written = {
        "速录员": Role.STENOGRAPHER, "记录员": Role.STENOGRAPHER, "书记员": Role.STENOGRAPHER,
        "主持人": Role.MODERATOR, "会议主持人": Role.MODERATOR, "分析员": Role.ANALYST,
        "专家": Role.EXPERT, "参会人员": Role.EXPERT, "": Role.EXPERT,
    }  # fmt: skip
    told = "姓名,所在单位,处室,角色,语种\n"
    told += "".join(f"人{n},港务局,办公室,{role},普通话\n" for n, role in enumerate(written))

    rows = await service.check(owner, study_id, sheets.parse(told + "甲,港务局,,领导,\n"))

    people = [one.person for one in rows[:-1]]
    assert [one.role for one in people if one] == list(written.values())
    assert {one.language for one in people if one} == {Language.ZH}
    assert (rows[-1].person, rows[-1].problem, rows[-1].number) == (None, "people.role", 11)
