"""The visual language holds: contrasts, both dark blocks equal, nothing newer than we promise."""

import re
from pathlib import Path

import pytest

from web.figure_svg import THEMES, svg
from web.figures import Cell, heatmap

STYLES = Path(__file__).parents[2] / "web" / "styles"
TOKENS = (STYLES / "tokens.css").read_text(encoding="utf-8")
KINDS = ("problem", "cause", "consequence", "solution", "example", "memo")


def block(selector: str) -> dict[str, str]:
    body = TOKENS.split(selector + " {", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", body))


LIGHT = block("\n:root")
DARK = block(':root:not([data-theme="light"])')


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` (WCAG 2.2)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ink", ["ink", "ink-2", "brand", "rec", *KINDS])
@pytest.mark.parametrize("paper", ["paper", "paper-2"])
def test_text_can_be_read_on_paper(theme: dict[str, str], ink: str, paper: str) -> None:
    assert contrast(theme[ink], theme[paper]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_text_can_be_read_on_the_tint_of_a_kind(theme: dict[str, str], kind: str) -> None:
    tint = theme[f"{kind}-tint"]

    assert contrast(theme[kind], tint) >= 4.5
    assert contrast(theme["ink"], tint) >= 7
    assert contrast(theme["ink-2"], tint) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_everything_else_that_carries_meaning_can_be_seen(theme: dict[str, str]) -> None:
    assert contrast(theme["on-brand"], theme["brand"]) >= 4.5
    assert contrast(theme["ink"], theme["mark"]) >= 7
    assert contrast(theme["ink"], theme["paper-3"]) >= 7
    assert contrast(theme["ink-2"], theme["paper-3"]) >= 4.5
    assert contrast(theme["brand"], theme["paper-3"]) >= 4.5
    assert contrast(theme["brand"], theme["brand-tint"]) >= 4.5
    assert contrast(theme["ink"], theme["rec-tint"]) >= 7
    assert contrast(theme["control"], theme["paper"]) >= 3


def test_dark_is_the_same_by_preference_and_by_choice() -> None:
    assert block(':root[data-theme="dark"]') == DARK
    assert DARK.keys() == LIGHT.keys()


@pytest.mark.parametrize("path", sorted(STYLES.glob("*.css")), ids=lambda path: path.name)
def test_a_style_sheet_needs_no_newer_browser_than_promised(path: Path) -> None:
    source = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)

    for new in ("color-mix(", ":has(", "light-dark(", "@container", "@layer", "&"):
        assert new not in source
    assert "http" not in source


def test_no_style_template_or_figure_asks_anybody_for_a_font_or_a_file() -> None:
    styles = "".join(path.read_text(encoding="utf-8") for path in STYLES.glob("*.css"))
    pages = [*(STYLES.parent / "templates").rglob("*.html")]
    drawing = heatmap(
        "h", "T", "D", corner="", rows=["a"], columns=["b"], cells=[Cell(0, 0, 1, "x")]
    )

    assert "@font-face" not in styles
    assert re.findall(r"url\((?!data:)", styles) == []
    for path in pages:
        assert (
            re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", path.read_text(encoding="utf-8"))
            == []
        )
    for theme in THEMES.values():
        told = svg(drawing, theme).replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert re.findall(r"http|url\((?!#)|@import|href", told) == []


@pytest.mark.parametrize("path", sorted(STYLES.glob("*.css")), ids=lambda path: path.name)
def test_a_style_sheet_only_uses_tokens_that_exist(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    known = set(re.findall(r"(--[\w-]+):", "".join(p.read_text(encoding="utf-8") for p in STYLES.glob("*.css"))))  # fmt: skip

    assert set(re.findall(r"var\((--[\w-]+)", source)) <= known
