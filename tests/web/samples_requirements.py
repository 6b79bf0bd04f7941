"""One full and one empty view of the pages of the requirement specification."""

from schemas.session import Language
from web.requirement_views import (
    PairOfTexts,
    PastVersion,
    RequirementRow,
    RequirementsView,
    RequirementView,
)
from web.views import Choice, Link, Problem

STUDY = Link("/studies/1", "Smart city <1>")


def full(language: Language) -> list[object]:
    """A specification with two requirements, one of them shaken, and one being edited."""
    trace = Link("/entries/1", "Data is not shared", "Quotations: 3")
    rows = (
        RequirementRow(
            "R1", Link("/requirements/1", "共享数据"), ("Draft", "Must"), (trace,), False
        ),
        RequirementRow("R2", Link("/requirements/2", "<b>"), (), (trace, trace), True, "Shaken"),
    )
    problem = (Problem("", "Somebody was faster."),)
    choices = (Choice("a", "One", selected=True), Choice("b", "<Two>"))
    return [
        RequirementsView(
            STUDY, Link("/d", "Document"), rows, choices, choices, "/a", "key", True, problem
        ),
        RequirementView(
            study=STUDY,
            number="R1",
            statement="Share <data>",
            base=2,
            action="/requirements/1",
            texts=(PairOfTexts("statement", "In English", "In Chinese", "<a>", "共享", 9, 3),),
            priorities=choices,
            standings=choices,
            entries=choices,
            units=choices,
            traces=(trace,),
            versions=(PastVersion("Version 2", "Chen", "Share <data>"),),
            before=Link("/requirements/0", "R0"),
            following=Link("/requirements/2", "R2", "2"),
            may_change=True,
            saved=True,
            shaken="Shaken",
            problems=problem,
        ),
    ]


def empty(language: Language) -> list[object]:
    """The same pages for who only reads, before anything was written."""
    return [
        RequirementsView(STUDY, Link("/d", "Document"), (), (), (), "/a", "key", False),
        RequirementView(
            STUDY, "R1", "", 1, "/r", (), (), (), (), (), (), (), None, None, may_change=False
        ),
    ]
