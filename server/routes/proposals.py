"""The commands of a negotiation, as JSON, and the inline panel of promotion, as a fragment."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from schemas.annotation import Kind
from schemas.errors import Conflict, Invalid
from schemas.ids import AnnotationId, EntryId, LineId, ProposalId, SessionId, UnitId, new_id
from schemas.session import Bilingual, Language, Person
from schemas.taxonomy import Entry, EntryKind, EntryState, ProposalState, Stance
from server.domain import taxonomy
from server.routes.errors import status_of
from server.routes.request import (
    app_state,
    form_body,
    json_body,
    language_of,
    page,
    person_in,
)
from server.services.promotion import Choice, Panel
from web import views
from web.i18n import error_text, told_of, translator
from web.session_views import PromotionView, SimilarEntry
from web.views import Problem

_KINDS = (EntryKind.PROBLEM, EntryKind.CAUSE, EntryKind.CONSEQUENCE, EntryKind.SOLUTION)


_Id = Annotated[str, Field(min_length=1, max_length=32)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: str


class _Propose(_Body):
    draft: _Id
    grounds: list[_Id] = []
    kind: Kind
    affected: list[_Id] = []
    split: _Id | None = None


class _Put(_Body):
    base: int = Field(ge=0)


class _Take(_Body):
    """private: to the confidant alone. open, withdraw: what becomes of an earlier private one."""

    number: int = Field(default=0, ge=0)
    stance: Stance = Stance.OBJECT
    private: bool = False
    open: _Id | None = None
    withdraw: _Id | None = None
    reason: str = ""
    unit: _Id | None = None
    line: _Id | None = None


class _Affected(_Body):
    affected: list[_Id]


class _Promote(BaseModel):
    key: str
    number: int = Field(ge=0)
    into: str = "new"
    parent: str = ""
    category: str = ""
    kind: EntryKind = EntryKind.PROBLEM
    label_en: str = ""
    label_zh: str = ""
    override: str = ""


async def propose(request: Request) -> Response:
    """`POST /api/sessions/{session}/proposals`."""
    body = await json_body(request, _Propose)
    person = await person_in(request, SessionId(request.path_params["session"]))
    answer = await app_state(request).proposals.propose(
        person,
        body.key,
        draft=AnnotationId(body.draft),
        grounds=tuple(AnnotationId(ground) for ground in body.grounds),
        kind=body.kind,
        affected=tuple(UnitId(unit) for unit in body.affected),
        split_from=ProposalId(body.split) if body.split else None,
    )
    return JSONResponse(answer)


async def put_wording(request: Request) -> Response:
    """`POST /api/proposals/{proposal}/wordings`."""
    body = await json_body(request, _Put)
    person, proposal_id = await _asked(request)
    service = app_state(request).proposals
    return JSONResponse(await service.put_wording(person, body.key, proposal_id, base=body.base))


async def take_position(request: Request) -> Response:
    """`POST /api/proposals/{proposal}/positions`."""
    body = await json_body(request, _Take)
    person, proposal_id = await _asked(request)
    if body.private or body.open or body.withdraw:
        return JSONResponse(await _in_confidence(request, person, proposal_id, body))
    answer = await app_state(request).proposals.take_position(
        person,
        body.key,
        proposal_id,
        number=body.number,
        stance=body.stance,
        reason=body.reason,
        unit_id=UnitId(body.unit) if body.unit else None,
        line_id=LineId(body.line) if body.line else None,
    )
    return JSONResponse(answer)


async def _in_confidence(
    request: Request, person: Person, proposal_id: ProposalId, body: _Take
) -> dict[str, object]:
    """One address for what is said openly and in private: not even that shows which it was."""
    state = app_state(request)
    if body.withdraw:
        await state.confidence.take_out(person, body.withdraw)
        return {}
    if body.open is None:
        return await state.confidence.object(
            person, body.key, proposal_id, number=body.number, reason=body.reason
        )
    sealed = await state.confidence.find(person, body.open)
    answer = await state.proposals.take_position(
        person,
        body.key,
        sealed.proposal_id,
        number=sealed.number,
        stance=Stance.OBJECT,
        reason=sealed.reason,
    )
    await state.confidence.take_out(person, body.open)
    return answer


async def set_affected(request: Request) -> Response:
    """`POST /api/proposals/{proposal}/affected`."""
    body = await json_body(request, _Affected)
    person, proposal_id = await _asked(request)
    affected = tuple(UnitId(unit) for unit in body.affected)
    service = app_state(request).proposals
    return JSONResponse(await service.set_affected(person, body.key, proposal_id, affected))


async def promotion(request: Request) -> Response:
    """`GET /proposals/{proposal}/promotion`: the inline panel."""
    person, proposal_id = await _asked(request)
    panel = await app_state(request).promotion.panel(person, proposal_id)
    return page(request, promotion_view(panel, language_of(request)))


async def promote(request: Request) -> Response:
    """`POST /proposals/{proposal}/promotion`: the panel again, done or with what is wrong."""
    person, proposal_id = await _asked(request)
    body = await form_body(request, _Promote)
    service, language = app_state(request).promotion, language_of(request)
    try:
        await service.promote(person, body.key, proposal_id, _choice(body))
    except (Conflict, Invalid) as error:
        # What was chosen stays on the page with its problem, where an error page would lose it.
        problem = Problem("", told_of(error.code, error.fields, language))
        panel = await service.panel(person, proposal_id)
        view = promotion_view(panel, language, chosen=body, problems=(problem,))
        return page(request, view, int(status_of(error)))
    return page(request, promotion_view(await service.panel(person, proposal_id), language))


def promotion_view(
    panel: Panel,
    language: Language,
    *,
    chosen: _Promote | None = None,
    problems: tuple[Problem, ...] = (),
) -> PromotionView:
    """Return the panel in the reader's language; what was `chosen` before stays chosen."""
    into, proposal = translator(language), panel.proposal
    wording = proposal.wordings[-1] if proposal.wordings else None
    text = wording.text if wording else ""
    is_agreed = panel.state is ProposalState.AGREED
    obstacle = panel.consent.obstacle or "proposal.state"
    fields = {"waiting": len(panel.consent.waiting), "state": panel.state.value}
    reason, advice = error_text(obstacle, fields, language)
    kind = chosen.kind if chosen else taxonomy.kind_of(proposal.kind)
    label = Bilingual(chosen.label_en, chosen.label_zh) if chosen else _label(panel.language, text)
    return PromotionView(
        proposal_id=proposal.id,
        number=wording.number if wording else 0,
        text=text,
        key=new_id(),
        kind=kind.value,
        kinds=tuple(
            views.Choice(one.value, into.text(f"kind.{one.value}"), selected=one is kind)
            for one in _KINDS
        ),
        parents=_parents(panel, language, chosen.parent if chosen else _nearest(panel)),
        similar=tuple(
            SimilarEntry(
                one.entry.id,
                one.entry.label.in_(language),
                _path(one.entry, panel, language),
                panel.evidence_counts.get(one.entry.id, 0),
            )
            for one in panel.similar
        ),
        category=chosen.category if chosen else "",
        label_en=label.en,
        label_zh=label.zh,
        needs_override=not is_agreed,
        why_not_agreed="" if is_agreed else f"{reason} {advice}".strip(),
        done_href=f"/entries/{panel.entry.id}" if panel.entry else "",
        done_label=panel.entry.label.in_(language) if panel.entry else "",
        problems=problems,
    )


async def _asked(request: Request) -> tuple[Person, ProposalId]:
    """Return who is asking, in the session of the proposal that is asked about."""
    proposal_id = ProposalId(request.path_params["proposal"])
    session_id = await app_state(request).proposals.session_of(proposal_id)
    return await person_in(request, session_id), proposal_id


def _choice(body: _Promote) -> Choice:
    return Choice(
        number=body.number,
        into=None if body.into == "new" else EntryId(body.into),
        parent_id=EntryId(body.parent) if body.parent else None,
        kind=body.kind,
        label=Bilingual(body.label_en.strip(), body.label_zh.strip()),
        category=body.category,
        override=body.override,
    )


def _parents(panel: Panel, language: Language, selected: str) -> tuple[views.Choice, ...]:
    usable = [
        one
        for one in panel.entries
        if one.state is EntryState.ACTIVE and one.kind in (EntryKind.CATEGORY, EntryKind.PROBLEM)
    ]
    paths = {one.id: _path(one, panel, language, with_itself=True) for one in usable}
    return tuple(
        views.Choice(one.id, paths[one.id], paths[one.id].casefold(), one.id == selected)
        for one in usable
    )


def _nearest(panel: Panel) -> str:
    """Return the parent to begin with: where the most similar entry stands."""
    return next((one.entry.parent_id for one in panel.similar if one.entry.parent_id), "")


def _path(one: Entry, panel: Panel, language: Language, *, with_itself: bool = False) -> str:
    known = {other.id: other for other in panel.entries}
    names = [one.label.in_(language)] if with_itself else []
    parent_id = one.parent_id
    while parent_id is not None:
        names.append(known[parent_id].label.in_(language))
        parent_id = known[parent_id].parent_id
    return " › ".join(reversed(names))


def _label(language: Language, text: str) -> Bilingual:
    return Bilingual(zh=text) if language is Language.ZH else Bilingual(en=text)
