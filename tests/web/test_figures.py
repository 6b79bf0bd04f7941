"""Figures as values: the same each time, with a table that says the same, no box on another."""

from itertools import combinations, pairwise

import pytest

from web.figure_curves import Span, curve
from web.figure_graphs import BOX, MOST_LINES, Node, Tie, graph, tree, wrapped
from web.figures import heatmap
from web.report_views import Figure, Mark

COLUMNS = (("cause", "原因"), ("problem", "问题"), ("consequence", "后果"))
NODES = (
    *(Node(f"c{at}", f"没有标准 {at}", "cause") for at in range(4)),
    *(Node(f"p{at}", "Data is not shared between the units of the city " * (at + 1), "problem") for at in range(4)),
    Node("e", "封路迟缓", "consequence"),
    Node("alone", "Nothing is tied to this", "problem"),
)  # fmt: skip
TIES = (
    *(Tie(f"c{at}", f"p{3 - at}", "导致") for at in range(4)),
    Tie("p0", "e", "带来"),
    Tie("p0", "p1", "导致"),
)
HEAD = ("From", "Link", "To")


def drawn() -> Figure:
    return graph("g", "T", "D", columns=COLUMNS, nodes=NODES, ties=TIES, head=HEAD)


def overlapping(marks: tuple[Mark, ...]) -> list[tuple[str, str]]:
    return [
        (one.title, other.title)
        for one, other in combinations(marks, 2)
        if one.x < other.x + other.width and other.x < one.x + one.width
        and one.y < other.y + other.height and other.y < one.y + one.height
    ]  # fmt: skip


def test_a_graph_is_the_same_each_time() -> None:
    assert drawn() == drawn()


def test_what_is_tied_is_drawn_once_and_nothing_covers_another() -> None:
    figure = drawn()

    assert len(figure.marks) == len(NODES) - 1  # what nothing is tied to is left out
    assert len(figure.strokes) == len(TIES)
    assert overlapping(figure.marks) == []
    assert all(one.x + one.width <= figure.width for one in figure.marks)
    assert all(one.y + one.height <= figure.height for one in figure.marks)


def test_its_table_has_a_row_for_each_tie() -> None:
    assert ("没有标准 0", "导致", NODES[7].label) in drawn().table.rows
    assert len(drawn().table.rows) == len(TIES)


def test_lines_cross_less_than_in_the_order_given() -> None:
    place = {one.title: one.y for one in drawn().marks}

    causes = sorted(range(4), key=lambda at: place[f"没有标准 {at}"])
    problems = sorted(range(4), key=lambda at: place[NODES[4 + at].label])
    assert [3 - at for at in causes] == problems


def test_within_a_column_an_arrow_is_dashed() -> None:
    assert [one.manner for one in drawn().strokes].count("dashed") == 1


def test_a_tree_joins_each_member_to_its_group() -> None:
    groups = [
        (Node("d", "数据", "category"), [Node(f"m{at}", f"问题 {at}", "problem", "依据 3") for at in range(3)]),
        (Node("n", "Network", "category"), [Node("m", "The network is weak", "problem", "依据 1")]),
    ]  # fmt: skip

    figure = tree("t", "T", "D", groups=groups, head=("Category", "Problem", "Evidence"))

    assert overlapping(figure.marks) == []
    assert len(figure.strokes) == 4
    assert figure.table.rows[0] == ("数据", "问题 0", "依据 3")
    assert figure == tree("t", "T", "D", groups=groups, head=("Category", "Problem", "Evidence"))


@pytest.mark.parametrize("label", ["水" * 200, "word " * 80, "", "Unbreakable" * 20])
def test_a_label_never_takes_more_lines_than_a_box_has(label: str) -> None:
    assert 1 <= len(wrapped(label, BOX)) <= MOST_LINES


def test_the_curve_rises_with_each_new_thing_and_never_falls() -> None:
    spans = [Span("First", [True, True, False]), Span("Second", [False, True]), Span("Third", [])]

    figure = curve("s", "T", "D", head=("Session", "Known", "New"), spans=spans, across="n")

    path = next(one.path for one in figure.strokes if one.manner == "curve")
    heights = [int(step.split(" ")[1]) for step in path[1:].split("L")]
    assert len(heights) == 6
    assert heights == sorted(heights, reverse=True)
    assert figure.table.rows == (
        ("1. First", "0", "2"),
        ("2. Second", "2", "1"),
        ("3. Third", "3", "0"),
    )


def test_labels_of_a_curve_stand_apart_and_sessions_without_quotations_have_none() -> None:
    spans = [
        Span("a", ()),
        Span("b", (True,) * 3),
        Span("c", ()),
        *(Span("d", (False,)) for _ in range(90)),
    ]
    figure = curve("c", "T", "D", head=HEAD, spans=spans, across="quotations")

    for row in {one.y for one in figure.texts}:
        places = sorted(one.x for one in figure.texts if one.y == row)
        assert all(other - one >= 12 for one, other in pairwise(places))
    assert all(one.y - 13 >= 0 for one in figure.texts)
    assert len(figure.table.rows) == len(spans)


def test_the_labels_of_a_heatmap_stand_within_it() -> None:
    names = ("City Appearance and Garden Committee", "局", "W" * 60)
    figure = heatmap("h", "T", "D", corner="", rows=names, columns=names, cells=[])

    for one in figure.texts:
        wide = 8 * sum(2 if ord(sign) > 0x2E80 else 1 for sign in one.text)
        if one.slanted:
            assert one.x + 0.71 * wide <= figure.width
            assert one.y - 0.71 * wide >= 0
        else:
            assert one.x - wide >= 0
