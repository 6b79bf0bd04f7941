"""Changing an entry from its own page: plain forms, each answered by the page again.

A change against an older version comes back with what was changed meanwhile; nothing is lost.
"""

from collections.abc import Mapping
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.errors import Conflict, Forbidden, Invalid, NotFound
from schemas.ids import EntryId, EvidenceId, StageId, StudyId
from schemas.session import Bilingual, Language, Person
from schemas.taxonomy import EntryKind, LinkKind, Scope
from server.routes.atlas import field_said
from server.routes.errors import status_of
from server.routes.inheriting_view import entry_heir
from server.routes.request import (
    app_state,
    form_body,
    form_fields,
    language_of,
    login_of,
    moderator_of,
    page,
    reader_of,
)
from server.routes.solutions_view import entry_parts
from server.routes.taxonomy import entry_view, trail_rows
from server.services.curation import Amendment, Curator
from server.services.taxonomy import Leaf
from web.filters import LEAD_IN_SECONDS
from web.i18n import told_of, translator
from web.taxonomy_views import EntryFields, EntryForms, EntryView
from web.views import Choice, Problem

_PIECE = "evidence-"


class _Change(BaseModel):
    """Everything that any of the forms sends."""

    model_config = ConfigDict(extra="ignore")

    key: str
    base: int = Field(ge=0)
    reason: str = ""
    label_en: str = ""
    label_zh: str = ""
    definition_en: str = ""
    definition_zh: str = ""
    kind: EntryKind = EntryKind.PROBLEM
    parent: str = ""
    scope: Scope = Scope.UNKNOWN
    scope_reason: str = ""
    into: str = ""
    to: str = ""
    link: LinkKind = LinkKind.RELATED
    remove: str = ""
    challenge: str = ""


class _Said(BaseModel):
    key: str
    reason: str = ""
    shared: str = ""
    example: str = ""


class _Named(BaseModel):
    name: str
    stage: str = ""


async def entry(request: Request) -> Response:
    """`GET /entries/{entry}`: a merged one leads on to what stands for it, unless `?itself`."""
    entry_id = EntryId(request.path_params["entry"])
    service = app_state(request).taxonomy
    await reader_of(request, await service.study_of(entry_id))
    leaf = await service.entry(entry_id)
    if leaf.entry.merged_into is not None and "itself" not in request.query_params:
        return RedirectResponse(f"/entries/{leaf.entry.merged_into}", status_code=302)
    return page(request, await _view(request, leaf))


async def sound(request: Request) -> Response:
    """`GET /entries/{entry}/evidence/{evidence}/sound`: what one piece sounds like, no more.

    For everybody in the study, as the entry is; its session's whole sound is for who was there.
    """
    entry_id, state = EntryId(request.path_params["entry"]), app_state(request)
    await reader_of(request, await state.taxonomy.study_of(entry_id))
    leaf = await state.reports.quotable(await state.taxonomy.entry(entry_id))
    wanted = request.path_params["evidence"]
    found = next((one.evidence for one in leaf.evidence if one.evidence.id == wanted), None)
    if found is None or found.track_id is None or found.start is None or found.end is None:
        raise NotFound("track.unknown", track="")
    start = max(0.0, found.start - LEAD_IN_SECONDS)
    body = await state.recordings.excerpt(found.track_id, start, found.end)
    headers = {"Cache-Control": "private, no-store"}
    return Response(body, media_type="audio/wav", headers=headers)


async def change(request: Request) -> Response:
    """`POST /entries/{entry}/{change}`: amend, merge, split, retract, restore, link, answer."""
    entry_id = EntryId(request.path_params["entry"])
    state, name = app_state(request), request.path_params["change"]
    study_id = await state.taxonomy.study_of(entry_id)
    if name in ("challenge", "mark"):
        return await _said(request, entry_id, study_id, name)
    account = await moderator_of(request, study_id)
    body, fields = await form_body(request, _Change), await form_fields(request)
    try:
        shown = await _apply(request, Curator(account.id, account.name), entry_id, body, fields)
    except (Conflict, Invalid) as error:
        view = await _view(request, await state.taxonomy.entry(entry_id), error=error)
        if name == "amend" and view.fields is not None:
            view = replace(view, fields=_typed(view.fields, fields, error))
        return page(request, view, int(status_of(error)))
    suffix = "?itself" if name == "merge" else ""
    return RedirectResponse(f"/entries/{shown}{suffix}", status_code=303)


async def name_version(request: Request) -> Response:
    """`POST /studies/{study}/versions`: a name for the taxonomy as it stands."""
    study_id = StudyId(request.path_params["study"])
    account, body = await moderator_of(request, study_id), await form_body(request, _Named)
    stage_id = StageId(body.stage) if body.stage else None
    curator = Curator(account.id, account.name)
    await app_state(request).curation.name_version(curator, study_id, body.name, stage_id)
    return RedirectResponse(f"/studies/{study_id}/changes", status_code=303)


async def _apply(
    request: Request,
    by: Curator,
    entry_id: EntryId,
    body: _Change,
    fields: Mapping[str, str],
) -> str:
    """Carry one change out; return the entry to show."""
    service, key, base = app_state(request).curation, body.key, body.base
    label = Bilingual(body.label_en, body.label_zh)
    match request.path_params["change"]:
        case "amend":
            amendment = Amendment(
                label=label,
                definition=Bilingual(body.definition_en, body.definition_zh),
                kind=body.kind,
                parent_id=EntryId(body.parent) if body.parent else None,
                scope=body.scope,
                scope_reason=body.scope_reason,
                reason=body.reason,
            )
            answer = await service.amend(by, key, entry_id, amendment, base=base)
        case "merge":
            answer = await service.merge(
                by, key, entry_id, EntryId(body.into), base=base, reason=body.reason
            )
        case "split":
            chosen = [EvidenceId(n.removeprefix(_PIECE)) for n in fields if n.startswith(_PIECE)]
            answer = await service.split(
                by, key, entry_id, label, chosen, base=base, reason=body.reason
            )
        case "retract":
            answer = await service.retract(by, key, entry_id, base=base, reason=body.reason)
        case "restore":
            answer = await service.restore(by, key, entry_id, base=base, reason=body.reason)
        case "link":
            answer = await service.link(
                by, key, entry_id, EntryId(body.to), body.link, base=base, remove=bool(body.remove)
            )
        case "answer":
            answer = {"entry": await service.answer(by, body.challenge, body.reason)}
        case _:
            raise NotFound("route.unknown")
    return str(answer["entry"])


async def _said(request: Request, entry_id: EntryId, study_id: StudyId, name: str) -> Response:
    """A challenge, or we too and not so, by somebody who sits in a live session of the study."""
    person, body = await _seat(request, study_id), await form_body(request, _Said)
    if person is None:
        raise Forbidden("permission.denied", action=name, role="", state="")
    state = app_state(request)
    if name == "challenge":
        await state.curation.challenge(person, body.key, entry_id, body.reason)
    else:
        shared = {"too": True, "not": False}.get(body.shared)
        await state.marks.mark(
            person, body.key, "entry", entry_id, shared=shared, example=body.example
        )
    return RedirectResponse(f"/entries/{entry_id}", status_code=303)


async def _seat(request: Request, study_id: StudyId) -> Person | None:
    """Return who this login is in a live session of the study; an account needs no seat."""
    state, login = app_state(request), login_of(request)
    if login.account is not None:
        return None
    for session_id in await state.taxonomy.live_sessions(study_id):
        try:
            return await state.joining.person(login, session_id)
        except NotFound:
            continue  # in another session of the study, or in none
    return None


async def _view(
    request: Request, leaf: Leaf, *, error: Conflict | Invalid | None = None
) -> EntryView:
    language, login, state = language_of(request), login_of(request), app_state(request)
    leaf = await state.reports.quotable(leaf)
    person = await _seat(request, leaf.study.id)
    problems: tuple[Problem, ...] = ()
    if error is not None:
        said = told_of(error.code, error.fields, language)
        problems = (Problem("", said), *_differences(error, leaf, language))
    scope = await state.archive.scope_of(login)
    offer = await state.solutions.offer(leaf.study.id, scope)
    solution, spread = entry_parts(offer, leaf.entry, translator(language))
    view = entry_view(
        leaf,
        language,
        forms=EntryForms(
            may_change=login.account is not None,
            may_say=person is not None and leaf.entry.merged_into is None,
            is_expert=person is not None and person.unit_id is not None,
        ),
        problems=problems,
        scope=scope,
    )
    taken_over = await state.following.inheritance(leaf.study.id)
    heir = entry_heir(taken_over, leaf.entry.id, translator(language))
    trail = await state.trails.of_entry(leaf.entry.id, scope=scope)
    earlier, later = trail_rows(trail, translator(language), scope)
    return replace(view, solution=solution, spread=spread, heir=heir, earlier=earlier, later=later)


def _differences(error: Conflict | Invalid, leaf: Leaf, language: Language) -> tuple[Problem, ...]:
    into, labels = translator(language), {str(one.id): one.label for one in leaf.known}
    told = []
    for field, (before, after) in _changed(error).items():
        was, now = (field_said(field, one, labels, into) for one in (before, after))
        difference = f"{was or '–'} → {now or '–'}"
        told.append(Problem("", into.labelled(into.text(f"field.{field}"), difference)))
    return tuple(told)


def _changed(error: Conflict | Invalid) -> Mapping[str, tuple[str, str]]:
    """Return what somebody else changed meanwhile: field, as it was seen, as it stands."""
    found = error.fields.get("difference", [])
    if error.code != "entry.stale" or not isinstance(found, list):
        return {}
    return {one["field"]: (one["before"], one["after"]) for one in found}


def _typed(now: EntryFields, sent: Mapping[str, str], error: Conflict | Invalid) -> EntryFields:
    """Return the form with what was typed into it; what only the other one changed stays theirs."""
    changed = _changed(error)

    def kept(field: str, stands: str) -> str:
        typed = sent.get(field, stands)
        return stands if field in changed and typed == changed[field][0] else typed

    def chosen(field: str, choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
        stands = next((one.value for one in choices if one.selected), "")
        value = kept(field, stands)
        return tuple(replace(one, selected=one.value == value) for one in choices)

    return replace(
        now,
        label=(kept("label_en", now.label[0]), kept("label_zh", now.label[1])),
        definition=(
            kept("definition_en", now.definition[0]),
            kept("definition_zh", now.definition[1]),
        ),
        scope_reason=kept("scope_reason", now.scope_reason),
        kinds=chosen("kind", now.kinds),
        parents=chosen("parent", now.parents),
        scopes=chosen("scope", now.scopes),
    )
