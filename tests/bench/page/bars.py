"""What the page has to reach, and which of it a run missed."""

from collections.abc import Mapping
from dataclasses import dataclass

Figures = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure and the most that it may be."""

    key: str
    what: str
    unit: str
    most: float


BARS = (
    Bar("interactive", "interactive", "s", 1.5),
    Bar("interactive_slow", "interactive, no content-visibility, CPU 4x slower", "s", 3.0),
    Bar("drawn", "incoming annotation drawn, median", "ms", 2.0),
    Bar("drift", "scroll drift of the line being read", "px", 0.0),
    Bar("stolen", "focus or caret stolen", "times", 0.0),
    Bar("bundle", "script before interactive, gz", "KB", 60.0),
    Bar("axe", "axe-core violations", "", 0.0),
    Bar("foreign", "requests to another origin", "", 0.0),
    Bar("blocked", "violations of the content policy", "", 0.0),
)


def missed(figures: Figures) -> list[str]:
    """Say for each bar that was not reached what was measured and what was asked."""
    return [
        f"{bar.what}: {figures[bar.key]:.4g} {bar.unit}, asked for at most {bar.most:g}"
        for bar in BARS
        if figures[bar.key] > bar.most
    ]
