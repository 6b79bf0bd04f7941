"""Text comes out of what people bring; hostile and broken files are named, not read."""

import io
import zipfile

import docx
import pytest
from pypdf import PdfWriter

from schemas.errors import Invalid
from server.services.extracting import text_of

pytestmark = pytest.mark.anyio


async def test_text_in_utf8_and_gb18030() -> None:
    assert (await text_of("数据共享".encode())).text == "数据共享"
    assert (await text_of("数据共享".encode("gb18030"))).text == "数据共享"


async def test_docx_with_headings() -> None:
    document = docx.Document()
    document.add_heading("Aims", 1)
    document.add_paragraph("Share data.")
    document.add_table(1, 1).cell(0, 0).text = "In a table."
    written = io.BytesIO()
    document.save(written)

    found = await text_of(written.getvalue())

    assert found.text == "# Aims\n\nShare data.\n\nIn a table."


async def test_pdf_with_text() -> None:
    found = await text_of(_pdf(b"BT /F1 12 Tf 72 720 Td (Share data between units.) Tj ET"))

    assert "Share data between units." in found.text
    assert found.wrapped


def _zip(content: bytes, name: str = "word/document.xml") -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return written.getvalue()


def _locked() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.encrypt("secret", algorithm="RC4-128")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def _blank() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


_ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"  \n", "file.empty"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, "file.kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 40, "file.old_word"),
        (_zip(b"<x/>", "xl/workbook.xml"), "file.kind"),
        (_zip(_ENTITIES), "file.broken"),
        (_zip(b"<w:p"), "file.broken"),
        (_zip(b" " * (65 * 1024 * 1024)), "file.too_much"),
        (b"PK\x03\x04 cut off", "file.broken"),
        (b"%PDF-1.7\nnothing of it", "file.broken"),
        (_locked(), "file.encrypted"),
        (_blank(), "file.no_text"),
        (b"x" * (25 * 1024 * 1024), "file.too_large"),
    ],
)
async def test_what_cannot_be_read_is_named(data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        await text_of(data)

    assert refused.value.code == code


def _pdf(content: bytes) -> bytes:
    """A PDF file of one page, written out by hand."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
