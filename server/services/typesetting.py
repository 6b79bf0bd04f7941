"""Sets PDF files and pictures in processes of their own, two at once; who asks beyond waits."""

import json
import sys
from base64 import b64decode
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import PIPE

import structlog
from anyio import CapacityLimiter, fail_after, run_process, to_thread

from schemas.errors import Unavailable
from schemas.session import Language
from web.documents.layouts import Layout
from web.documents.pdf import pdf_data
from web.figure_svg import LIGHT, Theme, svg
from web.report_views import Figure, ReportView

AT_ONCE = 2
MOST_SECONDS = 120.0

log = structlog.get_logger()


class Typesetter:
    """Makes files out of documents. fonts: a folder with the installation's own, or of none."""

    def __init__(self, fonts: Path) -> None:
        self._fonts = fonts
        self._turns = CapacityLimiter(AT_ONCE)

    async def pdf(self, view: ReportView, layout: Layout, language: Language) -> bytes:
        """Return a document as a PDF file. Raises Unavailable `document.unset`."""
        return await self._set(
            "document", "pdf", await to_thread.run_sync(pdf_data, view, layout, language)
        )

    async def pictures(
        self, figures: Sequence[Figure], theme: Theme = LIGHT
    ) -> Mapping[str, bytes]:
        """Return figures as PNG files by their ids. Raises Unavailable `document.unset`."""
        if not figures:
            return {}
        told = [
            {"svg": svg(one, theme), "width": one.width, "height": one.height} for one in figures
        ]
        made = json.loads(await self._set("figure", "png", json.dumps({"figures": told})))
        ids = (one.id for one in figures)
        return {name: b64decode(body) for name, body in zip(ids, made, strict=True)}

    async def _set(self, template: str, form: str, data: str) -> bytes:
        command = [sys.executable, "-m", "web.documents.typeset", template, form, str(self._fonts)]
        async with self._turns:
            try:
                with fail_after(MOST_SECONDS):
                    done = await run_process(command, input=data.encode(), stderr=PIPE, check=False)
            except TimeoutError as error:
                raise Unavailable("document.unset") from error
        if done.returncode != 0:
            log.error("typesetting.failed", said=done.stderr.decode(errors="replace")[-500:])
            raise Unavailable("document.unset")
        return done.stdout
