"""One full and one empty view of the page about units that were not heard, and of what they get."""

from web.questionnaire_views import AskedRow, ResponseView
from web.unheard_views import UnheardRow, UnheardView, WaitingUnit
from web.views import Choice, Link, Problem

_STUDY = Link("/studies/1", "Smart city plan of Tianjin")


def full() -> list[object]:
    """Views as a study after its sessions has them."""
    return [_list(), _sheet()]


def empty() -> list[object]:
    """The list when everybody was heard."""
    return [UnheardView(_STUDY, "/studies/1/unheard", "", (), "", may_ask=False)]


def _list() -> UnheardView:
    link = "https://colloquy.example/reply/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
    asked = WaitingUnit(
        "市规划局", "", False, Link("/questionnaires/1", "Asked", "2026-12-05"), link
    )
    waits = WaitingUnit("Maritime Administration 天津海事局", "e1:u2", True, None, "")
    entry = UnheardRow("e1", "problem", "Problem", Link("/entries/e1", "Two lists of required papers exist, and nobody owns either."), (asked, waits))  # fmt: skip
    wording = UnheardRow("p1", "cause", "原因", Link("", "没有统一的数据标准。", "From rising water to a closed road"), (waits,))  # fmt: skip
    told = (Problem("", "No unit is chosen."),)
    return UnheardView(_STUDY, "/studies/1/unheard", "Asked: 1 of 3 that are waited for.", (entry, wording), "2026-12-05", True, told)  # fmt: skip


def _sheet() -> ResponseView:
    stances = tuple(
        Choice(str(number), label, selected=number == 3)
        for number, label in enumerate(("Agree", "可以接受", "Object", "Abstain"), 1)
    )
    row = AskedRow("q", 1, "Two lists of required papers exist, and nobody owns either.", "We own one.", 1, "李伟", (), stances)  # fmt: skip
    return ResponseView(
        id="r", title="Not yet heard, 2026-11-28", study_title=_STUDY.label, unit="市规划局",
        intro="These wordings concern your unit.", due="2026-12-05", rows=(row,), may_write=True,
        is_released=False, released="", reopened="", contact="", messages={"saved": "Saved"}, saved=False,
    )  # fmt: skip
