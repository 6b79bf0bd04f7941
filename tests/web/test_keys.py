"""The one table of keys."""

from schemas.session import Language
from web.i18n import translator
from web.keys import KEYS, PLACES, boot_keys, keys_view, readme_table


def test_no_key_means_two_things_in_one_place() -> None:
    codes = [(key.place, key.code) for key in KEYS]

    assert len(codes) == len(set(codes))


def test_the_digits_make_the_kinds_in_their_order() -> None:
    digits = [key.action for key in KEYS if key.place == "list" and key.code.startswith("Digit")]

    assert digits == ["problem", "cause", "consequence", "solution", "example", "memo"]


def test_page_help_and_readme_show_the_same_keys() -> None:
    text = translator(Language.ZH).text
    view = keys_view(text)

    assert [title for title, _ in view.groups] == [text(title) for title in PLACES.values()]
    assert sum(len(rows) for _, rows in view.groups) == len(boot_keys(text)) == len(KEYS)
    assert readme_table().count("\n") == len(KEYS) + 1
