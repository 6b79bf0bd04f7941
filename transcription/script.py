"""How heard Chinese is written: in the session's script, with its own punctuation.

Whisper writes either script as it pleases, and forgets the full-width punctuation of Chinese after a
few sentences. Latin terms and numbers inside Chinese keep their own letters, points and spaces.
"""

import re
import unicodedata
from functools import cache

from opencc import OpenCC

from schemas.session import Language, Script

_HAN = r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
_MARKS = {",": "，", ".": "。", "?": "？", "!": "！", ":": "：", ";": "；"}
_AFTER_HAN = re.compile(rf"(?<={_HAN})\s*([,.?!:;])(?!\d)\s*")
_BETWEEN_HAN = re.compile(rf"(?<={_HAN})\s+(?={_HAN})")
_FULL_WIDTH = re.compile(r"[０-９Ａ-Ｚａ-ｚ．％]+")


def written(text: str, language: Language, script: Script) -> str:
    """Return an engine's text as the session writes it."""
    plain = unicodedata.normalize("NFC", text).strip()
    if language is not Language.ZH:
        return plain
    plain = _FULL_WIDTH.sub(lambda found: unicodedata.normalize("NFKC", found[0]), plain)
    plain = _AFTER_HAN.sub(lambda found: _MARKS[found[1]], plain)
    plain = _BETWEEN_HAN.sub("", plain)
    return str(_converter(script).convert(plain))


@cache
def _converter(script: Script) -> OpenCC:
    return OpenCC("t2s" if script is Script.HANS else "s2t")
