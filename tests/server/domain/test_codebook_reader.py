"""Codebooks of any tool become one table; hostile and foreign files are refused in words."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import ColloquyError, Invalid
from server.domain import sheets
from server.domain.formats import cells, codebook_reader
from server.domain.formats.codebook_reader import COLUMNS

PARENT, CHILD = "{0A1B2C3D-0000-4000-8000-000000000001}", "0a1b2c3d-0000-4000-8000-000000000002"
NVIVO = f"""<?xml version="1.0" encoding="utf-8"?>
<CodeBook xmlns="urn:QDA-XML:codebook:1:0" origin="NVivo"><Codes>
<Code guid="{PARENT}" name="Data" isCodable="true"><Description>What is &lt;known&gt;</Description>
<Code guid="{CHILD}" name="水位数据到得晚" isCodable="true"/></Code>
</Codes><Sets/></CodeBook>"""


def packed(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_codes_of_another_tool_keep_their_places(encoding: str) -> None:
    head, data, late = codebook_reader.read(NVIVO.encode(encoding))

    assert tuple(head) == COLUMNS
    assert data[:4] == [PARENT, "", "category", "Data"]
    assert data[5] == "What is <known>"
    assert late[:5] == [CHILD, PARENT, "problem", "", "水位数据到得晚"]


def test_a_table_of_another_tool_is_arranged_by_its_words() -> None:
    found = codebook_reader.read("名称;description\r\n水位晚;'-late\r\n;\r\n".encode("gb18030"))

    assert len(found) == 2
    told = dict(zip(COLUMNS, found[1], strict=True))
    assert (told["label_zh"], told["definition_en"]) == ("水位晚", "-late")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'<!DOCTYPE x [<!ENTITY a "b">]><CodeBook>&a;</CodeBook>', "codebook.unreadable"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><CodeBook/>', "codebook.unreadable"),
        (b"<Project xmlns='urn:QDA-XML:project:1.0'/>", "codebook.unreadable"),
        (b"<CodeBook><Codes><Code name='x'/></Codes></CodeBook>", "codebook.unreadable"),
        (b"<?xml version='1.0' encoding='none-such'?><CodeBook/>", "codebook.unreadable"),
        (b"<CodeBook><Codes>" + b"<Code guid='1' name='x'>" * 41 + b"</Code>" * 41
         + b"</Codes></CodeBook>", "codebook.unreadable"),
        (b"<html>", "codebook.unreadable"),
        (packed("project.qde", "sources/a.txt"), "sheet.unreadable"),
        (packed("../../xl/worksheets/sheet1.xml"), "sheet.unreadable"),
        (b"%PDF-1.7\n\x00\x01", "sheet.encoding"),
        (b"title,year\nx,1\n", "codebook.columns"),
        (b"", "codebook.columns"),
        (b"x" * (sheets.MAX_BYTES + 1), "sheet.too_large"),
    ],
)  # fmt: skip
def test_what_is_no_codebook_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        codebook_reader.read(content)

    assert refused.value.code == code


@given(st.text())
def test_the_guard_against_formulas_is_undone_whatever_the_text(text: str) -> None:
    guarded = cells.guarded(text)

    assert cells.unguarded(guarded) == text
    assert not guarded.startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.binary())
@pytest.mark.parametrize("start", [b"", b"<CodeBook>", b"PK\x03\x04", b"label\n"])
def test_any_bytes_are_read_or_refused(start: bytes, content: bytes) -> None:
    try:
        found = codebook_reader.read(start + content)
    except ColloquyError:
        return
    assert codebook_reader.parse(codebook_reader.written(found)) == found
