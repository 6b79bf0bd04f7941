"""One full and one empty view of the pages about detail: gaps, solutions, priorities, returns."""

from schemas.session import Language
from web.gap_views import AskedUnit, GapRow, GapsView
from web.views import Link, Problem


def full(language: Language) -> list[object]:
    """Views as a study after its walkthroughs has them."""
    return [gaps()]


def empty(language: Language) -> list[object]:
    """The same pages before anything happened."""
    return [GapsView(Link("/studies/1", "Study"), "/studies/1/gaps", (), ())]


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
