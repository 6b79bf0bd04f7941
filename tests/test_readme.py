"""The README says what the code says."""

from pathlib import Path

from web.keys import readme_table

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_table_of_keys_is_the_one_of_the_code() -> None:
    assert readme_table().strip() in README


def test_the_two_commands_are_named() -> None:
    assert "make run" in README
    assert "make test" in README
