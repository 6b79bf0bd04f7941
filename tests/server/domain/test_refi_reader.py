"""Projects of other tools: every way of counting positions is found, hostile archives are refused."""

import io
import zipfile
from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import Invalid
from server.domain import project_plan
from server.domain.formats import refi_archive, refi_offsets, refi_reader
from server.domain.formats.refi_offsets import DIALECTS, MARK, Dialect, Ruler, Span, Unit, normal

TEXT = MARK + "\r\n".join(
    ["Chair: 😀 late readings, 水位 rising.", "— “naïve”, said 水务局; 🌊 came fast.", "Ördnung 𝒳 holds."] * 6
)  # fmt: skip
WORDS = ("late readings", "naïve", "came fast", "Ördnung", "holds", "水务局")


def places(words: tuple[str, ...] = WORDS) -> list[tuple[int, int]]:
    """Where the words stand in the text as we hold it, each time they do."""
    text, found = normal(TEXT), []
    for word in words:
        at = text.find(word)
        while at >= 0:
            found.append((at, at + len(word)))
            at = text.find(word, at + 1)
    return sorted(found)


def counted(dialect: Dialect, spans: list[tuple[int, int]], *, named: bool) -> list[Span]:
    """The selections as a writer of this dialect puts them."""
    ruler, text = Ruler(TEXT, dialect), normal(TEXT)
    return [
        Span(
            ruler.position(start),
            ruler.position(end - 1 if dialect.is_inclusive else end),
            text[start:end] if named else "",
        )
        for start, end in spans
    ]


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("dialect", DIALECTS, ids=str)
def test_each_way_of_counting_is_found(dialect: Dialect, named: bool) -> None:
    spans = places()

    best, second, *_ = refi_offsets.ranked([(TEXT, counted(dialect, spans, named=named))])

    assert best.dialect == dialect
    assert best.share == 1.0
    assert second.share < 1.0


@settings(deadline=None, max_examples=50)  # the machine may be busy; each holds 24 ways
@given(st.data(), st.sampled_from(DIALECTS))
def test_named_selections_are_always_found_again(data: st.DataObject, dialect: Dialect) -> None:
    text = normal(TEXT)
    edges = st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))
    drawn = data.draw(st.lists(edges.map(sorted).filter(lambda one: one[0] < one[1]), min_size=1))
    spans = [(one[0], one[1]) for one in drawn]

    given_spans = counted(dialect, spans, named=True)
    best = refi_offsets.ranked([(TEXT, given_spans)])[0]

    assert best.quoted == sum(bool(one.name) for one in given_spans)
    ruler = Ruler(TEXT, best.dialect)
    for one in given_spans:
        place = ruler.span(one.start, one.end)
        assert place is not None
        assert " ".join(text[slice(*place)].split()) == " ".join(one.name.split())


def test_where_nothing_tells_them_apart_the_standard_or_the_tool_decides() -> None:
    plain = [("only letters", [Span(5, 12, "letters")])]

    assert refi_offsets.ranked(plain)[0].dialect == Dialect()
    assert refi_offsets.ranked(plain, "NVivo 12")[0].dialect.unit is Unit.UTF16
    assert refi_offsets.ranked([])[0].share == 0.0


def test_a_position_inside_a_character_is_no_position() -> None:
    assert Ruler("😀a", Dialect(Unit.UTF16)).span(1, 3) is None
    assert Ruler("😀a", Dialect(Unit.UTF16)).span(2, 3) == (1, 2)


QDE = """<Project xmlns="urn:QDA-XML:project:1.0" name="Flood" origin="NVivo">
<Users><User guid="{U1}" name="Wang"/></Users>
<CodeBook><Codes><Code guid="{C1}" name="Data" isCodable="false"><Description>d</Description>
<Code guid="C2" name="Late" isCodable="true" color="#ff0000"/></Code></Codes></CodeBook>
<Sources><TextSource guid="S1" name="Talk" plainTextPath="internal://S1.txt">%s</TextSource>
<PDFSource guid="P1"/></Sources></Project>"""


def qdpx(files: Mapping[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_a_project_with_quirks_is_read_and_its_way_of_counting_told() -> None:
    dialect = Dialect(Unit.UTF16, double_ends=True)
    selections = "".join(
        f'<PlainTextSelection guid="{at}" startPosition="{one.start}" endPosition="{one.end}"'
        f" name={quoteattr(one.name)}>"
        f'<Coding guid="c{at}" creatingUser="u1"><CodeRef targetGUID="c2"/></Coding></PlainTextSelection>'
        for at, one in enumerate(counted(dialect, places(), named=True))
    )

    found = refi_reader.read(qdpx({"Flood.qde": QDE % selections, "Sources/s1.TXT": TEXT.encode()}))

    assert [(one.name, one.parent, one.is_codable) for one in found.codes] == [
        ("Data", "", False),
        ("Late", "c1", True),
    ]
    assert (found.users, found.others, found.origin) == ({"u1": "Wang"}, 1, "NVivo")
    [source] = found.sources
    assert source.text == TEXT
    assert source.selections[0].codings == (("c2", "u1"),)
    assert found.ways()[0].dialect == dialect
    assert found.ways()[0].share == 1.0


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({}, "project.unreadable"),
        ({"a.qde": "<Project/>", "b.qde": "<Project/>"}, "project.unreadable"),
        ({"a.qde": "<CodeBook/>"}, "project.unreadable"),
        ({"a.qde": '<!DOCTYPE x [<!ENTITY a "b">]><Project name="&a;"/>'}, "project.unreadable"),
        ({"a.qde": QDE % ""}, "project.unreadable"),
        ({"a.qde": QDE % "", "sources/s1.txt": b"\xc3\x28"}, "project.unreadable"),
        ({"a.qde": QDE % '<PlainTextSelection guid="1" startPosition="-1" endPosition="2"/>',
          "sources/s1.txt": b"x"}, "project.unreadable"),
        ({"a.qde": "<Project/>", "../../etc/cron": b""}, "project.outside"),
        ({"a.qde": "<Project/>", "C:\\x": b""}, "project.outside"),
        ({"a.qde": " " * (refi_archive.MAX_READ_BYTES + 1)}, "project.too_large"),
        ({str(at): "" for at in range(refi_archive.MAX_PARTS + 1)}, "project.too_large"),
    ],
    ids=range(11),
)  # fmt: skip
def test_hostile_and_broken_archives_are_refused(files: Mapping[str, bytes], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        refi_reader.read(qdpx(files))

    assert refused.value.code == code


SPOKEN = """<Project name="Talk"><Users><User guid="u1" name="Wang"/></Users>
<CodeBook><Codes><Code guid="c1" name="Late" isCodable="true"/></Codes></CodeBook>
<Sources>%s<AudioSource guid="A1" name="Session 1" path="internal://a1.wav">
<Transcript guid="T1" plainTextPath="internal://t1.txt">
<SyncPoint guid="p1" timeStamp="1000" position="0"/><SyncPoint guid="p2" timeStamp="5000" position="12"/>
<SyncPoint guid="p3" timeStamp="9000" position="24"/>
<TranscriptSelection guid="s1" fromSyncPoint="p2" toSyncPoint="p3"><Coding guid="k1" creatingUser="u1">
<CodeRef targetGUID="c1"/></Coding></TranscriptSelection></Transcript>
<AudioSelection guid="q1" begin="1000" end="2000"/></AudioSource>
<VideoSource guid="V1" name="Film"/></Sources></Project>"""
TALK = "Ann: early.\nBen: later.\n"


@pytest.mark.parametrize("has_twin", [False, True])
def test_a_transcript_is_a_talk_with_the_times_of_its_sync_points(has_twin: bool) -> None:
    twin = f'<TextSource guid="S9"><PlainTextContent>{TALK}</PlainTextContent></TextSource>'
    qde = SPOKEN % (twin if has_twin else "")
    found = refi_reader.read(qdpx({"a.qde": qde, "sources/t1.txt": TALK, "sources/a1.wav": "RIFF"}))

    [text] = project_plan.plan(found, Dialect(), {}).texts
    assert text.becomes is project_plan.Becomes.SESSION
    assert [(one.speaker, text.text[one.start : one.end]) for one in text.pieces] == [
        ("Ann", "early."),
        ("Ben", "later."),
    ]
    starts = [start for start, _ in text.at]
    assert 1.0 < starts[0] < 5.0 < starts[1] < 9.0
    assert [(mark.piece, mark.start, mark.end, mark.coders) for mark in text.marks] == [
        (1, 0, 6, ("Wang",))
    ]
    assert found.left == {"sound": 1, "media_coding": 1}


def test_what_could_be_made_to_grow_without_end_is_refused() -> None:
    many = "<Code guid='c' name='c'/>" * (refi_archive.MAX_ELEMENTS + 1)
    deep = "<a>" * (refi_archive.MAX_DEPTH + 1) + "</a>" * (refi_archive.MAX_DEPTH + 1)
    for inside in (many, deep):
        with pytest.raises(Invalid) as refused:
            refi_reader.read(qdpx({"a.qde": f"<Project>{inside}</Project>"}))
        assert refused.value.code == "project.too_many"


def test_a_list_of_files_that_is_too_long_is_refused_before_it_is_read() -> None:
    good = qdpx({"a.qde": "<Project/>"})
    at = good.rindex(b"PK\x05\x06")
    listed = (refi_archive.MAX_PARTS * 600).to_bytes(4, "little")
    for content in (
        good[: at + 12] + listed + good[at + 16 :],
        good[:at] + b"PK\x06\x07" + bytes(16) + good[at:],  # as ZIP64 would have it
    ):
        with pytest.raises(Invalid) as refused:
            refi_reader.read(content)
        assert refused.value.code == "project.too_large"


def test_texts_without_plain_text_and_empty_sets_are_counted_or_passed_over() -> None:
    sources = '<TextSource guid="s" richTextPath="internal://s.docx"/>'
    qde = f"<Project><Sources>{sources}</Sources><Sets/><Graphs/></Project>"
    found = refi_reader.read(qdpx({"a.qde": qde}))
    assert (found.sources, found.left) == ((), {"rich": 1})


@given(st.binary())
def test_any_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        refi_reader.read(b"PK\x03\x04" + content)
