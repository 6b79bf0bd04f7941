"""What a PDF file says, as its readers see it."""

import io

from pypdf import PdfReader


def printed(body: bytes) -> str:
    """Return the text of all pages without white space, which is where lines happen to end."""
    pages = PdfReader(io.BytesIO(body)).pages
    return "".join("".join(page.extract_text() for page in pages).split())
