"""Nothing opens over a page while people speak: no dialog in the browser's code, nor in any template."""

import re
from pathlib import Path

WEB = Path(__file__).resolve().parents[2] / "web"
_OPENS = re.compile(
    r"<dialog|showModal|\.showPopover|role=\"(?:alert)?dialog\"|(?<![\w.])(?<!async )(?:window\.)?(?:alert|confirm|prompt)\("
)


def test_no_script_and_no_template_opens_a_dialog() -> None:
    files = [*(WEB / "client").rglob("*.js"), *(WEB / "templates").rglob("*.html")]

    found = {
        f"{path.name}: {match.group()}"
        for path in files
        for match in _OPENS.finditer(path.read_text(encoding="utf-8"))
    }

    assert len(files) > 150
    assert found == set()


def test_the_search_would_find_one() -> None:
    for opening in ("<dialog open>", "box.showModal()", 'if (confirm("Sure?"))', "window.alert(x)"):
        assert _OPENS.search(opening), opening
    assert not _OPENS.search('act("confirm", line.id)')
