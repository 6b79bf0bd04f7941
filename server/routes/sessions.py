"""The live page and the projector of a session, and the commands that lead it."""

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from schemas.ids import PersonId, SessionId, StepId
from schemas.session import Language, Person, Role, SessionKind, SessionState, Unit
from server.domain import negotiation
from server.domain.permissions import Action, allowed
from server.routes.request import app_state, json_body, language_of, login_of, page, person_in
from server.routes.taxonomy import taxonomy_view
from server.services.sessions import Scene
from transcription import bundled
from web.i18n import messages, translator
from web.keys import boot_keys
from web.session_views import SessionView


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: str


class _State(_Body):
    state: SessionState


class _Floor(_Body):
    person: str | None


class _Step(_Body):
    step: str


async def session(request: Request) -> Response:
    """`GET /sessions/{session}`: the live page in the person's role."""
    return await _page(request, is_projector=False)


async def projector(request: Request) -> Response:
    """`GET /sessions/{session}/projector`: the page for the wall."""
    return await _page(request, is_projector=True)


async def set_state(request: Request) -> Response:
    """`POST /api/sessions/{session}/state`."""
    body, person = await json_body(request, _State), await _person(request)
    service = app_state(request).sessions
    answer = await service.set_state(person.session_id, body.state, by=person, key=body.key)
    return JSONResponse(answer)


async def give_floor(request: Request) -> Response:
    """`POST /api/sessions/{session}/floor`."""
    body, person = await json_body(request, _Floor), await _person(request)
    to = None if body.person is None else PersonId(body.person)
    service = app_state(request).sessions
    return JSONResponse(await service.give_floor(person.session_id, to, person, key=body.key))


async def set_step(request: Request) -> Response:
    """`POST /api/sessions/{session}/step`."""
    body, person = await json_body(request, _Step), await _person(request)
    service = app_state(request).sessions
    answer = await service.set_step(person.session_id, StepId(body.step), by=person, key=body.key)
    return JSONResponse(answer)


async def mine(request: Request) -> Response:
    """`GET /api/sessions/{session}/mine`."""
    person, state = await _person(request), app_state(request)
    found, own = await state.sessions.mine(person), await state.confidence.own(person)
    positions = {
        proposal_id: {
            "number": position.number,
            "stance": position.stance.value,
            "reason": position.reason,
        }
        for proposal_id, position in found.positions.items()
    }
    participants = [
        {"id": each.id, "name": each.name, "role": each.role.value, "unit": each.unit_id}
        for each in found.participants
    ]
    return JSONResponse(
        {
            "positions": positions,
            "participants": participants,
            "marks": dict(found.marks),
            "now": state.sessions.now(),
            "speakers": dict(found.speakers),
            "confidant": own.is_possible,
            "secret": {
                proposal: [{"id": box, "reason": reason} for box, reason in told]
                for proposal, told in own.objections.items()
            },
        }
    )


async def _person(request: Request) -> Person:
    return await person_in(request, SessionId(request.path_params["session"]))


async def _page(request: Request, *, is_projector: bool) -> Response:
    person, language = await _person(request), language_of(request)
    state = app_state(request)
    scene = await state.sessions.scene(person)
    sitting = scene.sitting
    tree = await state.taxonomy.tree(scene.study.id, person.session_id)
    with_account = login_of(request).account is not None
    leads = allowed(person.role, Action.INVITE, sitting.session.state)
    corrects = allowed(person.role, Action.CORRECT, SessionState.LIVE)
    view = SessionView(
        title=sitting.session.title.in_(language),
        subtitle="" if scene.step is None else scene.step.title.in_(language),
        role=person.role.value,
        is_moderator=leads,
        is_projector=is_projector,
        boot=boot(scene, person, language, token=login_of(request).csrf, is_projector=is_projector),
        taxonomy=taxonomy_view(tree, language, person.session_id),
        code=sitting.code if leads or is_projector else "",
        seats_href=f"/sessions/{person.session_id}/seats" if leads else "",
        prepare_href=f"/sessions/{person.session_id}/prepare" if leads and with_account else "",
        rule=rule_sentence(negotiation.rule_of(scene.study.rule), language),
        is_waiting=person.role is Role.OBSERVER and person.name != "" and not is_projector,
        minutes_href=f"/sessions/{person.session_id}/minutes",
        projector_href=f"/sessions/{person.session_id}/projector" if leads else "",
        steno_href=f"/sessions/{person.session_id}/steno" if corrects else "",
        priorities_href=f"/sessions/{person.session_id}/priorities",
        solutions_href=f"/studies/{scene.study.id}/solutions?session={person.session_id}"
        if sitting.session.kind is SessionKind.FOCUS_GROUP
        else "",
    )
    return page(request, view)


def rule_sentence(rule: negotiation.Rule, language: Language) -> str:
    """Return when a wording counts as agreed, with the study's own shares."""
    return translator(language).text(
        f"rule.{rule.method.value}",
        quorum=round(rule.quorum * 100),
        threshold=round(rule.threshold * 100),
    )


def boot(
    scene: Scene, person: Person, language: Language, *, token: str, is_projector: bool
) -> dict[str, object]:
    """Return what the page hands to its script (docs/contracts.md, The page and its script).

    `can` is what the role may do while the session is live; the server decides each time anew.
    """
    session, live = scene.sitting.session, SessionState.LIVE
    recording = bundled.recordings().get(scene.sitting.recording)
    speaks = (Action.SPEAK, Action.RECORD_ROOM)
    return {
        "session": {
            "id": session.id,
            "title": session.title.in_(language),
            "language": session.language.value,
            "state": session.state.value,
            "study": session.study_id,
            "kind": session.kind.value,
        },
        "me": {
            "id": person.id,
            "name": person.name,
            "role": person.role.value,
            "unit": person.unit_id,
        },
        "can": {
            "annotate": allowed(person.role, Action.ANNOTATE, live) and not is_projector,
            "moderate": allowed(person.role, Action.CLOSE_SESSION, live) and not is_projector,
            "speak": any(allowed(person.role, each, live) for each in speaks) and not is_projector,
            "chat": allowed(person.role, Action.CHAT, live) and not is_projector,
        },
        "units": [_unit(unit) for unit in scene.units],
        "token": token,
        "language": language.value,
        "view": "projector" if is_projector else "room",
        "messages": messages(language),
        "keys": boot_keys(translator(language).text),
        "recording": None if recording is None else recording.label.in_(language),
    }


def _unit(unit: Unit) -> dict[str, object]:
    return {
        "id": unit.id,
        "en": unit.name.en,
        "zh": unit.name.zh,
        "kind": unit.kind,
        "aliases": list(unit.aliases),
    }
