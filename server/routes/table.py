"""Every address of the server, in one list. An unsafe route cannot be added without its check."""

from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from server.routes import (
    archive,
    audio,
    confidence,
    drafts,
    health,
    help,
    identity,
    joining,
    live,
    outcomes,
    proposals,
    seats,
    sessions,
    studies,
    taxonomy,
    transcripts,
)
from server.routes.csrf import Handler, protected
from server.routes.static import BuiltFiles
from web.assets import static_dir


def routes() -> list[BaseRoute]:
    """Return the table of docs/contracts.md, in its order."""
    return [
        _get("/", joining.lobby),
        _get("/login", identity.login_page),
        _unsafe("POST", "/login", identity.login, strangers=True),
        _unsafe("POST", "/logout", identity.logout),
        _unsafe("POST", "/language", identity.language, strangers=True),
        _get("/enter/{token}", identity.enter),
        _get("/seat/{token}", joining.seat),
        _unsafe("POST", "/seat/{token}", joining.seat, strangers=True),
        _get("/join", joining.lobby),
        _unsafe("POST", "/join", joining.join, strangers=True),
        _get("/project/{token}", joining.project),
        _get("/studies/{study}", studies.study),
        _get("/studies/{study}/taxonomy", taxonomy.taxonomy),
        _get("/studies/{study}/confidence", confidence.confidence),
        _unsafe("POST", "/studies/{study}/confidence", confidence.name_confidant),
        _get("/entries/{entry}", taxonomy.entry),
        _get("/sessions/{session}", sessions.session),
        _get("/sessions/{session}/projector", sessions.projector),
        _get("/sessions/{session}/seats", seats.seats),
        _get("/archive", archive.archive),
        _get("/lines/{line}/context", transcripts.line_context),
        _get("/tracks/{track}/audio.wav", audio.wav),
        _unsafe("POST", "/api/sessions/{session}/ticket", live.ticket),
        _get("/api/sessions/{session}/drafts", drafts.drafts),
        _unsafe("PUT", "/api/drafts/{draft}", drafts.keep_draft),
        _unsafe("DELETE", "/api/drafts/{draft}", drafts.remove_draft),
        _unsafe("POST", "/api/sessions/{session}/lines", transcripts.type_line),
        _unsafe("POST", "/api/sessions/{session}/state", sessions.set_state),
        _unsafe("POST", "/api/sessions/{session}/floor", sessions.give_floor),
        _unsafe("POST", "/api/sessions/{session}/step", sessions.set_step),
        _unsafe("POST", "/api/lines/{line}/speaker", transcripts.confirm_speaker),
        _unsafe("POST", "/api/sessions/{session}/playback", audio.playback),
        _unsafe("POST", "/api/sessions/{session}/tracks", audio.track),
        _unsafe("POST", "/api/tracks/{track}/ticket", audio.ticket),
        _get("/api/sessions/{session}/mine", sessions.mine),
        _unsafe("POST", "/api/sessions/{session}/proposals", proposals.propose),
        _unsafe("POST", "/api/proposals/{proposal}/wordings", proposals.put_wording),
        _unsafe("POST", "/api/proposals/{proposal}/positions", proposals.take_position),
        _unsafe("POST", "/api/proposals/{proposal}/affected", proposals.set_affected),
        _unsafe("POST", "/api/proposals/{proposal}/drop", outcomes.drop),
        _unsafe("POST", "/api/proposals/{proposal}/defer", outcomes.defer),
        _unsafe("POST", "/api/proposals/{proposal}/keep", outcomes.keep_contested),
        _unsafe("POST", "/api/proposals/{proposal}/reopen", outcomes.reopen),
        _unsafe("POST", "/api/proposals/{proposal}/reveal", outcomes.reveal),
        _unsafe("POST", "/api/proposals/{proposal}/undo", outcomes.undo),
        _unsafe("POST", "/api/sessions/{session}/table", outcomes.put_on_table),
        _unsafe("POST", "/api/sessions/{session}/speakers", outcomes.name_speaker),
        _unsafe("POST", "/api/sessions/{session}/marks", outcomes.mark),
        _get("/proposals/{proposal}/wordings", outcomes.wordings),
        _get("/proposals/{proposal}/promotion", proposals.promotion),
        _unsafe("POST", "/proposals/{proposal}/promotion", proposals.promote),
        _get("/help/keys", help.keys),
        _get("/healthz", health.healthz),
        _get("/readyz", health.readyz),
        _get("/metrics", health.metrics),
        Mount("/static", BuiltFiles(directory=static_dir(), check_dir=False), name="static"),
        WebSocketRoute("/ws/session/{session}", live.session_socket),
        WebSocketRoute("/ws/audio/{track}", audio.audio_socket),
    ]


def _get(path: str, handler: Handler) -> Route:
    return Route(path, handler, methods=["GET"])


def _unsafe(method: str, path: str, handler: Handler, *, strangers: bool = False) -> Route:
    """A route that changes something. strangers: open to who has no login, hence no token."""
    return Route(path, protected(handler, strangers=strangers), methods=[method])
