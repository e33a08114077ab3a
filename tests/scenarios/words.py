"""How times and options are written in scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from presage.units import SECOND, Micros

UNITS: Final = {"s": SECOND, "m": 60 * SECOND, "h": 3_600 * SECOND}


def duration(text: str) -> Micros:
    """`90s`, `10m`, `2h`."""
    return int(text[:-1]) * UNITS[text[-1]]


def options(words: Sequence[str]) -> dict[str, str]:
    """`["ioc", "group=g1"]` -> `{"ioc": "", "group": "g1"}`."""
    return {word.partition("=")[0]: word.partition("=")[2] for word in words}
