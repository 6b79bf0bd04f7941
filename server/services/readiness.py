"""Whether the database answers and has the schema that this program needs."""

import structlog

from server.store import migrate
from server.store.database import Database

log = structlog.get_logger()


async def is_at_head(database: Database) -> bool:
    """Whether the database answers, with the schema that is needed."""
    try:
        return await migrate.current(database) == migrate.head()
    except Exception as error:  # the drivers' errors have no common root, and each means "no"
        log.warning("database.unreachable", error=type(error).__name__)
        return False
