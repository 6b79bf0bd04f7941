"""The wiring: every part of the server is made here, once, and handed to the others."""

import os
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ExceptionHandler

from realtime.bus import Bus, LocalBus
from realtime.feed import Feed
from realtime.rooms import Rooms
from realtime.streams import RedisBus
from schemas.errors import ColloquyError, Unavailable
from server.background.beside import beside
from server.background.commits import Commits
from server.background.compaction import Compactor
from server.background.doorkeeper import Doorkeeper
from server.background.indexing import Indexer
from server.background.jobs import JobEngine
from server.background.projection import Projector
from server.background.redaction import Redactor
from server.background.refusing import RefusalBook
from server.background.vitals import Vitals
from server.config import Settings
from server.routes.errors import on_colloquy_error, on_http_exception
from server.routes.middleware import middleware
from server.routes.state import AppState
from server.routes.table import routes
from server.services import exports as exporting
from server.services import projects as projecting
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
from server.services.exports import Exports, Tracks
from server.services.following import Following
from server.services.gaps import Gaps
from server.services.guiding import Guiding
from server.services.hearing import Hearing
from server.services.importing import Importing
from server.services.inviting import Inviting
from server.services.jobs import Jobs
from server.services.joining import Joining
from server.services.links import installation_key
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
from server.store import migrate
from server.store.bulletins import Bulletins
from server.store.database import Database
from server.store.leases import Leases, node_name
from server.store.mirrors import Mirrors
from server.store.updates import open_update_log
from transcription import library
from transcription.away import Away
from transcription.ear import Ear, EarSettings
from transcription.recording import TrackStore
from web.assets import Assets
from web.render import Renderer

log = structlog.get_logger()

EXPORTS = "exports"
"""The folder, in the data folder, of what jobs make."""
IMPORTS = "imports"
"""The folder, in the data folder, of projects that are looked at; shared by all nodes, as the other."""


class DataUnwritable(Unavailable):
    """The data folder cannot be made or written (`data.unwritable`)."""


@dataclass(frozen=True, slots=True)
class Platform:
    """What commands and the server alike need: a database at head, and who may come in."""

    database: Database
    accounts: Accounts
    joining: Joining
    seating: Seating
    key: bytes
    confidence: Confidence


def create_app(settings: Settings, state: AppState | None = None) -> Starlette:
    """Return the server as one ASGI app.

    It starts every part when it starts and stops them at its end, unless they run already: `state`.
    """

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[Mapping[str, object]]:
        async with nullcontext(state) if state is not None else running(settings) as parts:
            yield {"app": parts}

    return Starlette(
        routes=routes(),
        middleware=middleware(settings),
        exception_handlers={
            ColloquyError: _for_both(on_colloquy_error),
            HTTPException: _for_both(on_http_exception),
        },
        lifespan=lifespan,
    )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Platform]:
    """Open the data folder and the database, migrating SQLite.

    Raises DataUnwritable or migrate.SchemaBehind.
    """
    key = _take_folder(settings.data)
    database = Database(settings.url)
    try:
        copy = await migrate.prepare(database, settings.data / "backups")
        if copy is not None:
            log.info("database.migrated", copy=copy.name)
        accounts, joining = Accounts(database), Joining(database, key)
        confidence = Confidence(database, key)
        await confidence.settle()
        yield Platform(database, accounts, joining, Seating(database, joining), key, confidence)
    finally:
        await database.close()


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[AppState]:
    """Make and start every part, in order of need; stop them in the opposite order."""
    async with AsyncExitStack() as stack:
        platform = await stack.enter_async_context(opened(settings))
        database = platform.database
        # First of all, while no task group is open yet: a second server on this folder ends here.
        tracks = await stack.enter_async_context(
            TrackStore(settings.data / "tracks", reserve_bytes=settings.keep_free * 1_000_000)
        )
        await platform.accounts.remove_stale()
        await Bulletins(database).remove_old(time.time())
        updates = await stack.enter_async_context(open_update_log(settings.url))
        mirrors, bulletins = Mirrors(database), Bulletins(database)
        leases = Leases(database, node_name(settings.data))
        rooms = await stack.enter_async_context(Rooms(updates, mirrors, leases))
        projection = Projection(database)
        projector = await stack.enter_async_context(Projector(projection))
        rooms.on_open = projector.follow
        book = RefusalBook(database)
        rooms.on_refused = book.note
        await stack.enter_async_context(beside(book.run))
        sockets = Sockets()
        peers = Peers(database, sockets)
        await stack.enter_async_context(beside(Doorkeeper(sockets, platform.accounts, peers).run))
        feed, bus, guiding = Feed(rooms, bulletins), _bus(settings), Guiding(database)
        feed.on_news = guiding.forget
        commits = await stack.enter_async_context(Commits(rooms, feed, bus, mirrors))
        await stack.enter_async_context(bus)
        database.on_commit(commits.follow)
        sessions, transcripts = Sessions(database), Transcripts(database)
        corrections = Corrections(database)
        node = node_name(settings.data)
        hearing = Hearing(database, transcripts, rooms, node=node)
        permits = Permits(platform.key, settings.node_url or settings.origin)
        away = _away(settings, permits)
        ear = await stack.enter_async_context(
            Ear(tracks, hearing, hearing, _ear(settings), guiding, away)
        )
        recordings = await stack.enter_async_context(Recordings(database, tracks, ear, node=node))
        await stack.enter_async_context(beside(Compactor(recordings).run))
        uploads = await stack.enter_async_context(
            Uploads(database, recordings, settings.data / "uploads")
        )
        rehearings = await stack.enter_async_context(
            Rehearings(
                database, tracks, ear, guiding, corrections,
                _ear(settings).model or settings.shelf, settings.shelf, node=node,
            )
        )  # fmt: skip
        player = await stack.enter_async_context(Player(database, recordings, sessions))
        await stack.enter_async_context(Indexer(database))
        discretions = Discretions(database, rooms, tracks, (ear, player), node=node)
        await stack.enter_async_context(beside(Redactor(discretions).run))
        await stack.enter_async_context(beside(Vitals(ear, rooms, tracks).run))
        jobs = Jobs(database)
        exports = Exports(
            database, jobs, settings.data / EXPORTS, tracks=Tracks(settings.data / "tracks", node)
        )
        curation = Curation(database)
        projects = Projects(database, jobs, curation, settings.data / IMPORTS, node=node)
        await projects.clear()
        await stack.enter_async_context(_engine(settings, database, jobs, exports, projects))
        state = AppState(
            settings=settings,
            database=database,
            renderer=Renderer(Assets.load()),
            accounts=platform.accounts,
            joining=platform.joining,
            seating=platform.seating,
            rooms=rooms,
            tickets=Tickets(),
            sockets=sockets,
            peers=peers,
            tracks=tracks,
            permits=permits,
            ear=ear,
            hearing=hearing,
            recordings=recordings,
            reading_tests=ReadingTests(database, ear),
            player=player,
            discretions=discretions,
            studies=Studies(database),
            sessions=sessions,
            conducting=Conducting(database, rooms),
            walking=Walking(database),
            transcripts=transcripts,
            corrections=corrections,
            rehearings=rehearings,
            differences=Differences(database, corrections),
            scripts=Scripts(database),
            uploads=uploads,
            subtitles=Subtitles(database),
            drafts=Drafts(database),
            archive=Archive(database),
            coding=Coding(database),
            echoes=Echoes(database),
            searches=Searches(database),
            reading=Reading(database),
            projection=projection,
            proposals=Proposals(database, rooms),
            promotion=Promotion(database, rooms),
            outcomes=Outcomes(database, rooms),
            marks=Marks(database, rooms),
            wordings=Wordings(database),
            confidence=platform.confidence,
            curation=curation,
            codebook_import=CodebookImport(database, curation),
            taxonomy=Taxonomy(database),
            gaps=Gaps(database),
            asking=Asking(database, platform.key),
            crossing=Crossing(database),
            returns=Returns(database, platform.key, Corrections(database)),
            preparing=Preparing(database),
            importing=Importing(database),
            agendas=Agendas(database),
            inviting=Inviting(database, rooms),
            minutes=Minutes(database),
            reports=Reports(database),
            typesetter=Typesetter(settings.data / "fonts"),
            jobs=jobs,
            exports=exports,
            requirements=Requirements(database, Reports(database), Solutions(database)),
            solutions=Solutions(database),
            following=Following(database),
            trails=Trails(database),
            priorities=Priorities(database),
            projects=projects,
            reviews=Reviews(database, platform.key),
            literature=Literature(database),
            passages=Passages(database),
            questionnaires=Questionnaires(database, platform.key),
            responses=Responses(database),
            survey_import=SurveyImport(database),
            organising=Organising(database),
            colleagues=Colleagues(database),
        )
        yield state


def _engine(
    settings: Settings, database: Database, jobs: Jobs, exports: Exports, projects: Projects
) -> JobEngine:
    folder = settings.data / EXPORTS
    folder.mkdir(mode=0o700, exist_ok=True)
    return JobEngine(
        database,
        jobs,
        {exporting.KIND: exports.run, projecting.KIND: projects.run},
        folder=folder,
        keep_seconds=exporting.KEEP_DAYS * 86_400.0,
        forget=exports.forget,
        node=f"{socket.gethostname()}:{settings.port}",
    )


def _for_both(handler: Callable[[HTTPConnection, Exception], object]) -> ExceptionHandler:
    """`handler` as Starlette types it, which knows none that serves requests and sockets alike."""
    return cast("ExceptionHandler", handler)


def _take_folder(folder: Path) -> bytes:
    """Make the data folder, ours alone to read, and return the installation's key."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(13, "not writable", str(folder))
        return installation_key(folder)
    except OSError as error:
        raise DataUnwritable(
            "data.unwritable", folder=str(folder), reason=error.strerror
        ) from error


def _bus(settings: Settings) -> Bus:
    """Several nodes share one PostgreSQL; with SQLite, Redis only leads to workers of the ear."""
    is_shared = bool(settings.redis) and settings.url.startswith("postgresql")
    return RedisBus(settings.redis, secrets.token_hex(8)) if is_shared else LocalBus()


def _ear(settings: Settings) -> EarSettings:
    model = library.found(settings.model, settings.shelf)
    return EarSettings(model, settings.workers, settings.loading, is_here=settings.ear != "away")


def _away(settings: Settings, permits: Permits) -> Away | None:
    if not settings.redis or settings.ear == "here":
        return None
    return Away(settings.redis, permits.issue)
