"""How heard Chinese is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.session import Language, Script
from transcription.script import written


@pytest.mark.parametrize(
    ("script", "text", "expected"),
    [
        (Script.HANS, "以下是普通話的句子。", "以下是普通话的句子。"),
        (Script.HANT, "头发和发展在信息平台后面", "頭髮和發展在信息平臺後面"),
        (Script.HANS, "各部门数据不共享,需要统一标准.", "各部门数据不共享，需要统一标准。"),
        (Script.HANS, "使用 GIS 系统 2.0 版, 共 3.5 万条", "使用 GIS 系统 2.0 版，共 3.5 万条"),
        (Script.HANS, "大家 好 ， 欢迎", "大家好 ， 欢迎"),
        (Script.HANS, "２０２５年ＧＩＳ平台１００％", "2025年GIS平台100%"),
        (Script.HANS, "时间是10:30", "时间是10:30"),
    ],
)
def test_chinese_is_written_in_the_sessions_script(
    script: Script, text: str, expected: str
) -> None:
    assert written(text, Language.ZH, script) == expected


def test_english_stays_as_it_is() -> None:
    assert written(" The 管网 map, v2.0. ", Language.EN, Script.HANT) == "The 管网 map, v2.0."


@given(st.text(max_size=40), st.sampled_from(list(Language)), st.sampled_from(list(Script)))
def test_writing_twice_changes_nothing(text: str, language: Language, script: Script) -> None:
    once = written(text, language, script)

    assert written(once, language, script) == once
