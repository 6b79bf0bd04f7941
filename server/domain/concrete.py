"""What makes an example concrete: a system, a place, a number or a date that it names.

A heuristic over both languages, which asks for too much rather than too little: an example that it
misses costs a question in a focus group, one that it takes for concrete would never be asked about.
"""

import re
from collections.abc import Iterable
from enum import StrEnum


class Sign(StrEnum):
    """What a text names that can be checked."""

    SYSTEM = "system"
    PLACE = "place"
    NUMBER = "number"
    DATE = "date"


_HAN_NUMBER = "[〇零一二三四五六七八九十百千万亿两]"
_MONTHS = "january|february|march|april|june|july|august|september|october|november|december"
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_COUNTS = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty"
    "|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|dozens?"
)

_SIGNS: dict[Sign, re.Pattern[str]] = {
    Sign.SYSTEM: re.compile(
        r"\b(?:systems?|platforms?|databases?|servers?|portals?|apps?|cameras?|sensors?|software)\b"
        r"|系统|平台|数据库|服务器|软件|门户|终端|摄像头|传感器|小程序|网站",
        re.IGNORECASE,
    ),
    Sign.PLACE: re.compile(
        r"\b[A-Z][\w'-]+ (?:Road|Street|Avenue|District|County|Bridge|Port|Park|Village|Town|Station"
        r"|Tunnel|Square|Zone|Hospital|School|River)\b"
        r"|\b(?:Road|Bridge|Gate|Tunnel) \d+\b"
        r"|[\u4e00-\u9fff]{2}(?:路|街|大道|新区|区|县|镇|乡|村|港|桥|站|园区|小区|隧道|广场|医院|学校|河)"
    ),
    Sign.NUMBER: re.compile(
        rf"\d|\b(?:{_COUNTS})\b"
        rf"|{_HAN_NUMBER}+(?:多|几)?(?:次|个|家|台|套|条|人|户|小时|分钟|天|周|公里|米|元|份|处|倍|成)"
        r"|百分之",
        re.IGNORECASE,
    ),
    Sign.DATE: re.compile(
        rf"\b(?:1[89]|2[01])\d\d\b|\b(?:{_MONTHS}|{_DAYS})\b"
        r"|\b(?:last|this) (?:year|month|week|winter|spring|summer|autumn|night)\b|\byesterday\b"
        rf"|(?:\d|{_HAN_NUMBER})(?:年|月|日|号)|去年|前年|今年|上个?月|上周|昨天|星期{_HAN_NUMBER}",
        re.IGNORECASE,
    ),
}


def signs(text: str, names: Iterable[str] = ()) -> frozenset[Sign]:
    """Return what a text names. names: of systems that the study knows, whatever they look like."""
    found = {sign for sign, pattern in _SIGNS.items() if pattern.search(text)}
    folded = text.casefold()
    if any(name and name.casefold() in folded for name in names):
        found.add(Sign.SYSTEM)
    return frozenset(found)
