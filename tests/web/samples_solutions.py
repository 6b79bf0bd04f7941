"""One full and one empty view of the pages of solutions and priorities."""

from dataclasses import replace

from schemas.session import Language
from web.requirement_views import PastVersion
from web.solution_views import (
    MarkRowChoice,
    NoteRow,
    PrioritiesView,
    PriorityGroup,
    SolutionRow,
    SolutionsView,
    SolutionView,
    SpreadRow,
    Spreads,
)
from web.views import Choice, Link, Problem

STUDY = Link("/studies/1", "Smart city plan of Tianjin, 13th five-year period")


def full(language: Language) -> list[object]:
    """Solutions as a focus group has them before it, one of them being assessed; an open step."""
    row = solution()
    shelved = replace(row, ref="note-2", label="每项事项只保留一份<材料清单>", entry_href="", feasibility="not", feasibility_label="Not feasible", spread=None, solves=(), earlier="")  # fmt: skip
    waiting = replace(shelved, ref="note-3", feasibility="open", feasibility_label="Not assessed", facts=())  # fmt: skip
    choices = (Choice("a", "市容园林委"), Choice("b", "<Two>", selected=True))
    return [
        SolutionsView(
            STUDY, "Solutions: 3, of which assessed: 2.", (row,), (shelved, waiting),
            spreads(), "/studies/1/solutions", True,
        ),
        SolutionView(
            Link("/studies/1/solutions", "Solutions"), row, 2, "/studies/1/solutions/entry-1", True,
            leads=choices, supporting=choices, feasibilities=choices, horizons=choices, costs=choices,
            reason="Once the catalogue is there", depends_on="目录", regulation="数据条例",
            versions=(PastVersion("Version 2", "2026-11-28 10:00 · Chen", "Feasible now"),), saved=True,
            problems=(Problem("", "Somebody was faster."),),
        ),
        priorities(),
    ]  # fmt: skip


def empty(language: Language) -> list[object]:
    """The same pages before anybody proposed anything, for who only reads."""
    row = SolutionRow("note-1", "Words", "", "/a", (), (), "open", "Not assessed", ())
    return [
        SolutionsView(
            STUDY, "Solutions: 0", (), (), None, "/studies/1/solutions", may_assess=False
        ),
        SolutionView(Link("/s", "Solutions"), row, 0, "/a", may_assess=False),
        PrioritiesView(
            Link("/sessions/1", "Session"), "/p", "key", False, False, False, 3, is_idle=True
        ),
    ]


def solution() -> SolutionRow:
    """Return an agreed solution with everything."""
    note = NoteRow("One list of papers, kept by one office", "王芳 · 市行政审批局", Link("/lines/1", "Walkthrough · Step 2, 00:41:52"))  # fmt: skip
    facts = (
        ("Conditions, or why not", "Once the catalogue of data is public"),
        ("Lead unit", "Cityscape and Landscape Management Committee of the Tianjin Municipality"),
        ("Regulation", "天津市促进大数据发展应用条例"),
    )
    return SolutionRow(
        "entry-1", "One list of papers, kept by one office", "/entries/1",
        "/studies/1/solutions/entry-1", (Link("/entries/2", "Two lists exist"),), (note, replace(note, line=Link("", "Session"))),
        "conditions", "Feasible with conditions", facts, "Assessed as a note, before it was agreed.", spread(),
    )  # fmt: skip


def spread() -> SpreadRow:
    """Return a spread over seven units."""
    return SpreadRow(
        Link("/entries/2", "Data is not shared between units, or only after written requests"), "problem",
        "4 of 7 units", "2 of 7 units", ("both", "urgent", "urgent", "urgent", "ours", "none", "none"),
        (("Urgent", "市公安局, 市教委, Unicom"), ("Ours to solve", "市行政审批局")),
    )  # fmt: skip


def spreads() -> Spreads:
    """Return two entries that were marked, one with names, and one that was not."""
    return Spreads(
        (spread(), replace(spread(), names=())), (Link("/entries/9", "<Systems> 陈旧过时"),)
    )


def priorities() -> PrioritiesView:
    """Return an open step as somebody sees it who leads it and marks as well, and one before it."""
    rows = (
        MarkRowChoice("1", Link("/entries/1", "Data is not shared between units, or only after written requests that take weeks"), "problem", True, False),
        MarkRowChoice("2", Link("/entries/2", "没有统一<标准>"), "problem", False, True),
    )  # fmt: skip
    return PrioritiesView(
        Link("/sessions/1", "From rising water to a closed road"), "/sessions/1/priorities", "key",
        True, True, True, 3, "市市场监管委", 1, "Kept.", "Still to give: urgent 2, ours to solve 2",
        "Units that have marked: 4", (PriorityGroup("Data sharing", rows),),
        (PriorityGroup("Data sharing", rows),),
        (Choice("problem", "Problems", selected=True), Choice("solution", "Solutions")),
        spreads(), problems=(Problem("", "At most 3 entries can be marked of each kind."),),
    )  # fmt: skip
