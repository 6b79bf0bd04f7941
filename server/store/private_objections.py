"""The sealed table: boxes that only the service of private objections can open.

It stands outside events, mirrors, search and exports, and nothing else reads it. A row tells that
somebody in the study objected in private, and no more.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, insert, select, update

from schemas.ids import AccountId, StudyId
from server.store import tables
from server.store.database import Work, rows
from server.store.once import insert_once

_AT_ONCE = 400


async def put(work: Work, box_id: str, study_id: StudyId, box: bytes) -> bool:
    """Keep a box unless one with this id is kept already; return whether it was new."""
    return await insert_once(work, tables.private_objection, id=box_id, study_id=study_id, box=box)


async def of_study(work: Work, study_id: StudyId) -> Sequence[tuple[str, bytes]]:
    """Return the study's boxes with their ids, in no order that means anything."""
    table = tables.private_objection
    asked = select(table.c.id, table.c.box).where(table.c.study_id == study_id).order_by(table.c.id)
    return [(row.id, row.box) for row in rows(await work.connection.execute(asked))]


async def every(work: Work) -> Sequence[tuple[str, StudyId, bytes]]:
    """Return every box with its id and its study, in no order that means anything."""
    table = tables.private_objection.c
    asked = select(table.id, table.study_id, table.box).order_by(table.id)
    found = rows(await work.connection.execute(asked))
    return [(row.id, StudyId(row.study_id), row.box) for row in found]


async def move(work: Work, box_id: str, to: str) -> None:
    """Let a box stand under another id, which is free."""
    table = tables.private_objection
    await work.connection.execute(update(table).where(table.c.id == box_id).values(id=to))


async def among(work: Work, study_id: StudyId, ids: Sequence[str]) -> Mapping[str, bytes]:
    """Return those of these boxes that the study has, by their ids."""
    table, found = tables.private_objection, dict[str, bytes]()
    for start in range(0, len(ids), _AT_ONCE):
        chosen = table.c.id.in_(ids[start : start + _AT_ONCE])
        asked = select(table.c.id, table.c.box).where(table.c.study_id == study_id, chosen)
        found |= {row.id: row.box for row in rows(await work.connection.execute(asked))}
    return found


async def remove(work: Work, box_id: str) -> None:
    """Take a box away."""
    await work.connection.execute(
        delete(tables.private_objection).where(tables.private_objection.c.id == box_id)
    )


async def confidants(work: Work, study_id: StudyId) -> Sequence[AccountId]:
    """Return the accounts that read a study's private objections."""
    asked = select(tables.confidant.c.account_id).where(tables.confidant.c.study_id == study_id)
    return [AccountId(row.account_id) for row in rows(await work.connection.execute(asked))]


async def set_confidants(work: Work, study_id: StudyId, accounts: Sequence[AccountId]) -> None:
    """Replace the accounts that read a study's private objections."""
    table = tables.confidant
    await work.connection.execute(delete(table).where(table.c.study_id == study_id))
    for account in dict.fromkeys(accounts):
        await work.connection.execute(insert(table).values(study_id=study_id, account_id=account))
