"""Sets one file and ends: `python -m web.documents.typeset TEMPLATE FORM [FONTS]`, data in, file out.

A process for each file: Typst keeps what it has set for the next time and never gives it back, a
long document takes seconds of a core, and a process can be ended. The fonts are those of this
package and those in the folder FONTS, never those that a machine happens to have: a file looks the
same wherever it was made, and Chinese is there on a machine without a single font.
"""

import json
import os
import sys
from base64 import b64encode
from pathlib import Path

import typst

TEMPLATES = ("document", "figure")
FORMS = ("pdf", "png")
PIXELS_AN_INCH = 192.0
"""Two to a pixel of a drawing, for sharp print and dense screens."""
NICENESS = 10
"""A document can wait a moment; what is being said in a room cannot."""
_HERE = Path(__file__).parent


def typeset(template: str, form: str, own_fonts: Path | None, data: bytes) -> bytes:
    """Return the file that a template of this package makes of its data. Raises TypstError.

    Of pictures it is a list in JSON, each in base64.
    """
    paths: list[Path] = [_HERE / "fonts"]
    if own_fonts is not None and own_fonts.is_dir():
        paths.append(own_fonts)
    known = typst.Fonts(include_system_fonts=False, font_paths=paths)
    made = typst.compile(
        _HERE / f"{template}.typ",
        root=_HERE,
        font_paths=known,
        ignore_system_fonts=True,
        format="png" if form == "png" else "pdf",
        ppi=PIXELS_AN_INCH,
        sys_inputs={"document": data.decode(), "families": json.dumps(known.families())},
    )
    if form == "pdf":
        assert isinstance(made, bytes)
        return made
    pictures = [made] if isinstance(made, bytes) else made
    return json.dumps([b64encode(one).decode() for one in pictures or ()]).encode()


def main() -> None:
    """Set what comes in; say in one line why where it cannot be set."""
    template, form, *folder = sys.argv[1:]
    if template not in TEMPLATES or form not in FORMS:
        sys.exit(f"unknown: {template} {form}")
    os.nice(NICENESS)
    own = Path(folder[0]) if folder else None
    try:
        made = typeset(template, form, own, sys.stdin.buffer.read())
    except typst.TypstError as error:
        sys.exit(error.message)
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
