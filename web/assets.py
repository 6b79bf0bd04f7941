"""Built browser files: from the name a template uses to the hashed file that is served.

`web/build.mjs` writes them to `web/static/build/` with a `manifest.json` that maps `site.css` to
`site-3F9A2C.css`. A name changes whenever its content does, so they are served as immutable.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from schemas.errors import Unavailable

MANIFEST = "manifest.json"
URL_PREFIX = "/static/"


class NotBuilt(Unavailable):
    """The browser files are missing, unreadable or lack a name that a template asks for."""


def static_dir() -> Path:
    """Return the folder that is served under `/static/`."""
    return Path(__file__).parent / "static" / "build"


@dataclass(frozen=True, slots=True)
class Assets:
    """The files of one build, by the name that templates use."""

    files: Mapping[str, str]

    @classmethod
    def load(cls, directory: Path | None = None) -> Self:
        """Read the manifest of a build; the packaged one if no directory is named.

        Raises NotBuilt("assets.not_built") when there is none, with the command that makes it.
        """
        path = (directory or static_dir()) / MANIFEST
        try:
            files = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise NotBuilt("assets.not_built", path=str(path), command="npm run build") from error
        except json.JSONDecodeError as error:
            raise NotBuilt("assets.unreadable", path=str(path), command="npm run build") from error
        return cls(files)

    def url(self, name: str) -> str:
        """Return the address of `name` (`site.css`, `session.js`)."""
        try:
            return URL_PREFIX + self.files[name]
        except KeyError as error:
            raise NotBuilt("assets.unknown", name=name, known=sorted(self.files)) from error
