"""One full and one empty view of the pages of a study that follows another."""

from schemas.session import Language
from web.inheriting_views import HeirRow, HeirView, InheritedView, ProofRow
from web.requirement_views import PastVersion
from web.views import Choice, Link, Problem

STUDY = Link("/studies/1", "Smart city plan of Tianjin, 14th five-year period")


def full(language: Language) -> list[object]:
    """A study that took three entries over, one of them being marked."""
    open_still = HeirRow(Link("/entries/3", "没有统一<标准>"), "cause", "Cause", "open", "Not looked at yet", "", (), "/studies/1/inherited/3")  # fmt: skip
    return [
        InheritedView(
            STUDY, Link("/studies/0", "Smart city plan of Tianjin, 13th five-year period"),
            (("open", "Not looked at yet", "12"), ("solved", "已解决", "3"), ("persists", "Persists", "20")),
            (heir(), open_still), "/studies/1/inherited", True,
            (Choice("0", "Smart city plan of Tianjin, 13th five-year period"),), "0",
            "Entries taken over: 35", (Problem("", "One of the two studies follows the other already."),),
        ),
        HeirView(
            Link("/studies/1/inherited", "From the study before"), heir(), 2, "/studies/1/inherited/2",
            True, (Choice("solved", "Solved"), Choice("persists", "依然存在", selected=True)),
            "Two bureaus share now", (proof(), ProofRow("/lines/2", "<没有>", "", Link("/lines/2", "会议, 00:01:00"))),
            "/lines/9", 2000, (PastVersion("Version 2", "2026-11-28 · Chen", "Persists"),), True,
            (Problem("", "Somebody has said what became of it since."),),
        ),
    ]  # fmt: skip


def empty(language: Language) -> list[object]:
    """A study that follows none, and an entry for who only reads."""
    row = HeirRow(Link("/entries/3", "Entry"), "cause", "Cause", "open", "Open", "", (), "/a")
    return [
        InheritedView(STUDY, None, (), (), "/a", may_change=False),
        HeirView(Link("/s", "List"), row, 0, "/a", may_change=False),
    ]


def heir() -> HeirRow:
    """Return an inherited entry that persists, with a line that shows it."""
    return HeirRow(Link("/entries/2", "Data is not shared between units, or only after written requests that take weeks"), "problem", "Problem", "persists", "Persists", "Only two bureaus share, by a letter each time.", (proof(),), "/studies/1/inherited/2")  # fmt: skip


def proof() -> ProofRow:
    """Return a line as evidence."""
    return ProofRow("/lines/1", "We still write a letter for each table.", "Li Wei · 市公安局", Link("/lines/1", "Walkthrough, 00:41:52"), is_chosen=True)  # fmt: skip
