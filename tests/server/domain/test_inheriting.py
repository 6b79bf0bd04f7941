"""Addresses of lines and passages, as people paste them."""

import pytest

from schemas.errors import Invalid
from schemas.ids import LineId, PassageId
from server.domain.inheriting import Reference, references


def test_addresses_are_read_from_wherever_they_were_copied() -> None:
    text = """https://colloquy.example/lines/ab12
    /passages/p-1 http://127.0.0.1:8000/answers/p2?x=1
    https://colloquy.example/sessions/s/transcript#line-cd34
    /lines/ab12"""

    assert references(text) == (
        Reference(line_id=LineId("ab12")),
        Reference(passage_id=PassageId("p-1")),
        Reference(passage_id=PassageId("p2")),
        Reference(line_id=LineId("cd34")),
    )
    assert references(" \n ") == ()


@pytest.mark.parametrize(
    "given", ["ab12", "/entries/ab12", "/lines/", "/lines/a'b", "javascript:1"]
)
def test_what_is_no_address_is_refused_by_name(given: str) -> None:
    with pytest.raises(Invalid) as refused:
        references(f"/lines/ab12\n{given}")

    assert (refused.value.code, refused.value.fields["given"]) == ("inherited.reference", given)


def test_more_than_anybody_reads_is_refused() -> None:
    with pytest.raises(Invalid, match=r"inherited\.references"):
        references("\n".join(f"/lines/{number}" for number in range(21)))
