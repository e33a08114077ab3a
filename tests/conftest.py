"""How every test runs: generated examples repeat on each run, and no clock judges them."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("presage", deadline=None, derandomize=True, database=None)
settings.load_profile("presage")
