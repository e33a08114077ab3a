"""Is the engine under test the one that mypyc has compiled? See `PRESAGE_COMPILED` in `x`."""

from __future__ import annotations

from typing import Final

import pytest

from presage.engine import matching

COMPILED: Final = not str(matching.__file__).endswith(".py")

breaks_the_engine = pytest.mark.skipif(
    COMPILED, reason="replaces a function of the engine, and compiled code calls its own"
)
