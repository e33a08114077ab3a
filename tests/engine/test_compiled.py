"""Whoever asks for the compiled engine tests it."""

from __future__ import annotations

import os

from tests.compiled import COMPILED


def test_the_engine_under_test_is_the_one_that_was_asked_for() -> None:
    assert (os.environ.get("PRESAGE_COMPILED") == "1") == COMPILED
