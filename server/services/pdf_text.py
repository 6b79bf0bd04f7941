"""Reads the text of a PDF file in a process of its own: `python -m server.services.pdf_text`.

A PDF file can be made so that reading it takes for ever or all memory. So it is read apart, with
limits on both; what happens here cannot harm the server. The file comes in on standard input, its
text goes out in UTF-8, pages parted by form feeds. Exit codes are `Outcome`.
"""

import io
import logging
import sys
from enum import IntEnum

from pypdf import PasswordType, PdfReader

MAX_PAGES = 2_000
MAX_CHARACTERS = 4_000_000
CPU_SECONDS = 40
MEMORY_BYTES = 1536 * 1024 * 1024


class Outcome(IntEnum):
    """How reading ended; what is none of these was a limit that was reached."""

    READ = 0
    ENCRYPTED = 3
    BROKEN = 4
    TOO_LONG = 5


def main() -> int:
    """Read standard input; return an Outcome."""
    _limit()
    logging.disable()  # pypdf tells of every oddity; here nobody reads it
    try:
        return _read(sys.stdin.buffer.read())
    except MemoryError:
        return Outcome.TOO_LONG
    except Exception:  # pypdf raises whatever a broken file makes Python raise
        return Outcome.BROKEN


def _read(data: bytes) -> int:
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and reader.decrypt("") is PasswordType.NOT_DECRYPTED:
        return Outcome.ENCRYPTED
    if len(reader.pages) > MAX_PAGES:
        return Outcome.TOO_LONG
    length = 0
    for page in reader.pages:
        text = page.extract_text() + "\n\f"
        length += len(text)
        if length > MAX_CHARACTERS:
            return Outcome.TOO_LONG
        sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()
    return Outcome.READ


def _limit() -> None:
    """Bound processor time and memory, where the system can."""
    if sys.platform == "win32":
        return
    import resource  # not on every system, hence here

    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


if __name__ == "__main__":
    sys.exit(main())
