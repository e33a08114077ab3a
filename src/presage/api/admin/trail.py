"""How journal entries are printed for operators: every field of a fact, in the outside's units.

What a number means follows from its field's name, so that a fact with a new field prints at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from presage.api.ids import Kind
from presage.api.kalshi.services import Services
from presage.domain.facts import Fact, Leg
from presage.domain.ids import member_of, subaccount_of
from presage.domain.orders import BID
from presage.domain.terms import FeeTerms
from presage.projections.projection import Entry
from presage.units import format_balance, format_count, format_price
from presage.wire.admin.exchange import TrailEntry
from presage.wire.kalshi.times import rfc3339

Printer = Callable[[Services, Any], Any]

_MONEY: Final = (
    "added",
    "carry",
    "cash",
    "cost",
    "fee",
    "max_cost",
    "paid",
    "realized",
    "received",
    "reserved",
    "revenue",
    "rounding",
)
_COUNTS: Final = (
    "by",
    "closed",
    "count",
    "open_interest",
    "position",
    "remaining",
    "resting",
    "was_remaining",
)
_IDS: Final = {"order": Kind.ORDER, "trade": Kind.TRADE, "group": Kind.GROUP}


def _account(services: Services, account: int) -> dict[str, int]:
    return {"member": member_of(account), "subaccount": subaccount_of(account)}


def _id(kind: Kind) -> Printer:
    return lambda services, number: services.ids.text(number, kind) if number else None


def _plain(form: Callable[[int], Any]) -> Printer:
    return lambda _, number: form(number)


_PRINTERS: Final[dict[str, Printer]] = {
    **dict.fromkeys(_MONEY, _plain(format_balance)),
    **dict.fromkeys(_COUNTS, _plain(format_count)),
    **dict.fromkeys(("price", "was_price"), _plain(format_price)),
    **{name: _id(kind) for name, kind in _IDS.items()},
    "account": _account,
    "market": lambda services, market: services.markets.by_id(market).ticker,
    "side": _plain(lambda side: "bid" if side == BID else "ask"),
    "expires_at": _plain(lambda at: rfc3339(at) if at else None),
}


def shown(entry: Entry, services: Services) -> TrailEntry:
    """An entry with the facts it was given."""
    return TrailEntry(
        seq=entry.seq,
        at=rfc3339(entry.at),
        command=type(entry.command).__name__,
        facts=[{"fact": type(fact).__name__, **_fields(fact, services)} for fact in entry.facts],
    )


def _fields(part: Fact | Leg | FeeTerms, services: Services) -> dict[str, Any]:
    printed: dict[str, Any] = {}
    for name in part.__struct_fields__:
        value = getattr(part, name)
        if isinstance(value, Leg):
            printed[name] = _fields(value, services)
        elif isinstance(value, FeeTerms):
            printed[name] = msgspec.structs.asdict(value)
        elif name in _PRINTERS:
            printed[name] = _PRINTERS[name](services, value)
        else:
            printed[name] = value
    return printed
