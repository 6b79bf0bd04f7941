"""One full and one empty view of the pages about detail: gaps, solutions, priorities, returns."""

from dataclasses import replace

from schemas.session import Language
from web.gap_views import AskedUnit, GapRow, GapsView
from web.return_views import (
    ChangeRow,
    ReturnRow,
    ReturnsView,
    ReturnView,
    SaidRow,
    WordingAsked,
)
from web.views import Choice, Link, Problem


def full(language: Language) -> list[object]:
    """Views as a study after its walkthroughs has them."""
    return [gaps(), returns(), unit_return()]


def empty(language: Language) -> list[object]:
    """The same pages before anything happened."""
    session = Link("/sessions/1/minutes", "Session")
    return [
        GapsView(Link("/studies/1", "Study"), "/studies/1/gaps", (), ()),
        ReturnsView(session, "/sessions/1/returns", "", "", ()),
        ReturnView(
            "Study", "Session", "Unit", "/return/t", "", False, False, (), (), (), (), "", ""
        ),
    ]


def returns() -> ReturnsView:
    """Return a board with a unit that changes something, and one that has not looked yet."""
    correction = ChangeRow("i1", "Correction", "00:41:52", "The list on the wall", "墙上的清单", "To be decided", True)  # fmt: skip
    withdrawn = ChangeRow("i2", "Quotation withdrawn", "", "", "", "", False)
    answered = ReturnRow("u1", "Market Supervision Committee 市市场监管委", "Answered with changes", True, "2026-11-28 17:00 · 王芳", "可引用，不署名", "Wordings without a position: 2", "https://colloquy.example/return/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop", "Please check what stands in your unit's name.", "/sessions/1/returns/u1", (correction, withdrawn))  # fmt: skip
    silent = replace(
        answered, unit_id="u2", unit="市规划局", state="Sent", is_answered=False, changes=()
    )
    return ReturnsView(Link("/sessions/1/minutes", "From rising water to a closed road"), "/sessions/1/returns", "2026-12-03", "Answered: 1 of 2.", (answered, silent), (Problem("", "Give the units between 1 and 90 days."),))  # fmt: skip


def unit_return() -> ReturnView:
    """Return the page of a unit that is sending an objection without its reason."""
    said = SaidRow("l1", "00:41:52", "Li Wei", "en", "The list on the wall is not the list in the system.", "The list on the wall is an old one.", False)  # fmt: skip
    other = SaidRow(
        "l2", "00:43:10", "李伟", "zh", "每次都要重新排队。", "每次都要重新排队。", True
    )
    stances = (Choice("agree", "同意"), Choice("object", "Object", selected=True))
    asked = WordingAsked("p1", "problem", "Problem", "Two lists of required papers exist, and nobody owns either.", stances, "")  # fmt: skip
    quoting = (Choice("name", "Quote with name", selected=True), Choice("not", "不得引用"))
    return ReturnView("Smart city plan of Tianjin", "From rising water to a closed road", "市市场监管委", "/return/t", "2026-12-03", True, True, (said,), (other,), (asked,), quoting, "And one more thing.", "Li Wei", (Problem("", "An objection needs a reason."),))  # fmt: skip


def gaps() -> GapsView:
    """Return a list with a deferred question, and one that names nobody."""
    deferred = GapRow(
        "deferred.p1.u1", "Deferred",
        Link("", "The register of enterprises is not matched", "从水位上涨到封闭道路"),
        "Which of the three registers is the valid one, and since when?",
        "weight 5 × units concerned 3", 15, chosen=True,
    )  # fmt: skip
    cause = GapRow(
        "no_cause.e1.u1", "没有原因", Link("/entries/1", "Data is not shared between units"),
        "造成这一问题的原因是什么：“部门之间数据不共享”？", "weight 2 × units concerned 3", 6,
    )  # fmt: skip
    unit = AskedUnit("u1", 1, "Cityscape and Landscape Management Committee of the Tianjin Municipality 市市容园林委", 21, "Deferred × 1, No cause × 1", (deferred, cause))  # fmt: skip
    return GapsView(
        Link("/studies/1", "Smart city plan of Tianjin, 13th five-year period"),
        "/studies/1/gaps",
        (unit,),
        (GapRow("no_cause.e2.", "No cause", Link("/entries/2", "Projects fail"), "What causes this: “Projects fail”?", "weight 2 × units concerned 1", 2),),
        (Problem("", "1 of the chosen gaps are gaps no more."),),
    )  # fmt: skip
