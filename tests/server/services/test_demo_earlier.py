"""The demo study follows an earlier one: what it took over, and what became of each entry."""

import pytest

from schemas.session import SessionState
from schemas.taxonomy import EntryKind
from server.domain.inheriting import Fate
from server.services.accounts import Accounts
from server.services.demo import MODERATOR_LOGIN, ensure_demo
from server.services.following import Following
from server.services.gaps import Gaps
from server.services.joining import Joining
from server.store import entries, memberships, sessions, studies
from server.store.database import Database
from server.store.memberships import Share

pytestmark = pytest.mark.anyio


async def test_the_demo_follows_a_closed_study_and_says_what_became_of_each_entry(
    sqlite_url: str,
) -> None:
    database = Database(sqlite_url)
    accounts = Accounts(database)
    study_id = (await ensure_demo(database, accounts, Joining(database, b"k" * 32))).study_id
    account = await accounts.find(MODERATOR_LOGIN)
    assert account is not None

    found = await Following(database).inheritance(study_id)
    gaps = await Gaps(database).found(account, study_id)

    assert found.before is not None
    async with database.read() as work:
        before = await studies.get(work, found.before.study_id)
        held = await sessions.of_study(work, before.id)
        share = await memberships.share_of(work, before.id, account.id)
        units = await studies.unit_ids(work, study_id)
        concerned = {
            one.label.en: {named.unit.id for named in await entries.units(work, one.id)}
            for one in found.entries
        }
        backed = await entries.evidence_of_study(work, before.id)
    await database.close()
    assert (before.slug, share) == ("tianjin-12th-plan", Share.OWNER)
    assert [one.session.state for one in held] == [SessionState.CLOSED]
    assert len(backed) == 5
    assert found.counted == {
        Fate.OPEN: 2, Fate.SOLVED: 1, Fate.PARTLY: 1, Fate.PERSISTS: 1, Fate.IRRELEVANT: 1,
    }  # fmt: skip
    shown = {mark.fate: [found.evidence[one].text for one in mark.references] for mark in found.marks.values()}  # fmt: skip
    assert "counters stand side by side" in shown[Fate.SOLVED][0]
    assert "types the application again" in shown[Fate.PERSISTS][0]
    assert "fibre" in shown[Fate.PARTLY][0]
    assert concerned["Counters are scattered over the city"] == {
        units["market-supervision-committee"],
        units["health-family-planning-commission"],
    }  # fmt: skip (both were called otherwise in the study before)
    asked = {gap.subject.id for one in gaps.ranking.units for gap in one.gaps}
    problems = {one.id: found.marks[one.id].fate for one in found.entries if one.kind is EntryKind.PROBLEM}  # fmt: skip
    assert {fate for one, fate in problems.items() if one in asked} == {
        Fate.OPEN, Fate.PARTLY, Fate.PERSISTS,
    }  # fmt: skip
