"""What moderators decide about a proposal besides promoting it, and what units mark by one tap."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from schemas.ids import AnnotationId, PersonId, ProposalId, SessionId, UnitId
from schemas.session import Language, Person
from schemas.taxonomy import Stance
from server.routes.request import app_state, json_body, language_of, page, person_in
from server.services.wordings import Chronicle
from web import session_views
from web.filters import timecode
from web.i18n import translator
from web.taxonomy_views import HistoryRow
from web.views import Change

_Id = Annotated[str, Field(min_length=1, max_length=32)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: str


class _Reason(_Body):
    reason: str


class _Reopen(_Reason):
    draft: _Id | None = None


class _Defer(_Body):
    unit: _Id | None = None
    question: str


class _Claim(_Body):
    take: bool


class _Table(_Body):
    proposal: _Id | None


class _Speaker(_Body):
    unit: _Id
    person: _Id | None


class _Mark(_Body):
    of: Literal["annotation", "entry"]
    ref: _Id
    shared: bool | None
    example: str = ""


async def drop(request: Request) -> Response:
    """`POST /api/proposals/{proposal}/drop`."""
    body, (person, proposal) = await json_body(request, _Reason), await _asked(request)
    service = app_state(request).outcomes
    return JSONResponse(await service.drop(person, body.key, proposal, reason=body.reason))


async def defer(request: Request) -> Response:
    """`POST /api/proposals/{proposal}/defer`."""
    body, (person, proposal) = await json_body(request, _Defer), await _asked(request)
    unit = UnitId(body.unit) if body.unit else None
    service = app_state(request).outcomes
    return JSONResponse(
        await service.defer(person, body.key, proposal, unit_id=unit, question=body.question)
    )


async def keep_contested(request: Request) -> Response:
    """`POST /api/proposals/{proposal}/keep`."""
    body, (person, proposal) = await json_body(request, _Reason), await _asked(request)
    service = app_state(request).outcomes
    return JSONResponse(
        await service.keep_contested(person, body.key, proposal, reason=body.reason)
    )


async def reopen(request: Request) -> Response:
    """`POST /api/proposals/{proposal}/reopen`."""
    body, (person, proposal) = await json_body(request, _Reopen), await _asked(request)
    draft = AnnotationId(body.draft) if body.draft else None
    service = app_state(request).outcomes
    return JSONResponse(
        await service.reopen(person, body.key, proposal, reason=body.reason, draft=draft)
    )


async def reveal(request: Request) -> Response:
    """`POST /api/proposals/{proposal}/reveal`."""
    body, (person, proposal) = await json_body(request, _Body), await _asked(request)
    return JSONResponse(await app_state(request).outcomes.reveal(person, body.key, proposal))


async def claim(request: Request) -> Response:
    """`POST /api/proposals/{proposal}/claim`: who of the moderators works on it."""
    body, (person, proposal) = await json_body(request, _Claim), await _asked(request)
    service = app_state(request).outcomes
    return JSONResponse(await service.claim(person, body.key, proposal, take=body.take))


async def undo(request: Request) -> Response:
    """`POST /api/proposals/{proposal}/undo`: takes a promotion back."""
    body, (person, proposal) = await json_body(request, _Reason), await _asked(request)
    service = app_state(request).promotion
    return JSONResponse(await service.undo(person, body.key, proposal, reason=body.reason))


async def put_on_table(request: Request) -> Response:
    """`POST /api/sessions/{session}/table`."""
    body, person = await json_body(request, _Table), await _person(request)
    proposal = ProposalId(body.proposal) if body.proposal else None
    return JSONResponse(await app_state(request).outcomes.put_on_table(person, body.key, proposal))


async def name_speaker(request: Request) -> Response:
    """`POST /api/sessions/{session}/speakers`."""
    body, person = await json_body(request, _Speaker), await _person(request)
    speaker = PersonId(body.person) if body.person else None
    service = app_state(request).outcomes
    return JSONResponse(await service.name_speaker(person, body.key, UnitId(body.unit), speaker))


async def mark(request: Request) -> Response:
    """`POST /api/sessions/{session}/marks`."""
    body, person = await json_body(request, _Mark), await _person(request)
    service = app_state(request).marks
    return JSONResponse(
        await service.mark(
            person, body.key, body.of, body.ref, shared=body.shared, example=body.example
        )
    )


async def wordings(request: Request) -> Response:
    """`GET /proposals/{proposal}/wordings`: how the wording came about."""
    person, proposal = await _asked(request)
    chronicle = await app_state(request).wordings.chronicle(person, proposal)
    return page(request, wordings_view(chronicle, language_of(request)))


def wordings_view(chronicle: Chronicle, language: Language) -> session_views.WordingsView:
    """Return the history of a proposal's wordings in the reader's language, newest first."""
    into, sitting = translator(language), chronicle.session_language
    return session_views.WordingsView(
        language=sitting,
        wordings=tuple(
            session_views.WordingRow(
                number=one.number,
                pieces=tuple(Change(piece["op"], piece["text"]) for piece in one.difference),
                by=one.by,
                time=timecode(one.session_time),
                answers=tuple(
                    f"{into.text(f'stance.{stance.value}')} {one.answers[stance]}"
                    for stance in Stance
                    if one.answers.get(stance)
                ),
                objections=one.objections,
            )
            for one in chronicle.steps
        ),
        events=tuple(
            HistoryRow(
                timecode(one.session_time or 0.0),
                into.text(f"change.{one.action}"),
                one.actor,
            )
            for one in chronicle.events
            if one.action in _TOLD
        ),
    )


_TOLD = frozenset(
    {
        "proposal.opened",
        "proposal.deferred",
        "proposal.kept_contested",
        "proposal.dropped",
        "proposal.reopened",
        "proposal.revealed",
        "proposal.promotion_undone",
        "entry.promoted",
        "entry.evidence_added",
    }
)
"""What is told beside the wordings themselves."""


async def _person(request: Request) -> Person:
    return await person_in(request, SessionId(request.path_params["session"]))


async def _asked(request: Request) -> tuple[Person, ProposalId]:
    """Return who is asking, in the session of the proposal that is asked about."""
    proposal_id = ProposalId(request.path_params["proposal"])
    session_id = await app_state(request).proposals.session_of(proposal_id)
    return await person_in(request, session_id), proposal_id
