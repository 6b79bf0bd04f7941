"""The board says in words when a wording counts as agreed, with the study's own shares."""

import pytest

from schemas.session import Language
from server.domain.negotiation import Method, Rule
from server.routes.sessions import rule_sentence

SHARES = {Method.CONSENT: (), Method.QUORUM: ("60",), Method.THRESHOLD: ("60", "75")}


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("language", Language)
def test_each_rule_is_said_with_the_shares_that_it_asks_for(
    method: Method, language: Language
) -> None:
    said = rule_sentence(Rule(method, quorum=0.6, threshold=0.75), language)

    assert [share for share in ("60", "75") if share in said] == list(SHARES[method])
    assert "{" not in said
    assert ("同意" in said) is (language is Language.ZH)
