"""The update log in the database (`realtime.log.UpdateLog`), past SQLAlchemy.

This is the one path where a unit of work for each commit costs more than the commit. Two back
ends write the same tables: the standard library's sqlite3 and asyncpg.
"""

from contextlib import AbstractAsyncContextManager

from sqlalchemy.engine import make_url

from realtime.log import UpdateLog
from server.store.updates_postgres import open_postgres_log
from server.store.updates_sqlite import open_sqlite_log


def open_update_log(url: str) -> AbstractAsyncContextManager[UpdateLog]:
    """Open the log of the database at `url` (SQLAlchemy's form) and close it at the end."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return open_sqlite_log(parsed.database or "")
    plain = parsed.set(drivername="postgresql")
    return open_postgres_log(plain.render_as_string(hide_password=False))
