"""A document with every kind of figure and all links, and one with nothing in it."""

from dataclasses import replace

from tests.web.documents.sample import sample
from web.figure_curves import Span, curve
from web.figure_graphs import Node, Tie, graph, tree
from web.report_views import Figure, ReportView, Section
from web.views import Link

HERE = "/studies/1/figures"


def full() -> list[object]:
    """Minutes that end with a map, a graph and a curve."""
    view = sample(2)
    drawn = [Section(one.id, "三、", one.title, figure=one) for one in (_map(), _graph(), _curve())]
    links = tuple(Link(f"/m.{form}", f"Word <{form}>") for form in ("docx", "pdf"))
    return [
        replace(
            view, sections=(*view.sections, *drawn), downloads=links,
            further=(Link("/r", "Read-back"),), warning="The session is not closed.",
        )
    ]  # fmt: skip


def empty() -> list[object]:
    """A document of which nothing is known yet."""
    sections = (Section("one", "1.", "Agreed", empty="Nothing was agreed."),)
    return [ReportView("Minutes", "Study", (), sections, Link("/", "Back"))]


def _map() -> Figure:
    problems = [Node(f"p{at}", "Data is <not> shared " * at, "problem", "依据 3") for at in (1, 4)]
    groups = [(Node("d", "数据", "category"), problems)]
    head = ("Category", "Problem", "Evidence")
    return tree("figure-map", "Map", "All.", groups=groups, head=head, href=f"{HERE}/thematic")


def _graph() -> Figure:
    nodes = [Node(one, f"{one} 没有标准", one) for one in ("cause", "problem", "consequence")]
    ties = [Tie("cause", "problem", "causes"), Tie("problem", "consequence", "leads to")]
    columns = [(one, one) for one in ("cause", "problem", "consequence")]
    return graph(
        "figure-causes", "Causes", "An arrow leads on.", columns=columns, nodes=nodes, ties=ties,
        head=("From", "Link", "To"), href=f"{HERE}/causes",
    )  # fmt: skip


def _curve() -> Figure:
    spans = [Span("First", [True, True, False]), Span("第二次", [False, True])]
    return curve(
        "figure-curve", "Saturation", "Rises.", head=("Session", "Known", "New"), spans=spans,
        across="Quotations", href=f"{HERE}/saturation",
    )  # fmt: skip
