"""One full and one empty view of the pages about the taxonomy's growth."""

from schemas.session import Language
from web.session_views import ConfidedRow, ConfidenceView, WordingRow, WordingsView
from web.taxonomy_views import (
    ChangesView,
    DifferenceRow,
    HistoryRow,
    HistoryView,
    MapEdge,
    MapNode,
    MapRow,
    MinuteRow,
    RecordedRow,
    TaxonomyMapView,
)
from web.views import Change, Choice, Link

_WORDS = (
    Change("keep", "Departments do not "),
    Change("remove", "see"),
    Change("add", "共享 data"),
)


def full(language: Language) -> list[object]:
    """Views as a study in the middle of its work has them."""
    wording = WordingRow(
        2, _WORDS, "陈静", "00:12:07", ("✓ 3", "≈ 1"), ("The portal list is right.",)
    )
    difference = DifferenceRow("/entries/1", "Data is not shared", "problem", "amended", (("label", _WORDS),))  # fmt: skip
    moments = (Choice("1", "Version 1", selected=True), Choice("2", "第 2 版"))
    node = MapNode("/entries/1", "Data is not shared", ("Data is not", "shared"), "problem", 10, 20)
    return [
        WordingsView(language, (wording,), (HistoryRow("00:10:00", "Opened", "Lin Yue"),)),
        ChangesView(
            "Smart city", "/studies/1/taxonomy", "/studies/1/changes", moments, moments,
            (difference,), True, "/studies/1/versions",
        ),
        HistoryView(
            "Smart city", "/studies/1/taxonomy",
            (
                MinuteRow(
                    "2026-11-28 10:12", (Link("/sessions/1/transcript", "From the sensor to the village"),),
                    (
                        RecordedRow("problem", Link("/entries/1", "Data is not shared"), "Promoted", "陈静"),
                        RecordedRow("", Link("/entries/0", ""), "Amended", ""),
                    ), 4, "/studies/1/changes?since=3&until=9",
                ),
                MinuteRow("2026-11-28 10:02", (), (), 0, "/studies/1/changes?since=2&until=3"),
            ), "/studies/1/history?before=3",
        ),
        ConfidenceView(
            "Smart city", "/studies/1", "/studies/1/confidence", True,
            (ConfidedRow("00:12:07", "赵敏", "交通委", 2, "Wording", "No unit may say so."),),
        ),
        TaxonomyMapView(
            "Smart city", "/studies/1/taxonomy", 800, 300, ((0, "Cause"), (200, "Problem")),
            (node,), (MapEdge("M 0 0 L 10 10", "causes"),),
            (MapRow("/entries/2", "No standard", "causes", "/entries/1", "Data is not shared"),),
        ),
    ]  # fmt: skip


def empty(language: Language) -> list[object]:
    """The same pages before anything happened."""
    return [
        WordingsView(language, (), ()),
        ChangesView("Smart city", "/t", "/c", (), (), (), False, ""),
        HistoryView("Smart city", "/t", ()),
        ConfidenceView("Smart city", "/studies/1", "/c", False, ()),
        TaxonomyMapView("Smart city", "/t", 0, 0, (), (), (), ()),
    ]
