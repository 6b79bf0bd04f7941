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
    ]


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
    ]
