"""One full and one empty view of the pages of stages 1 and 2."""

from schemas.session import Language
from web.passage_views import (
    NoteRow,
    PassageDesk,
    PassageRow,
    SheetPreview,
    SheetRow,
    ShelfRow,
    SourceForm,
    SourcesView,
    SourceView,
)
from web.views import Choice, Link, Problem

STUDY = Link("/studies/1", "Smart city")


def desk() -> PassageDesk:
    """Passages of which one backs an entry and carries a note."""
    return PassageDesk(
        (
            PassageRow(
                "p1", "p-p1", "1", "一、总体要求", "推动政务数据共享，打破部门壁垒。", "zh", "",
                (Link("/entries/1", "Data is not shared", "problem"),),
                (NoteRow("n", "cause", "Cause", "No list of interfaces", "陈静", True),),
            ),
            PassageRow("p2", "p-p2", "2", "", "Standards come first.", "en", "Water Bureau"),
        ),
        "/sources/1", True, (Choice("e", "Data is not shared", "data is not shared"),),
        (Choice("problem", "Problem"), Choice("memo", "Memo")), "7",
        Link("/entries/1", "Data is not shared", "e"),
    )  # fmt: skip


def full(_language: Language) -> list[object]:
    """Views as a study in the middle of its work has them."""
    preview = SheetPreview(
        ("Title", "Year"),
        (SheetRow(2, ("Plan", "2016"), ""), SheetRow(3, ("", "16"), "The title is missing.")),
        1, 1, "title,year\nPlan,2016\n,16\n", is_ready=False,
    )  # fmt: skip
    return [
        SourceView(
            "Guidance on standards", STUDY, Link("/studies/1/sources", "Sources"),
            ("State Council", "National", "2015"), "https://example.org/plan", desk(),
        ),
        SourcesView(
            STUDY, "/studies/1/sources",
            (ShelfRow(Link("/sources/1", "Guidance"), "State Council", "National", "2015", "Data", 2),),
            True, SourceForm("Guidance", year="15"), preview, (Choice("", "–"), Choice("city", "City")),
            (Problem("", "The year must have four digits."),), (), "sheet",
        ),
    ]  # fmt: skip


def empty(_language: Language) -> list[object]:
    """The same pages before anything happened."""
    nothing = PassageDesk((), "/sources/1")
    return [
        SourceView("Plan", STUDY, Link("/studies/1/sources", "Sources"), (), "", nothing),
        SourcesView(STUDY, "/studies/1/sources", (), False, SourceForm(), SheetPreview(())),
    ]
