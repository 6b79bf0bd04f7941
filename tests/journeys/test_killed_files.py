"""Imports and exports are killed in the middle: there is all or nothing, and asked again it works.

As commands, and as what a server does in the background; downloads are by permission afterwards too.
"""

import io
import random
import re
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import anyio
import httpx2
import pytest

from schemas.session import Language
from server.services.accounts import Accounts
from server.services.curation import Curation
from server.services.jobs import Jobs
from server.services.projects import Projects
from server.store import memberships, projects, sessions, studies, tables
from server.store.accounts import Account
from server.store.database import Database
from server.store.memberships import Share
from server.store.projects import ImportState
from tests.journeys.crashing import Nursery
from tests.server.house import PASSWORD
from tests.server.method import STUDY, small_study
from tests.server.refi import foreign

pytestmark = pytest.mark.xdist_group("journeys")
PATIENCE = 60.0


def lasting(url: str, use: Callable[[Database], object]) -> object:
    """Use a database in an event loop of its own."""

    async def run() -> object:
        database = Database(url)
        try:
            return await use(database)  # type: ignore[misc]  # a coroutine function
        finally:
            await database.close()

    return anyio.run(run)


async def fill(database: Database) -> None:
    """A small study that Chen owns, and Li who runs nothing."""
    await small_study(database)
    for login, name in (("chen", "Chen Jing"), ("li", "Li Na")):
        account = await Accounts(database).create(login, name, PASSWORD, Language.EN)
        if login == "chen":
            async with database.write() as work:
                await memberships.add(work, STUDY, account.id, Share.OWNER)


async def chen(database: Database) -> Account:
    """Who owns the study."""
    found = await Accounts(database).find("chen")
    assert found is not None
    return found


async def stored(database: Database) -> tuple[int, int, int, list[ImportState]]:
    """How many sources, sessions and codings there are, and what became of the imports."""
    me = await chen(database)
    async with database.read() as work:
        found = await projects.of_account(work, STUDY, me.id)
        sources = await studies.sources(work, STUDY)
        held = await sessions.of_study(work, STUDY)
    counts = [one.counts.get("codings", 0) for one in found if one.state is ImportState.IN]
    return len(sources), len(held), sum(counts), [one.state for one in found]


async def take_back(database: Database) -> None:
    """Remove what was brought in, and forget that it ever was."""
    me = await chen(database)
    async with database.read() as work:
        found = await projects.of_account(work, STUDY, me.id)
    service = Projects(database, Jobs(database), Curation(database), Path())
    for one in found:
        if one.state is ImportState.IN:
            await service.take_back(me, one.id)
    async with database.write() as work:
        await work.connection.execute(tables.project_import.delete())


NOTHING = (0, 1, 0, [])
WHOLE = (1, 2, 3, [ImportState.IN])


@pytest.fixture
def nursery(database_url: str, tmp_path: Path) -> Iterator[Nursery]:
    """What starts commands and servers over a small study, on both engines."""
    lasting(database_url, fill)
    (tmp_path / "flood.qdpx").write_bytes(foreign())
    made = Nursery(tmp_path / "data", {"COLLOQUY_DATABASE_URL": database_url})
    yield made
    made.close()


def test_an_import_that_is_killed_leaves_nothing_or_all(
    nursery: Nursery, database_url: str, tmp_path: Path
) -> None:
    command = ("import", STUDY, str(tmp_path / "flood.qdpx"), "--as", "chen")
    began = time.monotonic()
    assert nursery.run(*command) == 0
    whole = time.monotonic() - began
    assert lasting(database_url, stored) == WHOLE
    lasting(database_url, take_back)
    chance = random.Random(20261129)
    moments = {"texts": NOTHING, "written": NOTHING, "brought": WHOLE}
    deaths: list[tuple[str, float | None]] = [(f"{one} {tmp_path}", None) for one in moments]
    deaths += [("", chance.uniform(0.2, 1.0) * whole) for _ in range(2)]

    for doom, kill_after in deaths:
        code = nursery.run(*command, doom=doom, kill_after=kill_after)
        left = lasting(database_url, stored)
        if doom:
            assert (code, left) == (-9, moments[doom.split()[0]])
        assert left in (NOTHING, WHOLE)
        if left == NOTHING:
            assert nursery.run(*command) == 0
            assert lasting(database_url, stored) == WHOLE
        lasting(database_url, take_back)
    assert not list((tmp_path / "data").rglob("*.qdpx"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_export_that_is_killed_leaves_no_file_that_is_not_whole(
    nursery: Nursery, tmp_path: Path
) -> None:
    file = tmp_path / "out.qdpx"
    command = ("export", STUDY, "--form", "qdpx", "--pseudonyms", "--to", str(file))

    killed = nursery.run(*command, doom=f"exported {tmp_path}")
    only_key = file.exists()
    again = nursery.run(*command)

    assert (killed, only_key, again) == (-9, False, 0)
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
        assert archive.testzip() is None
    assert sorted(one.name for one in tmp_path.glob("out*")) == ["out.key.csv", "out.qdpx"]


class Visitor:
    """A browser without scripts, signed in, that comes back after the server was away."""

    def __init__(self, port: int, login: str) -> None:
        base = f"http://127.0.0.1:{port}"
        self.client = httpx2.Client(base_url=base, headers={"Origin": base}, timeout=PATIENCE)
        self.post("/login", {"login": login, "password": PASSWORD})

    def post(
        self, path: str, fields: Mapping[str, str], content: bytes | None = None
    ) -> httpx2.Response:
        """Send a form with its token, and a file where there is one."""
        found = re.search(r'name="token" value="([^"]+)"', self.client.get("/").text)
        token = {"token": found.group(1)} if found else {}
        files = None if content is None else {"project": ("flood.qdpx", content)}
        return self.client.post(path, data={**fields, **token}, files=files)

    def shown(self, path: str, pattern: str) -> str:
        """Look at a page until it shows this; return what it is."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = re.search(pattern, self.client.get(path).text)
            if found is not None:
                return found.group(1)
            threading.Event().wait(0.05)
        raise AssertionError(f"{path} never showed {pattern}")


def killed_at(nursery: Nursery, moment: str, folder: Path) -> None:
    """A server that dies at this moment, the first time that it comes."""
    nursery.start(f"{moment} {folder}", "serve")


def cut_off(send: Callable[[], object], nursery: Nursery) -> None:
    """Send something; the server may die over it."""
    with suppress(httpx2.TransportError):
        send()
    nursery.wait_dead()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_ran_in_a_server_that_was_killed_goes_on_and_is_fetched_by_permission(
    nursery: Nursery, database_url: str, tmp_path: Path
) -> None:
    exports, sent = f"/studies/{STUDY}/exports", f"/studies/{STUDY}/projects"
    imports = tmp_path / "data" / "imports"
    try:
        killed_at(nursery, "exporting", tmp_path)
        me = Visitor(nursery.port, "chen")
        cut_off(lambda: me.post(exports, {"form": "jsonl"}), nursery)

        killed_at(nursery, "sent", tmp_path)
        file = me.shown(f"{exports}/made", r'href="(/exports/[0-9a-f]+/export)"')
        assert me.client.get(file).text.startswith('{"type":"study"')
        li = Visitor(nursery.port, "li")
        assert li.client.get(file).status_code == 404
        li.client.close()
        cut_off(lambda: me.post(sent, {}, foreign()), nursery)
        assert len(list(imports.rglob("*.*"))) == 1

        killed_at(nursery, "listed", tmp_path)
        assert not list(imports.rglob("*.*"))
        cut_off(lambda: me.post(sent, {}, foreign()), nursery)

        killed_at(nursery, "written", tmp_path)
        here = me.shown(sent, r'href="(/projects/[0-9a-f]+)"')
        cut_off(lambda: me.post(here, {"do": "import"}), nursery)
        assert lasting(database_url, stored) == (0, 1, 0, [ImportState.ASKED])

        nursery.begin(f"brought {tmp_path}", "serve")
        nursery.wait_dead()  # it goes on by itself, and dies when all is in
        assert lasting(database_url, stored) == WHOLE

        nursery.start("", "serve")
        assert me.shown(here, "(Brought in)")
        assert lasting(database_url, stored) == WHOLE
        assert not list(imports.rglob("*.*"))
        me.client.close()
    finally:
        nursery.kill()
