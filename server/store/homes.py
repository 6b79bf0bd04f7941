"""Homes: on which node's disk each track lies. Where nothing is said it lies on the only one.

Nodes share rows, not disks: what reads or ends a track is the business of the node that has it.
"""

from sqlalchemy import ColumnElement, insert, select

from schemas.errors import Unavailable
from schemas.ids import SessionId, TrackId
from server.store import tables
from server.store.database import Work


async def settle(work: Work, track_id: TrackId, node: str) -> None:
    """A new track lies on the disk of `node`; "" for the only one."""
    if node:
        await work.connection.execute(
            insert(tables.track_home).values(track_id=track_id, node=node)
        )


def of(node: str) -> ColumnElement[bool]:
    """Choose tracks (in a query on `track`) that do not lie on another node's disk."""
    home = tables.track_home.c
    elsewhere = select(home.track_id).where(home.node != node)
    return tables.track.c.id.not_in(elsewhere)


async def has(work: Work, track_id: TrackId, node: str) -> bool:
    """Whether the track lies on this node's disk."""
    home = tables.track_home.c
    asked = select(home.node).where(home.track_id == track_id, home.node != node)
    return (await work.connection.execute(asked)).first() is None


async def require(work: Work, track_id: TrackId, node: str) -> None:
    """Pass if the track lies here. Raises Unavailable `audio.elsewhere`: another node has it."""
    if not await has(work, track_id, node):
        raise Unavailable("audio.elsewhere", track=track_id)


async def is_here(work: Work, session_id: SessionId, node: str) -> bool:
    """Whether no sound of a session lies on another node's disk."""
    home, track = tables.track_home.c, tables.track
    asked = (
        select(home.track_id)
        .join(track, track.c.id == home.track_id)
        .where(track.c.session_id == session_id, home.node != node)
        .limit(1)
    )
    return (await work.connection.execute(asked)).first() is None
