"""One full and one empty view of the pages of exports and imports."""

from schemas.session import Language
from web.exports_views import (
    ExportsMadeView,
    ExportsView,
    FormChoice,
    MadeFileRow,
    MadeRow,
)
from web.i18n import translator
from web.passage_views import SheetPreview, SheetRow
from web.project_views import Count, ImportRow, ProjectsView, ProjectView, SampleRow, TextRow
from web.taxonomy_views import CodebookView
from web.views import Choice, Link, Problem


def _row(name: str, state: str, language: Language, **values: object) -> MadeRow:
    into = translator(language)
    given = {
        "is_busy": False,
        "is_measured": False,
        "percent": 0,
        "files": (),
        "until": "",
        "problem": "",
    }
    given |= {"cancel": "", "again": ""}
    return MadeRow(
        name, into.text("export_form.qdpx"), "Smart city · 研究", "2026-11-28 15:20", state,
        into.text(f"export_state.{state}"), **(given | values),
    )  # type: ignore[arg-type]  # fmt: skip


def full(language: Language) -> list[object]:
    """Views as a study with exports in every state has them."""
    into = translator(language)
    files = (
        MadeFileRow("/exports/1/export", into.text("export_file.export"), "1.4 MB"),
        MadeFileRow("/exports/1/key", into.text("export_file.key"), "2 KB"),
    )
    made = ExportsMadeView(
        "/studies/1/exports/made",
        False,
        (
            _row(
                "a",
                "running",
                language,
                is_busy=True,
                is_measured=True,
                percent=40,
                cancel="/exports/a/cancel",
            ),
            _row("b", "done", language, files=files, until="2026-12-05 15:20"),
            _row("c", "failed", language, problem="The disk is full.", again="/exports/c/again"),
        ),
    )
    forms = tuple(
        FormChoice(
            one, into.text(f"export_form.{one}"), into.text(f"export_detail.{one}"), one == "qdpx"
        )
        for one in ("qdpx", "qdc", "csv", "xlsx", "ttl", "jsonld", "annotations", "jsonl")
    )
    sessions = (Choice("", into.text("export_scope.study")), Choice("1", "From rising water"))
    return [
        ExportsView(
            Link("/studies/1", "Smart city plan"), "/studies/1/exports", forms, sessions, made, 7
        ),
        made,
        _codebook(language),
        _projects(language),
        _project(language),
    ]


def _projects(language: Language) -> ProjectsView:
    text = translator(language).text
    rows = tuple(
        ImportRow(
            Link(f"/projects/{number}", "Flood · 内涝访谈 2015"), "NVivo 12.6 (Windows)",
            "2026-11-28 15:20", state, text(f"project_state.{state}"),
        )
        for number, state in enumerate(("shown", "asked", "failed", "in", "taken_back"))
    )  # fmt: skip
    codebook = Link("/studies/1/codebook", text("project.codebook"))
    wrong = Problem("", "The file is no REFI-QDA project that can be read.")
    study = Link("/studies/1", "Smart city plan")
    return ProjectsView(study, "/studies/1/projects", rows, (codebook,), (wrong,))


def _project(language: Language) -> ProjectView:
    text = translator(language).text
    found = tuple(
        Count(text(f"project_found.{name}"), count, remark)
        for name, count, remark in (
            ("texts", 12, ""),
            ("codes", 64, text("project_found.codes_new", count=60)),
            ("codings", 2310, ""),
            ("memos", 41, ""),
            ("cases", 53, text("project_found.cases_known", count=41)),
        )
    )
    left = tuple(
        Count(text(f"project_left.{name}"), count)
        for name, count in (("picture", 3), ("pdf", 12), ("selection", 2), ("variable", 9))
    )
    samples = (
        SampleRow("访谈 3", "…王芳：", "水位数据🌊到得晚", "，路已经封了…", "水位数据🌊到得晚",
                  text("project_sample.same"), is_bad=False),
        SampleRow("Interview 1", "…we ", "ask twice an", "d never hear…", "ask twice and",
                  text("project_sample.other"), is_bad=True),
        SampleRow("Interview 2", "", "", "", "nobody", text("project_sample.nowhere"), is_bad=True),
    )  # fmt: skip
    becomes = tuple(
        Choice(one, text(f"project_becomes.{one}"), selected=one == "session")
        for one in ("session", "document", "nothing")
    )
    texts = tuple(
        TextRow(f"text-{number}", title, becomes, 340, 212, 7, lost)
        for number, (title, lost) in enumerate(
            (("Interview 1", 0), ("水务局访谈记录（2015年4月）", 2))
        )
    )
    way = f"{text('project_unit.utf_sixteen')}, {text('project_way.double_ends')}"
    return ProjectView(
        study=Link("/studies/1", "Smart city plan"),
        list=Link("/studies/1/projects", text("project.list")),
        title="Flood · 内涝访谈 2015",
        facts=("flood-2015.qdpx, 4.1 MB", "NVivo 12.6 (Windows)"),
        action="/projects/1",
        live_href="/projects/1",
        state_label=text("project_state.in"),
        is_open=True,
        is_busy=False,
        is_measured=False,
        percent=0,
        problem="The disk is full.",
        found=found,
        left=left,
        made=(Count(text("project_made.entries"), 60), Count(text("project_made.evidence"), 2310)),
        made_links=(Link("/studies/1/taxonomy", text("place.taxonomy")),),
        ways=(Choice("12", way, selected=True), Choice("0", text("project_unit.code_point"))),
        way_note=text("project_note.sure"),
        samples=samples,
        stages=(Choice("1", "Stage one", selected=True), Choice("2", "阶段二")),
        texts=texts,
        more_texts=3,
        can_ask=True,
        can_take_back=True,
        problems=(Problem("", "Others have built on these texts since: Report."),),
    )


def _codebook(language: Language) -> CodebookView:
    into = translator(language)
    rows = (
        SheetRow(2, (into.text("codebook.added"), "Data", "", ""), ""),
        SheetRow(
            3,
            (
                into.text("codebook.changed"),
                "水位数据到得晚",
                "Data",
                "Label in English: Late → Too late",
            ),
            "",
        ),
        SheetRow(4, (into.text("codebook.bad"), "Roads", "Nowhere", ""), "Wrong"),
    )
    head = tuple(
        into.text(one)
        for one in ("codebook.does", "codebook.entry", "field.parent", "codebook.changes")
    )
    return CodebookView(
        "Smart city plan", Link("/studies/1/taxonomy", into.text("codebook.taxonomy")),
        "/studies/1/codebook", SheetPreview(head, rows, 1, 2, "id,label\n", seal="a"),
        "1 · 1 · 1", (Problem("", "These rows are not right: 4."),),
    )  # fmt: skip


def empty(language: Language) -> list[object]:
    """The same pages before anything was exported."""
    made = ExportsMadeView("/studies/1/exports/made", False, ())
    return [
        ExportsView(Link("/studies/1", "Smart city plan"), "/e", (), (), made, 1),
        made,
        CodebookView("Smart city plan", Link("/t", "Taxonomy"), "/c", SheetPreview(())),
        ProjectsView(Link("/studies/1", "Smart city plan"), "/p", ()),
        ProjectView(
            Link("/s", "Study"),
            Link("/p", "List"),
            "Flood",
            (),
            "/p/1",
            "/p/1",
            "Waiting",
            is_open=False,
            is_busy=True,
            is_measured=True,
            percent=40,
            problem="",
        ),
    ]
