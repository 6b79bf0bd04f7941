"""Transcripts that people bring, in every form, and what is refused."""

import io
import zipfile

import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import ColloquyError, Invalid
from server.domain.cues import Cue, write_srt, write_vtt
from server.domain.scripts import MOST_CHARACTERS, Said, read

CUES = [
    Cue(0.5, 2.25, "Wang Fang", "The water bureau has no data."),
    Cue(3.0, 4.5, "", "没有人告诉我们。"),
    Cue(61.0, 64.0, "李明", "3:1 is the ratio"),
]


def document(*rows: str) -> bytes:
    made, body = Document(), io.BytesIO()
    made.add_heading("Minutes of the session", 1)
    for row in rows:
        made.add_paragraph(row)
    made.save(body)
    return body.getvalue()


@pytest.mark.parametrize("write", [write_vtt, write_srt])
def test_subtitles_keep_speakers_and_times(write) -> None:  # type: ignore[no-untyped-def]
    assert read(write(CUES).encode()) == [
        Said(cue.speaker, cue.text, cue.start, cue.end) for cue in CUES
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_stenographer_s_text_names_its_speakers(encoding: str) -> None:
    text = "座谈会记录\n\n王芳：水务局没有数据。\n已经三年了。\n\n李明: 从来没有\n"

    assert read(text.encode(encoding)) == [
        Said("王芳", "水务局没有数据。"),
        Said("王芳", "已经三年了。"),
        Said("李明", "从来没有"),
    ]


def test_a_document_is_read_as_its_text() -> None:
    assert read(document("Wang Fang: We lack data.", "", "Since spring.", "Li Ming：No.")) == [
        Said("Wang Fang", "We lack data."),
        Said("Wang Fang", "Since spring."),
        Said("Li Ming", "No."),
    ]


def test_a_table_of_times_speakers_and_words_keeps_the_times() -> None:
    made, body = Document(), io.BytesIO()
    table = made.add_table(rows=0, cols=3)
    for row in (("00:00:05", "Wang", "Yes."), ("00:01:00", "", "Go on."), ("01:00:07", "Li", "好")):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    made.save(body)

    found = read(body.getvalue())

    assert [(one.start, one.speaker, one.text) for one in found] == [
        (5.0, "Wang", "Yes."), (60.0, "Wang", "Go on."), (3607.0, "Li", "好"),
    ]  # fmt: skip


def test_times_count_only_where_every_piece_has_one() -> None:
    timed = read(b"[00:05] Wang: Yes.\n[01:00] Li: No.\n")
    mixed = read(b"[00:05] Wang: Yes.\nLi: At 10:30 we met.\n")

    assert [one.start for one in timed] == [5.0, 60.0]
    assert timed[0].end == 60.0
    assert [(one.start, one.text) for one in mixed] == [(None, "Yes."), (None, "At 10:30 we met.")]


def test_a_long_paragraph_is_parted_where_a_sentence_ends() -> None:
    text = "我们没有数据。" * 400

    found = read(f"王芳：{text}".encode())

    assert "".join(one.text for one in found) == text
    assert {one.speaker for one in found} == {"王芳"}
    assert max(len(one.text) for one in found) <= MOST_CHARACTERS
    assert all(one.text.endswith("。") for one in found)


def bomb() -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(40_000_000))
    return body.getvalue()


def hostile() -> bytes:
    """A document whose XML asks for a file of this machine."""
    body = io.BytesIO()
    source = zipfile.ZipFile(io.BytesIO(document("harmless")))
    with zipfile.ZipFile(body, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            if name == "word/document.xml":
                content = content.replace(b"harmless", b"&x;").replace(
                    b"<w:document",
                    b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><w:document',
                    1,
                )
            archive.writestr(name, content)
    return body.getvalue()


def locked() -> bytes:
    """A document whose parts are said to be encrypted."""
    body = document("harmless")
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        parts = body.split(header)
        at = flags - len(header)
        body = header.join(
            [parts[0], *(one[:at] + bytes([one[at] | 1]) + one[at + 1 :] for one in parts[1:])]
        )
    return body


def test_what_a_document_asks_for_is_not_fetched() -> None:
    with pytest.raises(Invalid, match=r"script\.empty"):  # its one paragraph says nothing
        read(hostile())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "script.empty"),
        (b" \n\n ", "script.empty"),
        (b"\x89PNG\r\n\x1a\n\0\0", "script.unreadable"),
        (b"PK\x03\x04 not really", "script.unreadable"),
        (locked(), "script.unreadable"),
        (bomb(), "script.too_large"),
        (b"x" * (1024 * 1024 + 1), "script.too_large"),
        (b"\xff\xff\xfe broken \x81\xff", "script.encoding"),
    ],
    ids=["nothing", "blank", "a picture", "no archive", "locked", "a bomb", "too long", "no text"],
)
def test_what_is_no_transcript_is_refused_with_the_reason(data: bytes, code: str) -> None:
    with pytest.raises(ColloquyError) as refused:
        read(data)

    assert refused.value.code == code


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        found = read(data)
    except Invalid:
        return
    assert all(one.text.strip() for one in found)
