"""Every rule's refusal has an answer of its own."""

from __future__ import annotations

import pytest

from presage.api.kalshi.errors import NestedError, TooManyRequests
from presage.api.kalshi.rejects import REPLIES, reject_error
from presage.domain.rejects import Code, Reject


def test_every_code_has_one_line_in_the_order_of_the_codes() -> None:
    assert list(REPLIES) == list(Code)


@pytest.mark.parametrize("code", Code)
def test_a_refusal_is_a_client_error_with_a_word_for_programs(code: Code) -> None:
    error = reject_error(Reject(code))
    assert 400 <= error.status < 500
    if error.status == 429:
        assert isinstance(error.body, TooManyRequests)
        return
    assert isinstance(error.body, NestedError)
    assert error.body.error.code
    assert error.body.error.message == error.body.error.code.replace("_", " ")


def test_a_rules_own_sentence_is_printed() -> None:
    error = reject_error(Reject(Code.INVALID_ORDER, "the reason"))
    assert isinstance(error.body, NestedError)
    assert error.body.error.details == "the reason"
