"""A study goes from one server into another and back out with the same bytes; hostile boxes do not."""

import io
import json
import shutil
import zipfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from schemas.errors import ColloquyError, Conflict, Invalid, NotFound
from server.demo import content
from server.services.accounts import Accounts
from server.services.boxing import Boxing, sha256_of
from server.services.demo import ensure_demo
from server.services.joining import Joining
from server.store import boxes, inheriting, memberships, studies, tables
from server.store.database import Database
from server.store.memberships import Share
from tests.server.boxful import fill
from tests.server.planted import planted_demo

pytestmark = pytest.mark.anyio

SLUG = content.study().slug
SOUND = bytes(range(256)) * 40


@pytest.fixture
async def here(sqlite_url: str) -> AsyncIterator[Database]:
    opened = Database(sqlite_url)
    yield opened
    await opened.close()


@pytest.fixture
async def there(postgres_url: str) -> AsyncIterator[Database]:
    opened = Database(postgres_url)
    yield opened
    await opened.close()


@pytest.fixture
async def beside(_sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Database]:
    path = tmp_path / "beside.sqlite"
    shutil.copy(_sqlite_template, path)
    opened = Database(f"sqlite+aiosqlite:///{path}")
    yield opened
    await opened.close()


async def packed(database: Database, folder: Path) -> tuple[Path, str]:
    """The demo study with planted gaps, a document's log, a recording and a sealed objection."""
    study_id, _ = await planted_demo(database)
    session = "session-before"
    update = {"doc": session, "epoch": 0, "person": "p", "client": 2**40, "at": 1.25}
    async with database.write() as work:
        for values in (
            (tables.doc_update, update | {"seq": 1, "payload": b"\x00\xff\x01"}),
            (tables.doc_update, update | {"seq": 2, "payload": b"\x80" * 300}),
            (tables.doc_client, {"doc": session, "client": 2**40, "person": "p"}),
            (
                tables.doc_snapshot,
                {"doc": session, "seq": 2, "state": b"\x01", "sha256": "x", "at": 2.0},
            ),
            (
                tables.private_objection,
                {"id": "sealed", "study_id": study_id, "box": b"SEALED-BOX"},
            ),
            (
                tables.track,
                {
                    "id": "track1",
                    "session_id": session,
                    "kind": "upload",
                    "label": "一",
                    "language": "zh",
                }
                | {"offset": 0.1, "created_at": 1.0},
            ),
        ):
            await work.connection.execute(insert(values[0]).values(values[1]))
    sound = folder / "tracks" / "track1"
    sound.mkdir(parents=True)
    (sound / "000.pcm").write_bytes(SOUND)
    target = folder / "study.zip"
    return target, await Boxing(database, folder / "tracks").export(SLUG, target)


async def test_a_study_comes_out_of_another_server_with_the_same_bytes(
    here: Database, there: Database, tmp_path: Path
) -> None:
    first, digest = await packed(here, tmp_path / "here")
    owner = await Accounts(there).create("lin", "Lin", "correct horse battery")

    service = Boxing(there, tmp_path / "there" / "tracks")
    study_id = await service.unpack(first, "lin")
    again = await service.export(SLUG, tmp_path / "again.zip")

    assert digest == again == sha256_of(first)
    assert (tmp_path / "there" / "tracks" / "track1" / "000.pcm").read_bytes() == SOUND
    async with there.read() as work:
        assert await memberships.share_of(work, study_id, owner.id) is Share.OWNER
        found = select(tables.doc_update.c.payload).order_by(tables.doc_update.c.seq)
        payloads = (await work.connection.execute(found)).scalars().all()
        items = select(func.count()).select_from(tables.search_item)
        assert (await work.connection.execute(items)).scalar_one() > 100
        sealed = select(func.count()).select_from(tables.private_objection)
        assert (await work.connection.execute(sealed)).scalar_one() == 0
    assert payloads == [b"\x00\xff\x01", b"\x80" * 300]
    with zipfile.ZipFile(first) as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist())
    assert b"SEALED-BOX" not in whole
    assert b"U0VBTEVELUJPW" not in whole  # nor in base64
    with pytest.raises(Conflict):
        await service.unpack(first, "lin")


async def test_the_demo_that_came_in_a_box_is_entered_without_the_study_it_follows(
    here: Database, there: Database, tmp_path: Path
) -> None:
    first, _ = await packed(here, tmp_path / "here")
    await Accounts(there).create("lin", "Lin", "correct horse battery")
    study_id = await Boxing(there, tmp_path / "there" / "tracks").unpack(first, "lin")

    ways = await ensure_demo(there, Accounts(there), Joining(there, b"k" * 32))

    async with there.read() as work:
        assert [one.id for one in await studies.every(work)] == [study_id]
        assert await inheriting.before_of(work, study_id) is not None
    assert ways.study_id == study_id


async def test_every_table_of_a_study_is_carried_there_and_back_with_the_same_bytes(
    here: Database, there: Database, beside: Database, tmp_path: Path
) -> None:
    """Row by row: SQLite into PostgreSQL, and from there into another SQLite."""
    await packed(here, tmp_path / "here")
    filled = await fill(here, SLUG)
    first = tmp_path / "full.zip"
    digest = await Boxing(here, tmp_path / "here" / "tracks").export(SLUG, first)

    digests = []
    for number, (database, files) in enumerate(((there, "there"), (beside, "beside"))):
        await Accounts(database).create("lin", "Lin", "correct horse battery")
        service = Boxing(database, tmp_path / files / "tracks")
        source = first if number == 0 else tmp_path / "full-0.zip"
        await service.unpack(source, "lin")
        digests.append(await service.export(SLUG, tmp_path / f"full-{number}.zip"))

    told = json.loads(zipfile.ZipFile(first).read("study.json"))["tables"]
    assert filled  # else the demo has it all by now and `boxful` may go
    assert {name for name, found in told.items() if not found} == set()
    assert digests == [digest, digest]
    assert (tmp_path / "beside" / "tracks" / "track1" / "000.pcm").read_bytes() == SOUND


def test_what_leads_to_a_study_is_carried_or_says_why_not() -> None:
    """Walks the schema: from a study by foreign keys, and by the columns that commands follow."""
    known, grown = {"study"}, True
    while grown:
        found = {
            table.name
            for table in tables.metadata.tables.values()
            for key in table.foreign_keys
            if key.column.table.name in known
        }
        grown = not found <= known
        known |= found

    assert len(known) > 60
    assert known - boxes.HANGS_ON.keys() - boxes.LEFT_OUT.keys() == set()
    assert all(len(reason) > 5 for reason in boxes.LEFT_OUT.values())


def tampered(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    def rewrite(content: bytes) -> bytes:
        told = json.loads(content)
        change(told)
        return json.dumps(told).encode()

    return rewrite


def row(told: dict[str, Any], table: str) -> dict[str, Any]:
    found: dict[str, Any] = told["tables"][table][0]
    return found


HOSTILE: dict[str, Callable[[bytes], bytes]] = {
    "no json": lambda content: content[:-5],
    "deep": lambda content: b"[" * 200_000,
    "another version": tampered(lambda told: told.update(version=2)),
    "a table too many": tampered(lambda told: told["tables"].update(account=[])),
    "a column too many": tampered(lambda told: row(told, "unit").update(x=1)),
    "a column too few": tampered(lambda told: row(told, "unit").pop("slug")),
    "a wrong type": tampered(lambda told: row(told, "unit").update(order="first")),
    "a truth for a number": tampered(lambda told: row(told, "unit").update(order=True)),
    "a text too long": tampered(lambda told: row(told, "unit").update(slug="x" * 81)),
    "a NUL": tampered(lambda told: row(told, "unit").update(name_en="a\x00b")),
    "half a character": tampered(lambda told: row(told, "unit").update(name_en="\ud800")),
    "not base64": tampered(lambda told: row(told, "doc_update").update(payload="§")),
    "another study's row": tampered(lambda told: row(told, "session").update(study_id="victim")),
    "another study's entry": tampered(lambda told: row(told, "proposal").update(entry_id="victim")),
    "another session's document": tampered(
        lambda told: row(told, "doc_update").update(doc="victim")
    ),
    "entries in a circle": tampered(
        lambda told: [one.update(parent_id=one["id"]) for one in told["tables"]["entry"]]
    ),
    "two studies": tampered(
        lambda told: told["tables"]["study"].append(row(told, "study") | {"id": "b"})
    ),
}


async def test_a_hostile_archive_is_refused_and_leaves_nothing(
    here: Database, there: Database, tmp_path: Path
) -> None:
    first, _ = await packed(here, tmp_path / "here")
    await Accounts(there).create("lin", "Lin", "correct horse battery")
    service = Boxing(there, tmp_path / "there" / "tracks")
    with zipfile.ZipFile(first) as archive:
        content, sound = archive.read("study.json"), archive.read("audio/track1/000.pcm")

    async def refused(name: str, body: bytes) -> ColloquyError:
        (tmp_path / "bad.zip").write_bytes(body)
        with pytest.raises((Invalid, Conflict)) as caught:
            await service.unpack(tmp_path / "bad.zip", "lin")
        async with there.read() as work:
            for table in ("study", "unit", "session", "doc_update", "membership"):
                count = select(func.count()).select_from(tables.metadata.tables[table])
                assert (await work.connection.execute(count)).scalar_one() == 0, (name, table)
        assert not list((tmp_path / "there").rglob("*.pcm")), name
        assert not list((tmp_path / "there").glob("incoming-*")), name
        return caught.value

    for name, change in HOSTILE.items():
        await refused(name, zipped({"study.json": change(content), "audio/track1/000.pcm": sound}))
    good = {"study.json": content, "audio/track1/000.pcm": sound}
    for name in ("../out.pcm", "audio/../x", "audio/track1/../../x", "/etc/x", "audio/other/0.pcm"):
        await refused(name, zipped(good | {name: b"x"}))
    assert not (tmp_path / "out.pcm").exists()
    await refused("no zip", b"PK\x03\x04 nothing")
    await refused("no rows", zipped({"audio/track1/000.pcm": sound}))
    await refused("a bomb", zipped(good | {"audio/track1/001.pcm": b"\0" * 30_000_000}))
    broken = bytearray(zipped(good, method=zipfile.ZIP_STORED))
    broken[broken.rindex(SOUND[-64:])] ^= 1
    error = await refused("broken sound", bytes(broken))
    assert error.fields == {"reason": "audio"}
    error = await refused("locked sound", locked(zipped(good)))
    assert error.fields == {"reason": "audio"}
    with pytest.raises(NotFound):
        await service.unpack(first, "nobody")


def locked(body: bytes) -> bytes:
    """The archive with its last file said to be encrypted."""
    told = bytearray(body)
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        told[told.rindex(header) + flags] |= 1
    return bytes(told)


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content_ in files.items():
            archive.writestr(name, content_)
    return out.getvalue()
