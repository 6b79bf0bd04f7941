"""Preparing sessions in the browser: a new one, its details, agenda and invitations; its papers."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from schemas.errors import ColloquyError, Conflict, Invalid
from schemas.ids import PersonId, SessionId, StageId, StudyId, ThemeId, UnitId
from schemas.session import Bilingual, Language, Role, Script, SessionKind, Step, StepDetail, Unit
from server.domain.agenda import Template
from server.routes.errors import status_of
from server.routes.joining import found_by
from server.routes.preparing import SEE_OTHER, bilingual, choices, problems
from server.routes.request import (
    account_of,
    app_state,
    form_fields,
    form_rows,
    json_body,
    language_of,
    origin_of,
    page,
    person_in,
)
from server.services.agendas import Details, Planned
from server.services.inviting import SEATED_ROLES, Attendance, Expected, Guest, GuestList
from server.store.agenda_templates import KeptAgenda
from server.store.sessions import Sitting
from server.store.speech import Speech
from server.store.studies import Stage, Theme
from web.i18n import Translator, translator
from web.preparing_views import (
    AttendanceRow,
    AttendanceView,
    GuestFields,
    MeetingNoticeView,
    SessionForm,
    SessionNewView,
    SessionPrepareView,
    StepFields,
    Suiting,
)
from web.views import Choice, Link

_STEP = (
    "id", "en", "zh", "actor", "hand_over", "system", "data_in", "data_out", "probes", "minutes",
)  # fmt: skip
_KEPT = "kept:"
"""Before the id of a kept agenda, among what a new session may begin with."""
_GUEST = ("id", "name", "unit", "role")


class _Seat(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: str
    person: str
    unit: str | None = None


async def session_new(request: Request) -> Response:
    """`GET, POST /studies/{study}/sessions/new`."""
    account, study_id = account_of(request), StudyId(request.path_params["study"])
    into, state = translator(language_of(request)), app_state(request)
    found = await state.preparing.prepared(account, study_id)
    others = (await state.studies.overview(study_id)).sessions
    study = Link(f"/studies/{study_id}", found.study.title.in_(into.language))
    action = f"/studies/{study_id}/sessions/new"
    suiting = _suiting(found.stages)
    fields: Mapping[str, str] = {"agenda": Template.USUAL.value, "stage": suiting[0].stage}
    error: ColloquyError | None = None
    if request.method == "POST":
        fields = await form_fields(request)
        begun = fields.get("agenda", "")
        template = Template(begun) if begun in list(Template) else Template.NONE
        like = SessionId(begun) if begun in {each.session.id for each in others} else None
        chosen = begun.removeprefix(_KEPT) if begun.startswith(_KEPT) else None
        try:
            made = await state.agendas.create(
                account, study_id, _details(fields), template=template, like=like, kept=chosen
            )
            return RedirectResponse(f"/sessions/{made}/prepare", SEE_OTHER)
        except Invalid as refused:
            error = refused
    kept = await state.agendas.kept(account)
    form = _form(action, fields, found.stages, found.themes, into, others=others, kept=kept)
    form = replace(form, suiting=suiting)
    told = () if error is None else problems(error, into)
    return page(
        request, SessionNewView(study, form, told), 200 if error is None else status_of(error)
    )


async def session_prepare(request: Request) -> Response:
    """`GET, POST /sessions/{session}/prepare`: POST changes title, time and place."""
    account, session_id = account_of(request), _session_id(request)
    if request.method != "POST":
        return await _prepare_page(request)
    fields = await form_fields(request)
    try:
        await app_state(request).agendas.change(account, session_id, _details(fields))
    except (Invalid, Conflict) as error:
        return await _prepare_page(request, error, fields=fields)
    return _saved(session_id, "details")


async def session_agenda(request: Request) -> Response:
    """`POST /sessions/{session}/agenda`: the whole agenda, row by row."""
    account, session_id = account_of(request), _session_id(request)
    rows = await form_rows(request, _STEP)
    try:
        planned = [_planned(row) for row in rows]
        await app_state(request).agendas.set_agenda(account, session_id, planned)
    except (Invalid, Conflict) as error:
        return await _prepare_page(request, error, steps=[StepFields(**row) for row in rows])
    return _saved(session_id, "agenda")


async def agenda_keep(request: Request) -> Response:
    """`POST /sessions/{session}/agenda/keep`: keeps the agenda to begin others with."""
    account, session_id = account_of(request), _session_id(request)
    fields = await form_fields(request)
    try:
        await app_state(request).agendas.keep(account, session_id, fields.get("title", ""))
    except Invalid as error:
        return await _prepare_page(request, error)
    return _saved(session_id, "agenda")


async def session_guests(request: Request) -> Response:
    """`POST /sessions/{session}/guests`: the whole invitation list, row by row."""
    account, session_id = account_of(request), _session_id(request)
    rows = await form_rows(request, _GUEST)
    try:
        guests = [
            Guest(row["id"], row["name"], _unit_id(row["unit"]), _role(row["role"])) for row in rows
        ]
        await app_state(request).inviting.invite(account, session_id, guests)
    except (Invalid, Conflict) as error:
        return await _prepare_page(
            request,
            error,
            guests=[GuestFields(row["id"], row["name"], row["unit"], row["role"]) for row in rows],
        )
    return _saved(session_id, "guests")


async def seat_waiting(request: Request) -> Response:
    """`POST /sessions/{session}/seats`: from the page of seat cards, for who came by the code."""
    person, fields = await person_in(request, _session_id(request)), await form_fields(request)
    await app_state(request).inviting.seat(
        person,
        PersonId(fields.get("person", "")),
        _unit_id(fields.get("unit", "")),
        key=fields.get("key", ""),
    )
    return RedirectResponse(f"/sessions/{person.session_id}/seats", SEE_OTHER)


async def seat_person(request: Request) -> Response:
    """`POST /api/sessions/{session}/seats`: the same from the live page."""
    body = await json_body(request, _Seat)
    person = await person_in(request, _session_id(request))
    answer = await app_state(request).inviting.seat(
        person, PersonId(body.person), _unit_id(body.unit or ""), key=body.key
    )
    return JSONResponse(answer)


async def attendance(request: Request) -> Response:
    """`GET /sessions/{session}/attendance`."""
    return page(request, await attendance_view(request))


async def attendance_view(request: Request) -> AttendanceView:
    """Return who is expected, and who waits for a seat."""
    into = translator(language_of(request))
    listed = await app_state(request).inviting.guests(account_of(request), _session_id(request))
    names = {unit.id: unit.name.in_(into.language) for unit in listed.units}
    return AttendanceView(
        title=listed.sitting.session.title.in_(into.language),
        study_title=listed.study.title.in_(into.language),
        when=_when(listed.sitting),
        place=listed.sitting.place,
        marking=listed.study.marking,
        rows=tuple(_attendance_row(one, names, into) for one in listed.invited),
        waiting=tuple(
            AttendanceRow(
                names.get(one.unit_id or UnitId(""), ""),
                one.name,
                into.text("attendance.waiting"),
                into.text("attendance.waiting"),
            )
            for one in listed.waiting
        ),
        back=_back(listed, into),
        here_count=sum(one.attendance is Attendance.HERE for one in listed.invited),
    )


async def meeting_notice(request: Request) -> Response:
    """`GET /sessions/{session}/notice`."""
    return page(request, await notice_view(request))


async def notice_view(request: Request) -> MeetingNoticeView:
    """Return the letter that invites the units."""
    into = translator(language_of(request))
    account, session_id = account_of(request), _session_id(request)
    listed = await app_state(request).inviting.guests(account, session_id)
    prepared = await app_state(request).agendas.preparation(account, session_id)
    session, language = listed.sitting.session, into.language
    invited = {one.person.unit_id for one in listed.invited}
    return MeetingNoticeView(
        title=session.title.in_(language),
        study_title=listed.study.title.in_(language),
        city=listed.study.city.in_(language),
        kind=into.text(f"session_kind.{session.kind.value}"),
        when=_when(listed.sitting),
        place=listed.sitting.place,
        marking=listed.study.marking,
        units=tuple(unit.name.in_(language) for unit in listed.units if unit.id in invited),
        steps=tuple(step.title.in_(language) for step in prepared.agenda),
        notice=into.notice(),
        code=listed.sitting.code,
        join_url=f"{origin_of(request)}/join",
        back=_back(listed, into),
    )


def fresh_key() -> str:
    """Return an idempotency key for a form: sent twice, it acts once."""
    return secrets.token_hex(16)


async def _prepare_page(
    request: Request,
    error: ColloquyError | None = None,
    *,
    fields: Mapping[str, str] | None = None,
    steps: Sequence[StepFields] | None = None,
    guests: Sequence[GuestFields] | None = None,
) -> Response:
    """The page; what was sent and refused stands there again, beside the reason."""
    account, session_id = account_of(request), _session_id(request)
    into, state = translator(language_of(request)), app_state(request)
    found = await state.agendas.preparation(account, session_id)
    listed = await state.inviting.guests(account, session_id)
    session, base = found.sitting.session, f"/sessions/{session_id}"
    told = _fields(found.sitting, found.speech) if fields is None else fields
    view = SessionPrepareView(
        title=session.title.in_(into.language),
        base=base,
        study=Link(f"/studies/{found.study.id}", found.study.title.in_(into.language)),
        form=_form(f"{base}/prepare", told, found.stages, found.themes, into),
        steps=tuple(
            steps if steps is not None else [*map(_step_fields, found.agenda), StepFields()]
        ),
        guests=tuple(guests if guests is not None else _guest_fields(listed, into)),
        units=tuple(_unit_choice(unit, into.language) for unit in found.units),
        roles=choices([(one.value, into.text(f"role.{one.value}")) for one in SEATED_ROLES], ""),
        code=found.sitting.code,
        state=into.text(f"session_state.{session.state.value}"),
        is_process=session.kind is SessionKind.JOINT_DEVELOPMENT,
        is_closed=session.state.value == "closed",
        saved=request.query_params.get("saved", ""),
        problems=() if error is None else problems(error, into),
    )
    return page(request, view, 200 if error is None else status_of(error))


def _form(
    action: str,
    fields: Mapping[str, str],
    stages: Sequence[Stage],
    themes: Sequence[Theme],
    into: Translator,
    *,
    others: Sequence[Sitting] | None = None,
    kept: Sequence[KeptAgenda] = (),
) -> SessionForm:
    language = into.language
    last = stages[-1].id if stages else ""
    every = ("", into.text("theme.every"))
    begun: tuple[Choice, ...] = ()
    if others is not None:
        words = [(one.value, into.text(f"agenda.{one.value}")) for one in Template]
        words += [(_KEPT + one.id, into.text("agenda.kept", title=one.title)) for one in kept]
        words += [
            (each.session.id, into.text("agenda.like", title=each.session.title.in_(language)))
            for each in others
        ]
        begun = choices(words, fields.get("agenda", ""))
    return SessionForm(
        action,
        fields.get("title_en", ""),
        fields.get("title_zh", ""),
        fields.get("place", ""),
        fields.get("starts", ""),
        choices(_words(into, "session_kind", SessionKind), fields.get("kind", "")),
        choices(_words(into, "language", Language), fields.get("language", language.value)),
        choices(_words(into, "spoken", Spoken), fields.get("spoken", "")),
        choices(_words(into, "script", Script), fields.get("script", "")),
        choices([(s.id, s.title.in_(language)) for s in stages], fields.get("stage", last)),
        choices([every, *((t.id, t.title.in_(language)) for t in themes)], fields.get("theme", "")),
        begun,
    )


def _suiting(stages: Sequence[Stage]) -> tuple[Suiting, ...]:
    """The first kind walks through processes one stage before the last, where questions are asked."""
    last = stages[-1].id if stages else ""
    before = stages[-2].id if len(stages) > 1 else last
    return (
        Suiting(SessionKind.JOINT_DEVELOPMENT.value, before),
        Suiting(SessionKind.FOCUS_GROUP.value, last),
    )


def _words(into: Translator, name: str, values: type[StrEnum]) -> list[tuple[str, str]]:
    return [(one.value, into.text(f"{name}.{one.value}")) for one in values]


class Spoken(StrEnum):
    """Whether a session keeps to its language."""

    ONE = "one"
    EITHER = "either"


def _fields(sitting: Sitting, speech: Speech) -> dict[str, str]:
    session = sitting.session
    return {
        "title_en": session.title.en,
        "title_zh": session.title.zh,
        "place": sitting.place,
        "starts": sitting.starts,
        "kind": session.kind.value,
        "language": session.language.value,
        "stage": sitting.stage_id,
        "theme": sitting.theme_id or "",
        "spoken": Spoken.EITHER if speech.is_either else Spoken.ONE,
        "script": speech.script.value,
    }


def _details(fields: Mapping[str, str]) -> Details:
    kind, language = fields.get("kind", ""), fields.get("language", "")
    if kind not in list(SessionKind) or language not in list(Language):
        raise Invalid("request.form", reason="kind")
    script = fields.get("script") or Script.HANS
    if script not in list(Script):
        raise Invalid("request.form", reason="script")
    theme = fields.get("theme", "")
    return Details(
        bilingual(fields, "title"),
        SessionKind(kind),
        Language(language),
        StageId(fields.get("stage", "")),
        ThemeId(theme) if theme else None,
        " ".join(fields.get("place", "").split()),
        fields.get("starts", "").strip(),
        Speech(fields.get("spoken") == Spoken.EITHER, Script(script)),
    )


def _planned(row: Mapping[str, str]) -> Planned:
    minutes = row["minutes"].strip()
    if minutes and not (minutes.isdecimal() and len(minutes) < 5):
        raise Invalid("agenda.minutes")
    probes = tuple(line.strip() for line in row["probes"].splitlines() if line.strip())
    texts = {name: " ".join(row[name].split()) for name in ("system", "data_in", "data_out")}
    detail = StepDetail(
        hand_over=_unit_id(row["hand_over"]), probes=probes, minutes=int(minutes or 0), **texts
    )
    title = Bilingual(" ".join(row["en"].split()), " ".join(row["zh"].split()))
    return Planned(row["id"], title, _unit_id(row["actor"]), detail)


def _step_fields(step: Step) -> StepFields:
    detail = step.detail
    return StepFields(
        step.id,
        step.title.en,
        step.title.zh,
        step.actor or "",
        detail.hand_over or "",
        detail.system,
        detail.data_in,
        detail.data_out,
        "\n".join(detail.probes),
        str(detail.minutes or ""),
    )


def _guest_fields(listed: GuestList, into: Translator) -> list[GuestFields]:
    rows = [
        GuestFields(
            one.person.id,
            one.person.name,
            one.person.unit_id or "",
            one.person.role.value,
            into.text(f"attendance.{one.attendance.value}"),
            one.attendance is not Attendance.EXPECTED,
        )
        for one in listed.invited
    ]
    return [*rows, GuestFields()]


def _attendance_row(one: Expected, names: Mapping[UnitId, str], into: Translator) -> AttendanceRow:
    return AttendanceRow(
        names.get(one.person.unit_id or UnitId(""), ""),
        one.person.name,
        into.text(f"role.{one.person.role.value}"),
        into.text(f"attendance.{one.attendance.value}"),
    )


def _unit_choice(unit: Unit, language: Language) -> Choice:
    return Choice(unit.id, unit.name.in_(language), found_by(unit))


def _unit_id(value: str) -> UnitId | None:
    return UnitId(value) if value else None


def _role(value: str) -> Role:
    if value not in list(Role):
        raise Invalid("request.form", reason="role")
    return Role(value)


def _when(sitting: Sitting) -> str:
    return sitting.starts.replace("T", " ")


def _back(listed: GuestList, into: Translator) -> Link:
    session = listed.sitting.session
    return Link(f"/sessions/{session.id}/prepare", session.title.in_(into.language))


def _session_id(request: Request) -> SessionId:
    return SessionId(request.path_params["session"])


def _saved(session_id: SessionId, part: str) -> Response:
    return RedirectResponse(f"/sessions/{session_id}/prepare?saved={part}#{part}", SEE_OTHER)
