"""The requirement specification over HTTP: its list, each requirement to edit, the document."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.errors import ColloquyError, Conflict, Forbidden, Invalid, NotFound
from schemas.ids import EntryId, StudyId, UnitId
from schemas.session import Bilingual
from server.domain.requirements import Content, Priority, RequirementId, Standing
from server.routes.errors import status_of
from server.routes.reports import document_file
from server.routes.request import (
    app_state,
    form_fields,
    form_values,
    language_of,
    moderator_of,
    page,
    reader_of,
)
from server.routes.requirement_view import requirement_view, requirements_view, specification_view
from server.services.requirements import Editor
from web.i18n import told_of, translator
from web.report_views import ReportView
from web.views import Problem

SEE_OTHER = 303


async def requirements(request: Request) -> Response:
    """`GET, POST /studies/{study}/requirements`: POST drafts from `entry`…, `together` or each."""
    study_id = StudyId(request.path_params["study"])
    await reader_of(request, study_id)
    service = app_state(request).requirements
    error: ColloquyError | None = None
    if request.method == "POST":
        editor, form = await _editor(request, study_id), await form_fields(request)
        chosen = [EntryId(one) for one in await form_values(request, "entry")]
        try:
            await service.draft(
                editor, form.get("key", ""), study_id, chosen, together="together" in form
            )
            return RedirectResponse(f"/studies/{study_id}/requirements", SEE_OTHER)
        except (Conflict, Invalid) as refused:
            error = refused
    view = requirements_view(
        await service.specification(study_id),
        translator(language_of(request)),
        may_change=await _may_change(request, study_id),
        problems=_problems(request, error),
    )
    return page(request, view, 200 if error is None else int(status_of(error)))


async def requirement(request: Request) -> Response:
    """`GET, POST /requirements/{requirement}`: POST is its next version, `base` the one seen."""
    service = app_state(request).requirements
    requirement_id = RequirementId(request.path_params["requirement"])
    study_id = await service.study_of(requirement_id)
    await reader_of(request, study_id)
    error: ColloquyError | None = None
    content: Content | None = None
    if request.method == "POST":
        editor, form = await _editor(request, study_id), await form_fields(request)
        try:
            content, base = await _content(request), _base(form.get("base", ""))
            reason = form.get("reason", "")
            await service.amend(editor, requirement_id, content, base=base, reason=reason)
            return RedirectResponse(form_target(requirement_id, form.get("then", "")), SEE_OTHER)
        except (Conflict, Invalid) as refused:
            error = refused
    view = requirement_view(
        await service.sheet(requirement_id),
        translator(language_of(request)),
        may_change=await _may_change(request, study_id),
        typed=content,
        saved="saved" in request.query_params,
        problems=_problems(request, error),
    )
    return page(request, view, 200 if error is None else int(status_of(error)))


async def specification(request: Request) -> Response:
    """`GET /studies/{study}/specification`: the document."""
    return page(request, await _specification(request))


async def specification_file(request: Request) -> Response:
    """`GET /studies/{study}/specification.{form}`: docx or pdf, `layout` plain or official."""
    return await document_file(request, await _specification(request))


def form_target(requirement_id: RequirementId, then: str) -> str:
    """Return where to go after saving: on to the requirement `then`, else the same again."""
    if then.isalnum():
        return f"/requirements/{then}"
    return f"/requirements/{requirement_id}?saved"


async def _specification(request: Request) -> ReportView:
    study_id = StudyId(request.path_params["study"])
    await reader_of(request, study_id)
    found = await app_state(request).requirements.specification(study_id)
    return specification_view(found, translator(language_of(request)))


async def _editor(request: Request, study_id: StudyId) -> Editor:
    account = await moderator_of(request, study_id)
    return Editor(account.id, account.name)


async def _may_change(request: Request, study_id: StudyId) -> bool:
    """Whether this reader may write: decides which forms are drawn, never what is done."""
    try:
        await moderator_of(request, study_id)
    except (Forbidden, NotFound):
        return False
    return True


async def _content(request: Request) -> Content:
    form = await form_fields(request)
    priority, standing = form.get("priority", ""), form.get("standing", "")
    if priority not in set(Priority) or standing not in set(Standing):
        raise Invalid("request.form")
    chosen = {name: await form_values(request, name) for name in ("entry", "unit")}

    def text(name: str) -> Bilingual:
        said = [form.get(f"{name}_{side}", "").replace("\r\n", "\n") for side in ("en", "zh")]
        return Bilingual(said[0].strip(), said[1].strip())

    return Content(
        statement=text("statement"),
        rationale=text("rationale"),
        assessment=text("assessment"),
        acceptance=text("acceptance"),
        priority=Priority(priority),
        standing=Standing(standing),
        entries=tuple(EntryId(one) for one in dict.fromkeys(chosen["entry"])),
        units=tuple(UnitId(one) for one in dict.fromkeys(chosen["unit"])),
    )


def _base(asked: str) -> int:
    if not (asked.isascii() and asked.isdecimal() and len(asked) < 7):
        raise Invalid("request.form")
    return int(asked)


def _problems(request: Request, error: ColloquyError | None) -> tuple[Problem, ...]:
    if error is None:
        return ()
    into = translator(language_of(request))
    told = [Problem("", told_of(error.code, error.fields, into.language))]
    difference = error.fields.get("difference")
    if isinstance(difference, Sequence) and difference:
        stop = into.text("document.name_stop")
        told.append(Problem("", stop.join(into.text(f"requirement.{one}") for one in difference)))
    return tuple(told)
