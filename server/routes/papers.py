"""The papers of a session as files: attendance sheet and meeting notice."""

from starlette.requests import Request
from starlette.responses import Response

from server.routes.agendas import attendance_view, notice_view
from server.routes.reports import document_file
from server.routes.request import language_of
from web.i18n import translator
from web.report_views import ReportView, Section, Statement, Table


async def attendance(request: Request) -> Response:
    """`GET /sessions/{session}/attendance.{form}`: to be signed on paper."""
    into, view = translator(language_of(request)), await attendance_view(request)
    head = ("facet.unit", "paper.name", "facet.role", "paper.signature")
    rows = tuple((row.unit, row.name, row.role, "") for row in (*view.rows, *view.waiting))
    title = into.text("paper.attendance")
    table = Table(title, tuple(into.text(word) for word in head), rows)
    section = Section("people", "", title, table=table)
    facts = ((into.text("paper.begins"), view.when), (into.text("paper.place"), view.place))
    document = ReportView(
        into.labelled(title, view.title),
        view.study_title,
        tuple(fact for fact in facts if fact[1]),
        (section,),
        view.back,
        marking=view.marking,
    )
    return await document_file(request, document)


async def notice(request: Request) -> Response:
    """`GET /sessions/{session}/notice.{form}`: the letter that invites the units."""
    into, view = translator(language_of(request)), await notice_view(request)
    facts = (
        ("paper.to", into.text("document.name_stop").join(view.units)),
        ("document.kind", view.kind),
        ("paper.begins", view.when),
        ("paper.place", view.place),
        ("paper.code", f"{view.code} ({view.join_url})"),
        ("document.city", view.city),
    )
    parts = (("agenda", "paper.agenda", view.steps), ("record", "paper.record", view.notice))
    document = ReportView(
        into.labelled(into.text("paper.notice"), view.title),
        view.study_title,
        tuple((into.text(word), value) for word, value in facts if value),
        tuple(
            Section(name, "", into.text(word), statements=tuple(Statement("", one) for one in said))
            for name, word, said in parts
            if said
        ),
        view.back,
        marking=view.marking,
    )
    return await document_file(request, document)
