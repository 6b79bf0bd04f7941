"""Join codes survive being read aloud, copied and typed."""

from hypothesis import given
from hypothesis import strategies as st

from server.domain import codes


@given(st.lists(st.sampled_from(codes.ALPHABET), min_size=8, max_size=8).map("".join))
def test_a_code_means_itself_however_it_is_written(meant: str) -> None:
    spoken = codes.show(meant).replace("0", "o").replace("1", "l").lower().replace("-", " – ")

    assert codes.normalise(codes.show(meant)) == meant
    assert codes.normalise(spoken) == meant
    assert codes.code_sha256(spoken) == codes.code_sha256(meant)


def test_a_new_code_is_shown_in_two_groups() -> None:
    code = codes.new_code()

    assert codes.show(codes.normalise(code)) == code


@given(st.text())
def test_any_text_is_a_code_or_is_not(text: str) -> None:
    meant = codes.normalise(text)

    assert meant == "" or (len(meant) == codes.LENGTH and set(meant) <= set(codes.ALPHABET))
