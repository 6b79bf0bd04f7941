"""Views to HTML: the template is found by the view's class, and nothing undefined passes.

`LobbyView` is drawn by `pages/lobby.html` around `partials/lobby.html`; the partial alone is what
htmx swaps in. Jinja2 escapes everything; no template switches that off (a test looks).
"""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from schemas.session import Language
from web import filters
from web.assets import Assets
from web.i18n import Translator
from web.session_views import SessionView
from web.views import Chrome

TEMPLATES = Path(__file__).parent / "templates"

_INNER_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


class Renderer:
    """Draws views in both languages. Make one at start; it caches compiled templates."""

    def __init__(self, static: Assets) -> None:
        self._environments = {language: _environment(static, language) for language in Language}

    def page(self, view: object, chrome: Chrome) -> str:
        """Return the whole page of `view`, with header and scripts."""
        return self._draw("pages", view, chrome)

    def partial(self, view: object, chrome: Chrome) -> str:
        """Return the part of the page that htmx replaces."""
        return self._draw("partials", view, chrome)

    def _draw(self, folder: str, view: object, chrome: Chrome) -> str:
        environment = self._environments[chrome.language]
        template = environment.get_template(f"{folder}/{template_name(view)}.html")
        return template.render(view=view, chrome=chrome)


def template_name(view: object) -> str:
    """Return the template of a view: `TaxonomyView` is `taxonomy`; a projector has its own page."""
    if isinstance(view, SessionView) and view.is_projector:
        return "projector"
    name = type(view).__name__
    if not name.endswith("View"):
        raise TypeError(f"{name} is not a view")
    return _INNER_CAPITAL.sub("_", name.removesuffix("View")).lower()


def _environment(static: Assets, language: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    translator = Translator(language)
    # The i18n extension adds this method when it is loaded, so the class does not declare it.
    environment.install_gettext_translations(translator.catalogue, newstyle=True)  # type: ignore[attr-defined]
    environment.globals["asset"] = static.url
    environment.globals["word"] = translator.text
    environment.filters["timecode"] = filters.timecode
    environment.filters["glyph"] = filters.glyph
    environment.filters["language_tag"] = filters.language_tag
    environment.filters["play_from"] = filters.play_from
    environment.filters["concordance"] = filters.concordance
    return environment
