"""One full and one empty view of the pages of a review."""

from dataclasses import replace

from schemas.session import Language
from web.figures import Cell, heatmap
from web.i18n import messages, translator
from web.report_views import Table
from web.review_views import (
    Around,
    CodeRow,
    CoderRow,
    CodingUnit,
    DeskView,
    Difference,
    DifferenceRow,
    RemarkRow,
    ReviewsView,
    ReviewView,
    RoundRow,
    SettlingView,
    Side,
    SpokenLine,
)
from web.views import Choice, Link

_WORDS = "水位数据🌊到得太晚，路已经封了我们才知道。"


def _unit(number: int) -> CodingUnit:
    line = SpokenLine(_WORDS, "zh", "00:12:07", f"/reviews/1/units/{number}/0/sound", 0.0)
    return CodingUnit(
        number, "王芳", (line, SpokenLine("We call them.", "en", "00:12:20", "", 0.0))
    )


def full(language: Language) -> list[object]:
    """Views as a review of an hour has them."""
    return [_reviews(language), _desk(language), _board(language), _settling(language)]


def empty(language: Language) -> list[object]:
    """The same pages when nothing is there yet."""
    link = Link("/s", "Session")
    unsaid = replace(
        _settling(language).one, before=(), behind=(), room=(), settled="", reason="", remarks=(),
        reasons=(),
    )  # fmt: skip
    return [
        ReviewsView("Session", link, (), "/r", can_begin=False, fillers="ah"),
        DeskView("Session", "Ada", (), (), done=True, done_action="/d", boot=_boot(Language.EN, done=True)),
        ReviewView(
            "Review", link, (), (), "/reviews/1", is_coding=True, is_unblinded=False,
            is_signed=False, version="", agreement=(), hints=(), differences=(),
        ),
        SettlingView("Difference 1 of 1", link, "", unsaid, can_settle=False),
    ]  # fmt: skip


def _boot(language: Language, *, done: bool) -> dict[str, object]:
    codings = {"2": {"codes": ["c1"], "memo": "again?"}, "3": {"codes": [], "memo": ""}}
    return {
        "round": "1", "coder": "c", "token": "t0ken", "journal_key": "a" * 43, "done": done, "codings": {} if done else codings,
        "messages": messages(language),
    }  # fmt: skip


def _reviews(language: Language) -> ReviewsView:
    text = translator(language).text
    row = RoundRow(
        Link("/reviews/1", "2026-11-28 15:20"), text("review_state.coding"), text("review_cut.turn")
    )
    return ReviewsView(
        "From rising water", Link("/sessions/1/minutes", "From rising water"), (row,),
        "/sessions/1/reviews", can_begin=True, fillers="ah, 嗯",
        cuts=(Choice("turn", text("review_cut.turn"), selected=True), Choice("line", "Line")), steps=(Choice("1", "Measure"),),
        names="Ada\nBo", problem="Two to twelve names.",
    )  # fmt: skip


def _desk(language: Language) -> DeskView:
    text = translator(language).text
    codes = (
        CodeRow("c0", "category", text("kind.category"), "Data 数据", "", is_category=True),
        CodeRow(
            "c1", "problem", text("kind.problem"), "数据不共享", "谁也看不到。", is_category=False
        ),
        CodeRow("c2", "cause", text("kind.cause"), "No standard", "", is_category=False),
    )
    units = tuple(_unit(number) for number in range(1, 7))
    boot = _boot(language, done=False)
    return DeskView("From rising water", "Ada", units, codes, False, "/reviews/1/done", boot)


def _board(language: Language) -> ReviewView:
    text = translator(language).text
    head = (text("review.reviewer"), text("review.reviewer"), text("review.alpha"))
    matrix = Table(
        text("review.matrix_title"), head, (("Ada", "Bo", "0.812"), ("Ada", "Cy", "0.4"))
    )
    names = ("Ada", "Bo", "Cy 晨")
    cells = [
        Cell(0, 1, 81, "Ada, Bo: 0.812"),
        Cell(1, 0, 81, "Bo, Ada: 0.812"),
        Cell(0, 2, 40, "x"),
    ]
    figure = heatmap(
        "matrix-figure", text("review.matrix_title"), text("review.matrix_text"),
        corner=text("review.reviewer"), rows=names, columns=names, cells=cells,
    )  # fmt: skip
    strategies = tuple(
        Choice(one, text(f"review_strategy.{one}"), selected=one == "none")
        for one in ("alike", "majority", "none")
    )
    verdicts = Table(
        text("review.verdicts"),
        (text("review.verdict"), text("review.judged")),
        (("数据不共享", text("review_verdict.confirmed")), ("X", text("review_verdict.returned"))),
    )
    return ReviewView(
        title=f"{text('review.title')}: From rising water",
        back=Link("/sessions/1/reviews", text("review.all")),
        facts=((text("review.seed"), "17"),),
        coders=(CoderRow("Ada", text("review.done"), "", sat_in=True),),
        token_action="/reviews/1",
        is_coding=False,
        is_unblinded=True,
        is_signed=False,
        version="Reviewed: From rising water",
        agreement=(matrix,),
        hints=(text("review.hint"),),
        differences=(DifferenceRow(Link("/reviews/1/differences/2", "2"), _WORDS, "zh", ""),),
        settled=(DifferenceRow(Link("/reviews/1/differences/3", "3"), "We call", "en", "B: X"),),
        go_on="/reviews/1/differences/2",
        report_href="/reviews/1/report",
        strategies=strategies,
        figures=(figure,),
        verdicts=verdicts,
        left=2,
        problem="Two are not settled.",
    )


def _settling(language: Language) -> SettlingView:
    text = translator(language).text
    outcomes = tuple(
        Choice(one, text(f"review_outcome.{one}"), selected=one == "both")
        for one in ("one", "other", "both", "neither", "new", "back")
    )
    difference = Difference(
        unit=_unit(2),
        before=(Around("Li Wei", "We call them.", "en"),),
        behind=(Around("王芳", _WORDS, "zh"),),
        sides=(Side("Ada", "数据不共享", "again?"), Side("Bo", text("review.empty"), "")),
        room=(f"{text('kind.problem')}: Nobody shares data",),
        settled=f"{text('review_outcome.both')}: 数据不共享",
        reason="heard it",
        action="/reviews/1/resolutions",
        outcomes=outcomes,
        codes=(Choice("c1", "数据不共享"),),
        remarks=(RemarkRow("Chair", "2026-11-28 15:20", "Listen to 00:12:07 again."),),
        remark_action="/reviews/1/remarks",
        reasons=("heard it",),
    )
    return SettlingView(
        title=text("review.difference", number="2", all="3"),
        back=Link("/reviews/1#differences-title", text("review.title")),
        place=text("review.left", count="2"),
        one=difference,
        can_settle=True,
        previous="/reviews/1/differences/1",
        next="/reviews/1/differences/3",
        open="/reviews/1/differences/3",
        problem="Say why.",
    )
