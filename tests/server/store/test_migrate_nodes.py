"""What was there before nodes shared a database goes on after it: leases, bulletins, tokens."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from realtime.mirror import Place
from schemas.events import TaxonomyChanged
from schemas.ids import EntryId, PersonId, SessionId, StudyId, TrackId
from server.store import homes, migrate, peers, refusals, tracks, uploads
from server.store.bulletins import Bulletins
from server.store.database import Database
from server.store.leases import Leases
from server.store.mirrors import Mirrors
from server.store.peers import PeerToken
from server.store.updates import open_update_log
from tests.server.store.test_migrate import _EVIDENCE_OF_BEFORE, _SESSION_OF_BEFORE

pytestmark = pytest.mark.anyio

A, WANG = SessionId("a"), PersonId("w")
_BEFORE = (
    *_EVIDENCE_OF_BEFORE[:2],
    _SESSION_OF_BEFORE,
    "INSERT INTO person (id, session_id, name, role, language, created_at)"
    " VALUES ('w', 'a', 'Wang', 'expert', 'zh', 0)",
    "INSERT INTO mirror (session_id, seq, root, key, value) VALUES ('a', 1, 'lines', 'l', '{}')",
    "UPDATE session SET mirror_seq = 1 WHERE id = 'a'",
    "INSERT INTO doc_snapshot (doc, seq, state, sha256, at) VALUES ('a', 4, '', '', 0)",
)


async def filled(empty: Database, version: str) -> None:
    """A study with one session, one person and one mirror row, as `version` had it; upgraded."""
    await migrate.upgrade(empty, version)
    async with empty.write() as work:
        for statement in _BEFORE:
            await work.connection.execute(text(statement))
    await migrate.upgrade(empty)


async def test_a_session_of_before_is_owned_by_nobody_until_a_node_takes_it(
    empty: Database,
) -> None:
    await filled(empty, "v0010")

    node = Leases(empty, "n1")
    assert await node.take(A) == 1
    assert await node.renew({A: 1}) == {A}
    assert await node.take(A) == 2


async def test_a_study_of_before_has_told_nothing_and_counts_from_one(empty: Database) -> None:
    await filled(empty, "v0010")
    study = StudyId("s")
    assert await Mirrors(empty).place_of(A) == Place(study, mirrored=1, told=0)

    async with empty.write() as work:
        work.publish(TaxonomyChanged(study, A, EntryId("e"), "promoted"))

    assert await Mirrors(empty).place_of(A) == Place(study, mirrored=1, told=1)
    assert [told.seq for told in await Bulletins(empty).after(study, 0)] == [1]


async def test_a_document_of_before_is_of_the_first_generation(empty: Database) -> None:
    await filled(empty, "v0010")
    async with empty.write() as work:
        await work.connection.execute(text("DELETE FROM doc_snapshot"))

    async with open_update_log(empty.url.render_as_string(hide_password=False)) as log:
        assert (await log.load(A)).generation == 1
        await log.rewrite(A, 5, b"\x00\x00")
        assert (await log.load(A)).generation == 2


async def test_refusals_are_counted_for_people_of_before(empty: Database) -> None:
    await filled(empty, "v0010")

    async with empty.write() as work:
        assert await refusals.of_session(work, A) == []
        await refusals.add(work, {(A, WANG, "gate.foreign"): 2}, 1.0)
        await refusals.add(work, {(A, WANG, "gate.foreign"): 3}, 2.0)
        [kept] = await refusals.of_session(work, A)
    assert kept == refusals.Refusal(A, WANG, "gate.foreign", 5, 1.0, 2.0)


async def test_a_person_of_before_can_be_given_a_token_and_loses_it(empty: Database) -> None:
    await filled(empty, "v0011")

    given = PeerToken("t", A, WANG, "Wang", 1.0, None)
    async with empty.write() as work:
        assert await peers.of_session(work, A) == []
        await peers.add(work, given, "5" * 64)
        assert await peers.by_hash(work, "5" * 64, A) == given
        assert await peers.revoke(work, "t", A, 2.0)
        assert await peers.by_hash(work, "5" * 64, A) is None
        assert await peers.of_session(work, A) == [replace(given, revoked_at=2.0)]


async def test_sound_of_before_lies_on_the_only_node_and_keeps_its_language(
    empty: Database,
) -> None:
    await migrate.upgrade(empty, "v0021")
    track = (
        'INSERT INTO track (id, session_id, kind, label, language, "offset", ended, created_at)'
        " VALUES ('t', 'a', 'microphone', 'Room', 'zh', 0, false, 0)"
    )
    upload = (
        "INSERT INTO upload (id, session_id, person_id, name, size, language, stereo, state,"
        " position, length, tracks, code, at)"
        " VALUES ('u', 'a', 'w', 'n', 1, 'zh', false, 'receiving', 0, 0, '[]', '', 0)"
    )
    async with empty.write() as work:
        for statement in (*_BEFORE, track, upload):
            await work.connection.execute(text(statement))

    await migrate.upgrade(empty)

    async with empty.write() as work:
        assert not (await tracks.get(work, TrackId("t"))).is_either
        assert not (await uploads.get(work, "u")).is_either
        assert [one.id for one in await tracks.unended_of(work, "n1")] == ["t"]
        await homes.settle(work, TrackId("t"), "n1")
        assert await tracks.unended_of(work, "n2") == []
        assert await homes.is_here(work, A, "n1")
        assert not await homes.is_here(work, A, "n2")
