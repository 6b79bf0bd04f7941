"""A study that follows another, over HTTP: choosing it, and saying what became of each entry."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.errors import Conflict, Forbidden, Invalid, NotFound
from schemas.ids import EntryId, StudyId
from server.domain.inheriting import Fate, references
from server.routes.errors import status_of
from server.routes.inheriting_view import heir_view, inherited_view
from server.routes.preparing import SEE_OTHER, problems
from server.routes.request import (
    app_state,
    form_fields,
    form_values,
    language_of,
    login_of,
    moderator_of,
    page,
    reader_of,
)
from server.services.requirements import Editor
from web.i18n import translator


async def inherited(request: Request) -> Response:
    """`GET, POST /studies/{study}/inherited`: POST `before` follows that study, or brings what is new."""
    study_id, state = StudyId(request.path_params["study"]), app_state(request)
    await reader_of(request, study_id)
    into, error = translator(language_of(request)), None
    may_change = await _may_change(request, study_id)
    brought: int | None = None
    if request.method == "POST":
        account, form = await moderator_of(request, study_id), await form_fields(request)
        try:
            before_id = StudyId(form.get("before", ""))
            brought = await state.following.follow(account, study_id, before_id)
        except (Conflict, Invalid) as refused:
            error = refused
    found, login = await state.following.inheritance(study_id), login_of(request)
    choices = []
    if may_change and login.account is not None and found.before is None:
        choices = list(await state.following.choices(login.account, study_id))
    view = inherited_view(
        found,
        choices,
        into,
        may_change=may_change,
        may_read_before=found.before is not None
        and await state.joining.runs(login, found.before.study_id),
        brought=brought,
        problems=() if error is None else problems(error, into),
    )
    return page(request, view, 200 if error is None else int(status_of(error)))


async def heir(request: Request) -> Response:
    """`GET, POST /studies/{study}/inherited/{entry}`: POST says what became of it, over `base`."""
    study_id, state = StudyId(request.path_params["study"]), app_state(request)
    await reader_of(request, study_id)
    entry_id = EntryId(request.path_params["entry"])
    into, error = translator(language_of(request)), None
    typed: tuple[str, str, str, frozenset[str]] | None = None
    if request.method == "POST":
        account, form = await moderator_of(request, study_id), await form_fields(request)
        await _entry(request, study_id, entry_id)
        ticked, addresses = await form_values(request, "proof"), form.get("addresses", "")
        said = (form.get("fate", ""), form.get("reason", "").strip())
        typed = (*said, addresses, frozenset(ticked))
        try:
            await _mark(request, Editor(account.id, account.name), entry_id, typed)
            return RedirectResponse(f"{request.url.path}?saved", SEE_OTHER)
        except (Conflict, Invalid) as refused:
            error = refused
    found = await state.following.inheritance(study_id)
    entry = next((one for one in found.entries if one.id == entry_id), None)
    if entry is None:
        raise NotFound("inherited.unknown", entry=entry_id)
    view = heir_view(
        found,
        entry,
        await state.following.versions(entry_id),
        into,
        may_change=await _may_change(request, study_id),
        typed=typed,
        saved="saved" in request.query_params,
        problems=() if error is None else problems(error, into),
    )
    return page(request, view, 200 if error is None else int(status_of(error)))


async def _mark(
    request: Request,
    by: Editor,
    entry_id: EntryId,
    typed: tuple[str, str, str, frozenset[str]],
) -> None:
    form = await form_fields(request)
    fate, reason, addresses, _ = typed
    base = form.get("base", "")
    if fate not in set(Fate) or not (base.isascii() and base.isdecimal() and len(base) < 10):
        raise Invalid("request.invalid", fate=fate, base=base)
    named = references("\n".join([*await form_values(request, "proof"), addresses]))
    service = app_state(request).following
    await service.mark(by, entry_id, Fate(fate), reason, named, base=int(base))


async def _entry(request: Request, study_id: StudyId, entry_id: EntryId) -> None:
    if await app_state(request).taxonomy.study_of(entry_id) != study_id:
        raise NotFound("inherited.unknown", entry=entry_id)


async def _may_change(request: Request, study_id: StudyId) -> bool:
    """Whether this reader may write: decides which forms are drawn, never what is done."""
    try:
        await moderator_of(request, study_id)
    except (Forbidden, NotFound):
        return False
    return True
