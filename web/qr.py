"""A QR code as SVG path data: black runs of modules, to be filled."""

import segno

QUIET_ZONE = 4
"""Modules of white around the code that scanners need (ISO/IEC 18004)."""


def qr_path(text: str) -> tuple[str, int]:
    """Return the path data of a code for `text` and its side in modules, quiet zone included."""
    matrix = segno.make(text, error="m", micro=False).matrix
    runs = []
    for y, row in enumerate(matrix, start=QUIET_ZONE):
        x = 0
        while x < len(row):
            length = 0
            while x + length < len(row) and row[x + length]:
                length += 1
            if length:
                runs.append(f"M{x + QUIET_ZONE} {y}h{length}v1h-{length}z")
            x += length or 1
    return "".join(runs), len(matrix) + 2 * QUIET_ZONE
