"""Facts with other fields are other facts: the rules version grows with them."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, get_args

from presage.domain.combos import ComboLeg
from presage.domain.facts import Fact, Leg, Posting
from presage.domain.member_facts import Share
from presage.domain.terms import FeeTerms
from presage.engine.engine import RULES_VERSION

FORMS = {2: "139f3bcdb4e1ec2e", 3: "ded1776b8a0e92f3", 4: "ded1776b8a0e92f3"}
"""Rules version -> digest of the names and fields of everything that is written as a fact."""


def form() -> str:
    kinds: list[Any] = [*get_args(Fact), Leg, Posting, Share, FeeTerms, ComboLeg]
    fields = sorted((kind.__name__, kind.__struct_fields__) for kind in kinds)
    return sha256(repr(fields).encode()).hexdigest()[:16]


def test_the_rules_version_grows_with_the_form_of_facts() -> None:
    """Else `verify` decides old entries again, gets a field more, and calls the journal false."""
    assert FORMS.get(RULES_VERSION) == form(), "raise RULES_VERSION and note the new form here"
