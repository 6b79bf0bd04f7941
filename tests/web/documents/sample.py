"""A document with something of everything, in Chinese, with characters that fonts often lack."""

from web.figures import Cell, heatmap
from web.report_views import Quote, ReportView, Section, Statement, Table
from web.views import Link

MARKING = "内部资料 注意保存"
SAID = "材料清单与系统里的不一样，居民只好再跑一趟"


def sample(statements: int = 2) -> ReportView:
    """Return minutes of two sections; the first has so many statements."""
    quotes = (
        Quote(SAID, "zh", "王镕喆 · 水务局", Link("/l/1", "L12, 00:01:22")),
        Quote("People come back <twice> #now $x", "en", "Li Wei · Water", Link("/l/2", "L13")),
    )
    notes = (("意见", "同意：水务局、交管局"), ("原因", "没有统一的标准"))
    said = tuple(
        Statement(
            f"（{at}）", "各单位的数据不共享", "/e", "problem", "问题", notes, quotes, at == 2
        )
        for at in range(1, statements + 1)
    )
    table = Table(
        "到会情况", ("单位", "到会", "缺席"), (("水务局", "王芳", ""), ("交管局", "", "张三"))
    )
    drawn = heatmap(
        "units", "单位与问题", "行为单位，列为问题。", corner="单位",
        rows=["水务局"], columns=["数据不共享"], cells=[Cell(0, 0, 3, "水务局 · 数据不共享: 3")],
    )  # fmt: skip
    return ReportView(
        "会议纪要：雨天封路",
        "智慧城市规划研究",
        (("城市", "天津"),),
        (
            Section("agreed", "一、", "达成一致的表述", statements=said),
            Section("units", "二、", "单位与问题", table=table, figure=drawn),
        ),
        Link("/", "返回"),
        marking=MARKING,
    )
