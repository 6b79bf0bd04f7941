"""Tables are read as people bring them, and hostile ones are refused in words."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import ColloquyError, Invalid
from server.domain import sheets

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def xlsx(sheet: str, strings: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        if strings:
            archive.writestr("xl/sharedStrings.xml", strings)
    return out.getvalue()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_is_read_with_any_usual_separator_and_encoding(separator: str, encoding: str) -> None:
    text = separator.join(["专题", "名称"]) + "\r\n" + separator.join(["交通", '"局\n甲"']) + "\r\n"

    assert sheets.read(text.encode(encoding)) == [["专题", "名称"], ["交通", "局\n甲"]]


def test_xlsx_gives_shared_and_inline_text_numbers_and_gaps() -> None:
    strings = f"<sst {MAIN}><si><t>专题</t></si><si><r><t>水</t></r><r><t>务</t></r></si></sst>"
    sheet = (
        f'<worksheet {MAIN}><sheetData><row><c r="A1" t="s"><v>0</v></c>'
        '<c r="C1" t="inlineStr"><is><t>x</t></is></c></row>'
        '<row><c r="A2" t="s"><v>1</v></c><c r="B2"><f>1+1</f><v>2.0</v></c></row></sheetData></worksheet>'
    )

    assert sheets.read(xlsx(sheet, strings)) == [["专题", "", "x"], ["水务", "2"]]


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 no archive",
        xlsx("<worksheet"),
        xlsx('<!DOCTYPE x [<!ENTITY a "b">]><worksheet>&a;</worksheet>'),
        xlsx(f'<worksheet {MAIN}><row><c r="A1" t="s"><v>7</v></c></row></worksheet>'),
        xlsx(f'<worksheet {MAIN}><row><c r="A1" t="s"><v>²</v></c></row></worksheet>', "<sst/>"),
        xlsx(f'<worksheet {MAIN}><row><c t="s"><v>{"1" * 5_000}</v></c></row></worksheet>'),
        b"\x00\x01\x02",
    ],
)
def test_what_cannot_be_read_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        sheets.read(content)


def test_what_would_unpack_to_too_much_is_refused() -> None:
    bomb = xlsx(" " * (sheets.MAX_UNPACKED_BYTES + 1))

    assert len(bomb) < sheets.MAX_BYTES
    with pytest.raises(Invalid, match=r"sheet\.too_large"):
        sheets.read(bomb)


def test_what_would_be_too_many_elements_is_refused_before_it_takes_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sheets, "MAX_ELEMENTS", 1_000)  # a million and a half takes a while
    small = f"<worksheet {MAIN}><row>{'<c/>' * 150}</row>{'<x/>' * 700}</worksheet>"

    assert sheets.read(xlsx(small)) == [[""] * 150]
    with pytest.raises(Invalid, match=r"sheet\.too_large"):
        sheets.read(xlsx(small.replace("<x/>", "<x/><x/>")))


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"], exclude_characters="\ufeff"), min_size=1, max_size=9), min_size=2, max_size=4), min_size=1, max_size=5))  # fmt: skip
def test_what_is_written_is_read_again(rows: list[list[str]]) -> None:
    rows = [["a", "b,", *rows[0]], *rows]
    text = sheets.written(rows)

    if max(text.split("\n", 1)[0].count(mark) for mark in "\t;") < 2:
        assert sheets.parse(text) == rows


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_a_refusal(content: bytes) -> None:
    codes, rows = [], []
    try:
        rows = sheets.read(content)
    except ColloquyError as error:
        codes.append(error.code)

    assert all(code.startswith("sheet.") for code in codes)
    assert all(isinstance(cell, str) for row in rows for cell in row)
