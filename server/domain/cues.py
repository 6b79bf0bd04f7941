"""WebVTT and SRT in and out: timed texts with who spoke them.

WebVTT: W3C Candidate Recommendation of 2019, cues with voice spans, without styles, regions and
settings. SRT has no standard; a speaker stands before the text, with a colon, as is usual.
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from schemas.errors import Invalid

MOST_CUES = 50_000

_TIMES = re.compile(
    r"(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
)
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]*)>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z0-9][^>]*>|\{\\[^}]*\}", re.IGNORECASE)
_NAMED = re.compile(r"^([^:：\d]{1,60})[:：]\s*(\S.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Cue:
    """What somebody said from `start` to `end`, in seconds; speaker "" for nobody known."""

    start: float
    end: float
    speaker: str
    text: str


def write_vtt(cues: Iterable[Cue], title: str = "") -> str:
    """Return a WebVTT file; speakers are voice spans."""
    head = f"WEBVTT {' '.join(title.split())}".replace("-->", "→").rstrip()
    return "\n\n".join([head, *(_vtt(number, cue) for number, cue in enumerate(cues, 1))]) + "\n"


def write_srt(cues: Iterable[Cue]) -> str:
    """Return a SubRip file; speakers stand before the text."""
    return "".join(
        f"{number}\n{_time(cue.start, ',')} --> {_time(cue.end, ',')}\n"
        f"{named(cue.speaker, cue.text)}\n\n"
        for number, cue in enumerate(cues, 1)
    )


def read(text: str) -> Sequence[Cue]:
    """Return the cues of a WebVTT or SRT file, in order of time.

    Raises Invalid `subtitles.none` where there is no cue and `subtitles.too_many`.
    """
    found = sorted(_blocks(text), key=lambda cue: (cue.start, cue.end))
    if not found:
        raise Invalid("subtitles.none")
    if len(found) > MOST_CUES:
        raise Invalid("subtitles.too_many", limit=MOST_CUES)
    return found


def named(speaker: str, text: str) -> str:
    """Return the text with its speaker before it, if one is known."""
    return f"{speaker}: {text}" if speaker else text


def parted(text: str) -> tuple[str, str]:
    """Return who speaks and what, of “Name: words”; "" where nobody is named."""
    found = _NAMED.match(text)
    return (found[1].strip(), found[2].strip()) if found else ("", text)


def _blocks(text: str) -> Iterator[Cue]:
    rows = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at = 0
    while at < len(rows):
        times = _TIMES.search(rows[at]) if "-->" in rows[at] else None
        at += 1
        if times is None:
            continue
        first = at
        while at < len(rows) and rows[at].strip():
            at += 1
        start, end = _seconds(times.groups()[:4]), _seconds(times.groups()[4:])
        yield from _voices(" ".join(rows[first:at]), start, max(start, end))


def _voices(payload: str, start: float, end: float) -> Iterator[Cue]:
    """One cue for each voice; without voice spans a name before a colon."""
    pieces = _VOICE.split(payload)
    before = _plain(pieces[0])
    if before:
        yield Cue(start, end, *parted(before))
    for name, words in zip(pieces[1::2], pieces[2::2], strict=True):
        if text := _plain(words):
            yield Cue(start, end, " ".join(html.unescape(name).split()), text)


def _plain(text: str) -> str:
    return " ".join(html.unescape(_TAG.sub("", text)).split())


def _vtt(number: int, cue: Cue) -> str:
    text = html.escape(" ".join(cue.text.split()), quote=False)
    name = html.escape(" ".join(cue.speaker.split()), quote=False)
    words = f"<v {name}>{text}</v>" if name else text
    return f"{number}\n{_time(cue.start, '.')} --> {_time(cue.end, '.')}\n{words}"


def _time(seconds: float, point: str) -> str:
    whole = max(0, round(seconds * 1000))
    rest, milliseconds = divmod(whole, 1000)
    rest, second = divmod(rest, 60)
    hour, minute = divmod(rest, 60)
    return f"{hour:02}:{minute:02}:{second:02}{point}{milliseconds:03}"


def _seconds(parts: Sequence[str | None]) -> float:
    hour, minute, second, fraction = (part or "0" for part in parts)
    whole = int(hour) * 3600 + int(minute) * 60 + int(second)
    return (whole * 1000 + int(fraction.ljust(3, "0"))) / 1000
