"""A project as another tool writes it: UTF-16 positions, two coders, a talk and a report, things we have no place for."""

import io
import zipfile
from xml.sax.saxutils import escape, quoteattr

INTERVIEW = (
    "Ann: Readings come 🌊 late.\nBen: Since when?\nAnn: 🌊 For years.\nBen: And the roads?\n"
)
REPORT = "Report 🌊 on 水位.\n\nReadings come late, again.\n"

_PROJECT = """<?xml version="1.0" encoding="utf-8"?>
<Project xmlns="urn:QDA-XML:project:1.0" name="Flood" origin="Other Tool 1.0">
<Users><User guid="{U1}" name="Wang"/><User guid="{U2}" name="Li"/></Users>
<CodeBook><Codes>
 <Code guid="{C1}" name="Data" isCodable="true"><Description>What is known</Description>
  <Code guid="c2" name=%(late)s isCodable="true" color="#ff0000"/></Code>
 <Code guid="c3" name="水位" isCodable="true"/>
</Codes></CodeBook>
<Variables><Variable guid="v1" name="Age" typeOfVariable="Integer"/></Variables>
<Sources>
 <TextSource guid="S1" name="Talk with Ann" plainTextPath="internal://s1.txt">%(talk)s</TextSource>
 <TextSource guid="S2" name="Report"><PlainTextContent>%(report)s</PlainTextContent>%(read)s</TextSource>
 <PDFSource guid="P1" name="Scan"/><PictureSource guid="P2" name="Map"/>
</Sources>
<Notes>
 <Note guid="n1" name="m" creatingUser="u2"><PlainTextContent>who says so?</PlainTextContent></Note>
 <Note guid="n2" name="m" creatingUser="u2"><PlainTextContent>ask again</PlainTextContent></Note>
 <Note guid="n3" name="m"><PlainTextContent>of the whole project</PlainTextContent></Note>
</Notes>
<Graphs><Graph guid="g1"/></Graphs><Sets/>
</Project>"""


def foreign(*, late: str = "Late") -> bytes:
    """The file. late: what its second code is called."""
    talk = "".join(
        (
            _selection(INTERVIEW, "come 🌊 late", "c2", "u1"),
            _selection(INTERVIEW, "Since when?", "", "", "n2"),
            '<PlainTextSelection guid="lost" startPosition="9000" endPosition="9001"/>',
        )
    )
    read = _selection(REPORT, "水位", "c3", "u1", "n1") + _selection(
        REPORT, "Readings come late", "c2", "u2"
    )
    told = _PROJECT % {
        "late": quoteattr(late),
        "talk": talk,
        "report": escape(REPORT),
        "read": read,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Flood.qde", told)
        archive.writestr("Sources/S1.txt", INTERVIEW)
        archive.writestr("Sources/P1.pdf", b"%PDF-1.4")
    return out.getvalue()


def _selection(text: str, words: str, code: str, user: str, note: str = "") -> str:
    start = len(text[: text.index(words)].encode("utf-16-le")) // 2
    end = start + len(words.encode("utf-16-le")) // 2
    coding = (
        f'<Coding guid="k{start}" creatingUser="{user}"><CodeRef targetGUID="{code}"/></Coding>'
    )
    return (
        f'<PlainTextSelection guid="p{start}{code}" startPosition="{start}" endPosition="{end}"'
        f" name={quoteattr(words)}>{coding if code else ''}"
        f"{f'<NoteRef targetGUID={quoteattr(note)}/>' if note else ''}</PlainTextSelection>"
    )
