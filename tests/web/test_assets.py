"""Names of built files to their addresses."""

from pathlib import Path

import pytest

from web.assets import Assets, NotBuilt


def test_a_name_becomes_the_address_of_its_hashed_file(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"site.css": "site-3F9A.css"}')

    assert Assets.load(tmp_path).url("site.css") == "/static/site-3F9A.css"


def test_a_missing_build_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(NotBuilt) as caught:
        Assets.load(tmp_path)

    assert caught.value.code == "assets.not_built"
    assert caught.value.fields["command"] == "npm run build"


def test_a_damaged_manifest_is_named(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{")

    with pytest.raises(NotBuilt, match=r"assets\.unreadable"):
        Assets.load(tmp_path)


def test_a_name_that_was_not_built_is_an_error() -> None:
    with pytest.raises(NotBuilt, match=r"assets\.unknown"):
        Assets({}).url("site.css")
