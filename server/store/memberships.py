"""Which accounts run which studies. What nobody wrote down here is nobody's."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import delete, select, update

from schemas.ids import AccountId, SessionId, StudyId
from server.store import tables
from server.store.database import Work, rows
from server.store.once import insert_once


class Share(StrEnum):
    """What an account may do in a study: an owner also changes it and says who else runs it."""

    OWNER = "owner"
    MODERATOR = "moderator"


@dataclass(frozen=True, slots=True)
class Member:
    """One account that runs a study."""

    account_id: AccountId
    login: str
    name: str
    share: Share


async def add(work: Work, study_id: StudyId, account_id: AccountId, share: Share) -> None:
    """Let an account run a study; one that does already gets this share."""
    values = {"study_id": study_id, "account_id": account_id}
    if not await insert_once(work, tables.membership, **values, share=share.value):
        member = tables.membership.c
        changed = update(tables.membership).where(
            member.study_id == study_id, member.account_id == account_id
        )
        await work.connection.execute(changed.values(share=share.value))


async def remove(work: Work, study_id: StudyId, account_id: AccountId) -> None:
    """Take a study from an account."""
    member = tables.membership.c
    gone = delete(tables.membership).where(
        member.study_id == study_id, member.account_id == account_id
    )
    await work.connection.execute(gone)


async def share_of(work: Work, study_id: StudyId, account_id: AccountId) -> Share | None:
    """Return what the account may do in the study, None if it does not run it."""
    member = tables.membership.c
    asked = select(member.share).where(member.study_id == study_id, member.account_id == account_id)
    found = (await work.connection.execute(asked)).scalar_one_or_none()
    return None if found is None else Share(found)


async def runs(work: Work, account_id: AccountId, session_id: SessionId) -> bool:
    """Whether the account runs the study of that session."""
    member, session = tables.membership.c, tables.session.c
    asked = (
        select(member.study_id)
        .join(tables.session, session.study_id == member.study_id)
        .where(session.id == session_id, member.account_id == account_id)
    )
    return (await work.connection.execute(asked)).first() is not None


async def studies_of(work: Work, account_id: AccountId) -> frozenset[StudyId]:
    """Return the studies that an account runs."""
    member = tables.membership.c
    asked = select(member.study_id).where(member.account_id == account_id)
    return frozenset(StudyId(row.study_id) for row in rows(await work.connection.execute(asked)))


async def of_study(work: Work, study_id: StudyId) -> Sequence[Member]:
    """Return who runs a study, by login name."""
    member, account = tables.membership.c, tables.account.c
    asked = (
        select(account.id, account.login, account.name, member.share)
        .join(tables.account, account.id == member.account_id)
        .where(member.study_id == study_id)
        .order_by(account.login)
    )
    return [
        Member(AccountId(row.id), row.login, row.name, Share(row.share))
        for row in rows(await work.connection.execute(asked))
    ]
