"""What every route may reach: the parts of the running server, wired once in `server.app`."""

from dataclasses import dataclass

from server.config import Settings
from server.services.accounts import Accounts
from server.services.joining import Joining
from server.services.seating import Seating
from server.store.database import Database
from web.render import Renderer


@dataclass(slots=True)
class AppState:
    """The running server. draining: it is about to stop and wants no new work."""

    settings: Settings
    database: Database
    renderer: Renderer
    accounts: Accounts
    joining: Joining
    seating: Seating
    draining: bool = False
