"""The words of an order: sides, time in force, self-trade prevention, why an order ended.

Values are the spellings of Kalshi's API where it has one. One book a market is kept in YES terms:
a bid buys YES (or sells NO), an ask sells YES (or buys NO).
"""

from __future__ import annotations

from typing import Final, Literal

BID: Final = 0
ASK: Final = 1
Side = int
"""BID or ASK. An int, because it indexes the two halves of a book."""

TimeInForce = Literal["good_till_canceled", "immediate_or_cancel", "fill_or_kill"]
GTC: Final = "good_till_canceled"
IOC: Final = "immediate_or_cancel"
FOK: Final = "fill_or_kill"

SelfTradePrevention = Literal["taker_at_cross", "maker"]
TAKER_AT_CROSS: Final = "taker_at_cross"
MAKER: Final = "maker"

OrderStatus = Literal["resting", "canceled", "executed"]

MAX_OPEN_ORDERS: Final = 200_000
"""Open orders of one member, all subaccounts."""
MAX_GROUPS: Final = 100_000
"""Order groups of one member."""
GROUP_WINDOW: Final = 15_000_000
"""Microseconds an order group looks back."""

CancelReason = Literal[
    "Cancel",
    "Decrease",
    "Amend",
    "ImmediateOrCancel",
    "SelfTradeCancel",
    "ReduceOnlyCancel",
    "PostOnlyCrossCancel",
    "MarginCancel",
    "ExpiryCancel",
    "CloseCancel",
    "HaltCancel",
    "GroupCancel",
    "MaxCostCancel",
    "MemberCancel",
    "ProtectionCancel",
]
"""Why contracts left the book without a trade: Kalshi's last-update reasons and our own."""


def is_bid(action: str, side: str) -> bool:
    """Whether an action on a side lands among the bids: buy yes and sell no do."""
    return (action == "buy") == (side == "yes")
