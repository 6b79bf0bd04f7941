"""What every route may reach: the parts of the running server, wired once in `server.app`."""

from dataclasses import dataclass

from realtime.rooms import Rooms
from server.config import Settings
from server.services.accounts import Accounts
from server.services.agendas import Agendas
from server.services.archive import Archive
from server.services.asking import Asking
from server.services.codebook_import import CodebookImport
from server.services.coding import Coding
from server.services.colleagues import Colleagues
from server.services.conducting import Conducting
from server.services.confidence import Confidence
from server.services.corrections import Corrections
from server.services.crossing import Crossing
from server.services.curation import Curation
from server.services.differences import Differences
from server.services.discretion import Discretions
from server.services.drafts import Drafts
from server.services.echoes import Echoes
from server.services.exports import Exports
from server.services.following import Following
from server.services.gaps import Gaps
from server.services.hearing import Hearing
from server.services.importing import Importing
from server.services.inviting import Inviting
from server.services.jobs import Jobs
from server.services.joining import Joining
from server.services.literature import Literature
from server.services.marks import Marks
from server.services.minutes import Minutes
from server.services.organising import Organising
from server.services.outcomes import Outcomes
from server.services.passages import Passages
from server.services.peers import Peers
from server.services.permits import Permits
from server.services.player import Player
from server.services.preparing import Preparing
from server.services.priorities import Priorities
from server.services.projection import Projection
from server.services.projects import Projects
from server.services.promotion import Promotion
from server.services.proposals import Proposals
from server.services.questionnaires import Questionnaires
from server.services.reading import Reading
from server.services.reading_test import ReadingTests
from server.services.recordings import Recordings
from server.services.rehearing import Rehearings
from server.services.reports import Reports
from server.services.requirements import Requirements
from server.services.responses import Responses
from server.services.returns import Returns
from server.services.reviews import Reviews
from server.services.scripts import Scripts
from server.services.searches import Searches
from server.services.seating import Seating
from server.services.sessions import Sessions
from server.services.sockets import Sockets
from server.services.solutions import Solutions
from server.services.studies import Studies
from server.services.subtitles import Subtitles
from server.services.survey_import import SurveyImport
from server.services.taxonomy import Taxonomy
from server.services.tickets import Tickets
from server.services.trails import Trails
from server.services.transcripts import Transcripts
from server.services.typesetting import Typesetter
from server.services.uploads import Uploads
from server.services.walking import Walking
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
    tickets: Tickets
    sockets: Sockets
    peers: Peers
    tracks: TrackStore
    permits: Permits
    ear: Ear
    hearing: Hearing
    recordings: Recordings
    reading_tests: ReadingTests
    player: Player
    discretions: Discretions
    studies: Studies
    sessions: Sessions
    conducting: Conducting
    walking: Walking
    transcripts: Transcripts
    corrections: Corrections
    rehearings: Rehearings
    differences: Differences
    scripts: Scripts
    uploads: Uploads
    subtitles: Subtitles
    drafts: Drafts
    archive: Archive
    coding: Coding
    echoes: Echoes
    searches: Searches
    reading: Reading
    projection: Projection
    proposals: Proposals
    promotion: Promotion
    outcomes: Outcomes
    marks: Marks
    wordings: Wordings
    confidence: Confidence
    curation: Curation
    codebook_import: CodebookImport
    taxonomy: Taxonomy
    gaps: Gaps
    asking: Asking
    crossing: Crossing
    returns: Returns
    preparing: Preparing
    importing: Importing
    agendas: Agendas
    inviting: Inviting
    minutes: Minutes
    reports: Reports
    typesetter: Typesetter
    jobs: Jobs
    exports: Exports
    projects: Projects
    requirements: Requirements
    solutions: Solutions
    following: Following
    trails: Trails
    priorities: Priorities
    reviews: Reviews
    literature: Literature
    passages: Passages
    questionnaires: Questionnaires
    responses: Responses
    survey_import: SurveyImport
    organising: Organising
    colleagues: Colleagues
    draining: bool = False
