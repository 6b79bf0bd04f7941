"""What every route may reach: the parts of the running server, wired once in `server.app`."""

from dataclasses import dataclass

from realtime.feed import Feed
from realtime.rooms import Rooms
from server.config import Settings
from server.services.accounts import Accounts
from server.services.archive import Archive
from server.services.confidence import Confidence
from server.services.drafts import Drafts
from server.services.hearing import Hearing
from server.services.joining import Joining
from server.services.marks import Marks
from server.services.outcomes import Outcomes
from server.services.player import Player
from server.services.projection import Projection
from server.services.promotion import Promotion
from server.services.proposals import Proposals
from server.services.recordings import Recordings
from server.services.seating import Seating
from server.services.sessions import Sessions
from server.services.studies import Studies
from server.services.taxonomy import Taxonomy
from server.services.tickets import Tickets
from server.services.transcripts import Transcripts
from server.services.wordings import Wordings
from server.store.database import Database
from transcription.ear import Ear
from transcription.recording import TrackStore
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
    rooms: Rooms
    feed: Feed
    tickets: Tickets
    tracks: TrackStore
    ear: Ear
    hearing: Hearing
    recordings: Recordings
    player: Player
    studies: Studies
    sessions: Sessions
    transcripts: Transcripts
    drafts: Drafts
    archive: Archive
    projection: Projection
    proposals: Proposals
    promotion: Promotion
    outcomes: Outcomes
    marks: Marks
    wordings: Wordings
    confidence: Confidence
    taxonomy: Taxonomy
    draining: bool = False
