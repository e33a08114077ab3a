"""Series, events and markets as the rules see them: statuses and their transitions, price grids.

What people read about a market (titles, rules) is kept in rows by `catalog/`; here is only what
decides whether an order may trade, at which prices, and what it pays.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from presage.units import DOLLAR_PRICE, Price

MarketStatus = Literal[
    "initialized",
    "inactive",
    "active",
    "closed",
    "determined",
    "disputed",
    "amended",
    "finalized",
]

TRANSITIONS: Final[dict[str, frozenset[str]]] = {
    "initialized": frozenset({"active", "inactive", "closed", "determined"}),
    "active": frozenset({"inactive", "closed", "determined"}),
    "inactive": frozenset({"active", "closed", "determined"}),
    "closed": frozenset({"initialized", "active", "determined"}),
    "determined": frozenset({"disputed", "amended", "determined", "finalized"}),
    "disputed": frozenset({"amended", "determined"}),
    "amended": frozenset({"disputed", "amended", "determined", "finalized"}),
    "finalized": frozenset(),
}
"""Which status may follow which. `determined` is also where a void puts a market."""

UNDECIDED: Final = frozenset({"initialized", "active", "inactive", "closed"})
DECIDED: Final = frozenset({"determined", "disputed", "amended"})

NettingType = Literal["MECNET", ""]
MECNET: Final = "MECNET"

MarketResult = Literal["", "yes", "no", "scalar", "void"]


class Band(msgspec.Struct, frozen=True, array_like=True):
    """Prices from `start` to `end` (both inclusive where inside (0, 1)) on multiples of `step`."""

    start: Price
    end: Price
    step: Price


def _edges(centre: Price, edge: Price, width: Price = 1_000) -> tuple[Band, ...]:
    """A grid that is finer near 0 and 1."""
    top = DOLLAR_PRICE - width
    return (Band(0, width, edge), Band(width, top, centre), Band(top, DOLLAR_PRICE, edge))


_STEPS: Final = {"whole": 100, "half": 50, "quint": 20, "deci": 10, "centi": 1}
_COMBINATIONS: Final = (
    ("whole", "half"),
    ("whole", "quint"),
    ("half", "half"),
    ("half", "quint"),
    ("half", "deci"),
    ("quint", "quint"),
    ("quint", "deci"),
    ("centi", "centi"),
)

PRICE_STRUCTURES: Final[dict[str, tuple[Band, ...]]] = {
    "linear_cent": (Band(0, DOLLAR_PRICE, 100),),
    "deci_cent": (Band(0, DOLLAR_PRICE, 10),),
    "tapered_deci_cent": _edges(100, 10),
    "banded_centi_cent": (Band(0, DOLLAR_PRICE, 1),),
    "center_deci_edge_centi_cent": _edges(10, 1, width=100),
    **{
        f"center_{centre}_edge_{edge}_cent": _edges(_STEPS[centre], _STEPS[edge])
        for centre, edge in _COMBINATIONS
    },
}
"""Name of a price-level structure -> its bands. Whole cents are on every grid."""


def _steps(bands: tuple[Band, ...]) -> bytes:
    """A flag for each price: whether it is on the step of its band, strictly inside (0, 1)."""
    flags = bytearray(DOLLAR_PRICE + 1)
    for band in bands:
        for price in range(band.start, band.end + 1, band.step):
            flags[price] = 1
    flags[0] = flags[DOLLAR_PRICE] = 0
    return bytes(flags)


_GRIDS: Final = {name: _steps(bands) for name, bands in PRICE_STRUCTURES.items()}


def on_grid(structure: str, price: Price) -> bool:
    """Whether an order may name this price: on the step of its band, strictly inside (0, 1)."""
    return 0 < price < DOLLAR_PRICE and _GRIDS[structure][price] == 1


def result_word(value: Price) -> MarketResult:
    """The result that a settlement value of YES spells."""
    if value == 0:
        return "no"
    return "yes" if value == DOLLAR_PRICE else "scalar"
