"""What templates do to single values: times, glyphs, languages, a hit in its sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.session import Language
from web.views import Piece

LEAD_IN_SECONDS = 2.0
"""How much before a line playback starts: a listener needs the breath before the sentence."""

GLYPHS = {
    "category": "▣",
    "problem": "▲",
    "cause": "◆",
    "consequence": "●",
    "solution": "■",
    "example": "✦",
    "memo": "✎",
}
"""One shape for each kind, so that colour is never the only sign. No platform draws one as an emoji."""

_TAGS = {Language.EN: "en", Language.ZH: "zh-Hans"}


@dataclass(frozen=True, slots=True)
class Concordance:
    """One hit as keyword in context: what stands before, the word itself, what follows."""

    left: str
    node: str
    right: tuple[Piece, ...]


def timecode(seconds: float) -> str:
    """Return `00:12:07`; hours go on counting after a day."""
    whole = max(0, int(seconds))
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def glyph(kind: str) -> str:
    """Return the shape of an annotation's or entry's kind; a line ("line") has none."""
    return GLYPHS.get(kind, "")


def language_tag(language: str) -> str:
    """Return the BCP 47 tag for a `lang` attribute; `zh` alone lets fonts guess the script."""
    return _TAGS[Language(language)]


def play_from(audio_href: str, start_seconds: float) -> str:
    """Return the audio's address as a media fragment that begins just before the line."""
    start = max(0.0, start_seconds - LEAD_IN_SECONDS)
    return f"{audio_href}#t={start:.1f}"


def concordance(pieces: Sequence[Piece]) -> Concordance:
    """Split a hit at its first marked piece; without one everything stands on the right."""
    for index, piece in enumerate(pieces):
        if piece.marked:
            left = "".join(before.text for before in pieces[:index])
            return Concordance(_stay(left), piece.text, tuple(pieces[index + 1 :]))
    return Concordance("", "", tuple(pieces))


def _stay(text: str) -> str:
    """A space at the end would jump to the other side of a right-to-left cell; this one stays."""
    kept = text.rstrip(" ")
    return kept + "\u00a0" * (len(text) - len(kept))
