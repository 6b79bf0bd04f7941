"""The error codes that the packages raise, read from their source."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("schemas", "realtime", "transcription", "web", "server")
CODE = re.compile(r"[a-z_]+(\.[a-z_]+)+")


@cache
def codes() -> dict[str, set[str]]:
    """Return every code with the fields it is raised with (`**` for unknown ones)."""
    trees = _trees()
    errors = _error_classes(trees)
    found: dict[str, set[str]] = {}
    for call in (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        if name in errors and call.args and isinstance(call.args[0], ast.Constant):
            code = call.args[0].value
            if isinstance(code, str) and CODE.fullmatch(code):
                fields = {keyword.arg or "**" for keyword in call.keywords}
                found.setdefault(code, set()).update(fields)
    return found


def strings() -> set[str]:
    """Return every string that stands in the source outside `web`."""
    nodes = (node for path, tree in _parsed() if "web" not in path.parts for node in ast.walk(tree))
    return {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def _trees() -> list[ast.Module]:
    return [tree for _, tree in _parsed()]


@cache
def _parsed() -> list[tuple[Path, ast.Module]]:
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in _sources()]


def _sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (p for p in (ROOT / package).rglob("*.py") if "models" not in p.parts)


def _error_classes(trees: list[ast.Module]) -> set[str]:
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    errors = {"ColloquyError"}
    while more := {name for name, above in bases.items() if above & errors} - errors:
        errors |= more
    return errors
