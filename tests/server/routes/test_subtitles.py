"""The transcript's files over HTTP."""

import io

import pytest
from docx import Document

from tests.server.house import House
from tests.server.method import SESSION, key


@pytest.fixture
def typed(app: House) -> object:
    """A member of the session who has typed a line."""
    browser = app.browser()
    browser.join()
    body = {"key": key(1), "text": "水位 & gauges"}
    headers = {"X-Colloquy-Token": browser.token(), "Origin": "http://127.0.0.1:8000"}
    answer = browser.client.post(f"/api/sessions/{SESSION}/lines", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return browser


@pytest.mark.parametrize("form", ["vtt", "srt", "txt"])
def test_a_member_gets_the_lines_as_a_file(typed, form: str) -> None:  # type: ignore[no-untyped-def]
    answer = typed.get(f"/sessions/{SESSION}/transcript.{form}")

    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    assert "Wang Fang" in answer.text
    assert "水位" in answer.text


def test_the_document_has_a_row_for_each_line(typed) -> None:  # type: ignore[no-untyped-def]
    answer = typed.get(f"/sessions/{SESSION}/transcript.docx")

    (table,) = Document(io.BytesIO(answer.content)).tables
    assert [cell.text for cell in table.rows[0].cells][1:] == ["Wang Fang", "水位 & gauges"]


def test_strangers_and_unknown_forms_get_nothing(app: House, typed) -> None:  # type: ignore[no-untyped-def]
    assert app.browser().get(f"/sessions/{SESSION}/transcript.vtt").status_code != 200
    assert typed.get(f"/sessions/{SESSION}/transcript.exe").status_code == 404
