"""The bars that the room has to reach, and which of them a run missed."""

from collections.abc import Callable, Mapping

Results = Mapping[str, Mapping[str, Mapping[str, float]]]


def shown(figures: Mapping[str, float]) -> str:
    """One line of figures."""
    return " ".join(f"{key}={value:.4g}" for key, value in figures.items())


def missed(results: Results) -> list[str]:
    """Say for each bar that was not reached: what was measured and what was asked."""
    bars: list[Callable[[Results], str | None]] = [
        _complete, _latency, _cpu_delivered, _cpu_frame, _share, _join, _storm, _saved, _others,
        _stalled, _presence, _growth,
    ]  # fmt: skip
    return [line for bar in bars if (line := bar(results)) is not None]


def table(results: Results) -> str:
    """All medians as Markdown, one table a step."""
    parts = []
    for step, named in results.items():
        keys = list(next(iter(named.values())))
        rows = [f"| {step} | {' | '.join(keys)} |", "| --- " * (len(keys) + 1) + "|"]
        for name, figures in named.items():
            rows.append(f"| {name} | {' | '.join(f'{figures[key]:.3g}' for key in keys)} |")
        parts.append("\n".join(rows))
    return "\n\n".join(parts)


def _complete(results: Results) -> str | None:
    for step in ("quiet", "merging", "presence"):
        for key in ("lost", "refused", "dead"):
            if _of(results, step, "colloquy", key):
                return f"{step}: {_of(results, step, 'colloquy', key):.0f} {key}"
    return None


def _of(results: Results, step: str, name: str, key: str) -> float | None:
    figures = results.get(step, {}).get(name)
    return None if figures is None else figures[key]


def _against(text: str, ours: float | None, bar: float | None) -> str | None:
    if ours is None or bar is None or ours <= bar:
        return None
    return f"{text}: {ours:.3g}, asked for at most {bar:.3g}"


def _latency(results: Results) -> str | None:
    for key in ("p50_ms", "p95_ms"):
        ours, peer = (_of(results, "quiet", name, key) for name in ("colloquy", "hocuspocus"))
        if line := _against(f"edit seen by others, {key}", ours, peer):
            return line
    return None


def _cpu_delivered(results: Results) -> str | None:
    peers = [
        figures["cpu_ms_per_1000"]
        for name, figures in results.get("quiet", {}).items()
        if not name.startswith("colloquy")
    ]
    ours = _of(results, "quiet", "colloquy", "cpu_ms_per_1000")
    return _against("CPU ms per 1000 delivered", ours, 0.8 * min(peers) if peers else None)


def _cpu_frame(results: Results) -> str | None:
    ours, peer = (
        _of(results, "quiet", name, "cpu_us_per_frame")
        for name in ("colloquy", "hocuspocus-noflush")
    )
    return _against("CPU us per frame", ours, None if peer is None else 0.75 * peer)


def _share(results: Results) -> str | None:
    return _against("share of a core merging", _of(results, "merging", "colloquy", "share"), 0.30)


def _join(results: Results) -> str | None:
    alone = _of(results, "join", "colloquy", "join_cpu_ms")
    whole = _of(results, "join", "colloquy", "join_with_ticket_cpu_ms")
    return _against("CPU ms per join", alone, 1.5) or _against("with its ticket", whole, 6)


def _storm(results: Results) -> str | None:
    ours, peer = (
        _of(results, "join", name, "storm_last_ms") for name in ("colloquy", "pycrdt-websocket")
    )
    return _against("50 joins, last in ms", ours, None if peer is None else 0.5 * peer)


def _saved(results: Results) -> str | None:
    for name in ("colloquy", "colloquy-postgresql"):
        ours = _of(results, "quiet", name, "saved_p95_ms")
        if line := _against(f"saved p95 ms, {name}", ours, 60):
            return line
    return None


def _others(results: Results) -> str | None:
    share = _of(results, "stalled", "colloquy", "others_delivered")
    if share is None or share >= 1:
        return None
    return f"others beside a stalled browser got {share:.3f} of the edits"


def _stalled(results: Results) -> str | None:
    return _against("KB for a stalled browser", _of(results, "stalled", "colloquy", "held_kb"), 128)


def _presence(results: Results) -> str | None:
    return _against("edit p95 ms with presence", _of(results, "presence", "colloquy", "p95_ms"), 50)


def _growth(results: Results) -> str | None:
    figures = results.get("growth", {}).get("colloquy", {})
    for kind in ("edit", "growing"):
        costs = [value for key, value in figures.items() if key.startswith(f"{kind}_us_")]
        if costs and max(costs) > 1.2 * costs[0]:
            return f"{kind}: CPU us per edit grows: {', '.join(f'{cost:.0f}' for cost in costs)}"
    return None
