"""Orders as Kalshi's clients say them, turned into commands.

Every generation ends in the same command: one book side and one price in YES terms. What can be
said but not meant (two prices, a cost limit on a sale) is refused here; what the market, the money
or the book forbids is not looked at.
"""

from __future__ import annotations

import re
from typing import Final

from presage.api.kalshi.owned import AnyCall, account_for, group_for, market_for
from presage.api.kalshi.rejects import invalid_order, invalid_parameters
from presage.domain.commands import PlaceOrder
from presage.domain.ids import Id
from presage.domain.orders import ASK, BID, FOK, GTC, IOC, TAKER_AT_CROSS, Side, is_bid
from presage.units import (
    CENT,
    CENT_PRICE,
    CONTRACT,
    DOLLAR_PRICE,
    MAX_MONEY,
    SECOND,
    Count,
    Micros,
    Money,
    NotANumber,
    Price,
    TooPrecise,
    parse_count,
    parse_price,
)
from presage.wire.kalshi.orders import AmendOrderRequest, CreateOrderRequest, CreateOrderV2Request

LAST_SECOND: Final = 253_402_300_799
"""The end of the year 9999."""
REDUCE_ONLY_TEXT: Final = "reduce_only can only be used with IoC or FoK orders"

_CLIENT_ID = re.compile(r"[-\w:+=/]{1,64}", re.ASCII)
_DEAREST: Final = DOLLAR_PRICE - CENT_PRICE
_PRICES: Final = "yes_price, no_price, yes_price_dollars and no_price_dollars"


def book_side(word: str) -> Side:
    return BID if word == "bid" else ASK


def v1_side(action: str, side: str) -> Side:
    return BID if is_bid(action, side) else ASK


def price(text: str, field: str = "price") -> Price:
    """Dollars as a price. Raises: ApiError."""
    try:
        return parse_price(text)
    except TooPrecise as error:
        raise invalid_order(f"invalid {field}: invalid dollar precision: -{error.places}") from None
    except NotANumber:
        raise invalid_order(f"invalid {field}: not a decimal number") from None


def count(text: str, field: str = "count") -> Count:
    """Contracts as a count. Raises: ApiError."""
    try:
        return parse_count(text)
    except TooPrecise as error:
        raise invalid_order(f"invalid {field}: invalid count precision: -{error.places}") from None
    except NotANumber:
        raise invalid_order(f"invalid {field}: not a decimal number") from None


def twin_count(whole: int | None, text: str | None, field: str) -> Count | None:
    """A count said as whole contracts, as text, or as both alike; None: not said."""
    if text is None:
        return None if whole is None else whole * CONTRACT
    value = count(text, f"{field}_fp")
    if whole is not None and whole * CONTRACT != value:
        raise invalid_order(f"{field} and {field}_fp do not agree")
    return value


def _twin_price(cents: int | None, text: str | None, field: str) -> Price | None:
    if text is None:
        return None if cents is None else cents * CENT_PRICE
    value = price(text, f"{field}_dollars")
    if cents is not None and cents * CENT_PRICE != value:
        raise invalid_order(f"{field} and {field}_dollars do not agree")
    return value


def v1_price(body: CreateOrderRequest | AmendOrderRequest) -> Price | None:
    """The one price a body names, in YES terms; None: it names none. Raises: ApiError."""
    yes = _twin_price(body.yes_price, body.yes_price_dollars, "yes_price")
    no = _twin_price(body.no_price, body.no_price_dollars, "no_price")
    if yes is not None and no is not None:
        raise invalid_order(f"exactly one of {_PRICES} is needed")
    return yes if no is None else DOLLAR_PRICE - no


def client_order_id(text: str | None) -> str:
    """A client's own name for an order; empty: none. Raises: ApiError."""
    if text and _CLIENT_ID.fullmatch(text) is None:
        raise invalid_parameters("client_order_id: 1 to 64 letters, digits and -_:+=/ are allowed")
    return text or ""


def new_client_order_id(old: str | None, new: str | None) -> str:
    """The name an amended order is to have; empty: it keeps the one it has. Raises: ApiError."""
    return "" if new == old else client_order_id(new)


def expires_at(seconds: int | None, field: str) -> Micros:
    """A time to expire at; 0: none. Raises: ApiError."""
    if seconds is None:
        return 0
    if not 0 < seconds <= LAST_SECOND:
        raise invalid_order(f"{field} is not a time in seconds")
    return seconds * SECOND


def micros(seconds: int | None) -> Micros | None:
    """The bound of a time filter; what lies outside all time is cut to it."""
    return None if seconds is None else min(max(seconds, 0), LAST_SECOND) * SECOND


def _group(call: AnyCall, text: str | None) -> Id:
    return group_for(call, text) if text else 0


def _reduce_only(wanted: bool, tif: str) -> bool:
    if wanted and tif == GTC:
        raise invalid_order(REDUCE_ONLY_TEXT)
    return wanted


def place_v2(call: AnyCall, body: CreateOrderV2Request) -> PlaceOrder:
    """Raises: ApiError for what cannot be meant or named, a Fault for a locked key."""
    card = market_for(call, body.ticker, body.exchange_index)
    side = book_side(body.side)
    return PlaceOrder(
        account=account_for(call, body.subaccount, card.shard),
        market=card.id,
        side=side,
        price=price(body.price),
        count=count(body.count),
        tif=body.time_in_force,
        client_order_id=client_order_id(body.client_order_id),
        expires_at=expires_at(body.expiration_time, "expiration_time"),
        post_only=body.post_only or False,
        reduce_only=_reduce_only(body.reduce_only or False, body.time_in_force),
        stp=body.self_trade_prevention_type,
        cancel_on_pause=body.cancel_order_on_pause or False,
        group=_group(call, body.order_group_id),
        action="buy" if side == BID else "sell",
        outcome="yes",
    )


def place_v1(call: AnyCall, body: CreateOrderRequest) -> PlaceOrder:
    """Raises: ApiError for what cannot be meant or named, a Fault for a locked key."""
    card = market_for(call, body.ticker, body.exchange_index)
    size = twin_count(body.count, body.count_fp, "count")
    if size is None:
        raise invalid_order("one of count and count_fp is needed")
    side = v1_side(body.action, body.side)
    max_cost = _max_cost(body)
    tif = _v1_tif(body, max_cost)
    return PlaceOrder(
        account=account_for(call, body.subaccount, card.shard),
        market=card.id,
        side=side,
        price=_v1_limit(body, side),
        count=size,
        tif=tif,
        client_order_id=client_order_id(body.client_order_id),
        expires_at=expires_at(body.expiration_ts, "expiration_ts"),
        post_only=body.post_only or False,
        reduce_only=_reduce_only(_v1_reduce_only(body), tif),
        stp=body.self_trade_prevention_type or TAKER_AT_CROSS,
        cancel_on_pause=body.cancel_order_on_pause or False,
        group=_group(call, body.order_group_id),
        max_cost=max_cost,
        action=body.action,
        outcome=body.side,
    )


def _v1_limit(body: CreateOrderRequest, side: Side) -> Price:
    """The limit price. A market order without one takes the dearest whole cent."""
    named = v1_price(body)
    if named is not None:
        return named
    if body.type != "market":
        raise invalid_order(f"exactly one of {_PRICES} is needed")
    return _DEAREST if side == BID else CENT_PRICE


def _v1_tif(body: CreateOrderRequest, max_cost: Money) -> str:
    """A cost limit makes an order immediate, all or nothing unless it says otherwise; a market
    order never rests."""
    if max_cost:
        return IOC if body.time_in_force == IOC else FOK
    return body.time_in_force or (IOC if body.type == "market" else GTC)


def _max_cost(body: CreateOrderRequest) -> Money:
    if body.buy_max_cost is None:
        return 0
    if body.action != "buy":
        raise invalid_order("buy_max_cost can only be used with buy orders")
    if not 0 < body.buy_max_cost <= MAX_MONEY // CENT:
        raise invalid_order("buy_max_cost must be a positive number of cents")
    return body.buy_max_cost * CENT


def _v1_reduce_only(body: CreateOrderRequest) -> bool:
    if body.sell_position_floor is None:
        return body.reduce_only or False
    if body.sell_position_floor != 0:
        raise invalid_order("sell_position_floor can only be 0")
    if body.action != "sell":
        raise invalid_order("sell_position_floor can only be used with sell orders")
    return True
