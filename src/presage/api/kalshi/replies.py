"""Rows and facts as Kalshi's clients read them, in the fields of every generation at once.

Whole contracts and cents are cut or rounded only here, beside their exact twins. Nothing is looked
up but the ticker of a market.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeVar

import msgspec
from msgspec import UNSET

from presage.api.faults import ApiError
from presage.api.ids import Kind
from presage.api.kalshi.errors import NestedError
from presage.api.kalshi.owned import AnyCall, services_of
from presage.api.kalshi.rejects import killed
from presage.api.kalshi.services import Services
from presage.domain.facts import OrderCanceled, OrderPlaced, OrderReduced, Traded
from presage.domain.ids import Id, MarketId, shard_of, subaccount_of
from presage.domain.orders import BID, Side
from presage.gateway import Receipt
from presage.projections.fills import FillRow
from presage.projections.orders import OrderRow, placed_by
from presage.units import (
    DOLLAR_PRICE,
    SECOND,
    Count,
    Micros,
    Money,
    Price,
    format_count,
    format_money,
    format_price,
    price_cents,
    whole_cents,
    whole_contracts,
)
from presage.wire.kalshi.orders import (
    BookSide,
    CreateOrderV2Response,
    ItemError,
    Order,
    OutcomeSide,
)
from presage.wire.kalshi.portfolio import Fill
from presage.wire.kalshi.times import rfc3339

T = TypeVar("T")
_Words = tuple[OutcomeSide, BookSide]
_YES: _Words = ("yes", "bid")
_NO: _Words = ("no", "ask")

_REMEMBERED: Final = 4_096
"""Counts, and amounts, whose printed forms are kept: the same few come again and again."""


def words(side: Side) -> _Words:
    """Outcome and book side of an order's direction."""
    return _YES if side == BID else _NO


def milliseconds(at: Micros) -> int:
    return at // 1_000


def seconds(at: Micros) -> int:
    return at // SECOND


def ticker_of(call: AnyCall, market: MarketId) -> str:
    return services_of(call).markets.by_id(market).ticker


@lru_cache(maxsize=2 * DOLLAR_PRICE)
def _prices(price: Price) -> tuple[int, int, str, str]:
    """What YES and NO cost, in whole cents and in dollars."""
    no = DOLLAR_PRICE - price
    return price_cents(price), price_cents(no), format_price(price), format_price(no)


@lru_cache(maxsize=_REMEMBERED)
def _counts(count: Count) -> tuple[int, str]:
    return whole_contracts(count), format_count(count)


@lru_cache(maxsize=_REMEMBERED)
def _amounts(money: Money) -> tuple[int, str]:
    return whole_cents(money), format_money(money)


def order(call: AnyCall, row: OrderRow) -> Order:
    """The whole order."""
    return orders(call, [row])[0]


def orders(call: AnyCall, rows: Sequence[OrderRow]) -> list[Order]:
    """Whole orders, in their order."""
    services = services_of(call)
    texts = services.ids.texts([row.id for row in rows], Kind.ORDER)
    return [
        _order(services, call.caller.user_id, text, row)
        for text, row in zip(texts, rows, strict=True)
    ]


def _order(services: Services, user_id: str, text: str, row: OrderRow) -> Order:
    outcome_side, book_side = words(row.side)
    yes_cents, no_cents, yes_dollars, no_dollars = _prices(row.price)
    filled, filled_fp = _counts(row.filled)
    remaining, remaining_fp = _counts(row.remaining)
    initial, initial_fp = _counts(row.count)
    taker_fees, taker_fees_dollars = _amounts(row.taker_fees)
    maker_fees, maker_fees_dollars = _amounts(row.maker_fees)
    taker_cost, taker_cost_dollars = _amounts(row.taker_cost)
    maker_cost, maker_cost_dollars = _amounts(row.maker_cost)
    group, created = row.order_group, rfc3339(row.created_at)
    return Order(
        order_id=text,
        user_id=user_id,
        client_order_id=row.client_order_id,
        ticker=services.markets.by_id(row.market).ticker,
        side=_outcome(row.outcome),
        action="buy" if row.action == "buy" else "sell",
        outcome_side=outcome_side,
        book_side=book_side,
        status=_status(row.status),
        yes_price=yes_cents,
        no_price=no_cents,
        yes_price_dollars=yes_dollars,
        no_price_dollars=no_dollars,
        fill_count=filled,
        fill_count_fp=filled_fp,
        remaining_count=remaining,
        remaining_count_fp=remaining_fp,
        initial_count=initial,
        initial_count_fp=initial_fp,
        taker_fees=taker_fees,
        taker_fees_dollars=taker_fees_dollars,
        maker_fees=maker_fees,
        maker_fees_dollars=maker_fees_dollars,
        taker_fill_cost=taker_cost,
        taker_fill_cost_dollars=taker_cost_dollars,
        maker_fill_cost=maker_cost,
        maker_fill_cost_dollars=maker_cost_dollars,
        created_time=created,
        last_update_time=(created if row.updated_at == row.created_at else rfc3339(row.updated_at)),
        expiration_time=rfc3339(row.expires_at) if row.expires_at else UNSET,
        self_trade_prevention_type="maker" if row.stp == "maker" else "taker_at_cross",
        order_group_id=services.ids.text(group, Kind.GROUP) if group else UNSET,
        cancel_order_on_pause=row.cancel_on_pause or UNSET,
        subaccount_number=subaccount_of(row.account),
        exchange_index=shard_of(row.account),
    )


def _outcome(word: str) -> OutcomeSide:
    return "yes" if word == "yes" else "no"


def _status(word: str) -> Literal["resting", "canceled", "executed"]:
    match word:
        case "resting" | "canceled" | "executed":
            return word
    raise AssertionError(word)


def placed(receipt: Receipt) -> OrderRow:
    """The order that a receipt made. Raises: a 409 when it was killed instead."""
    row = placed_by(receipt.facts, receipt.at)
    if row is None:
        raise killed()
    return row


class NewOrder(NamedTuple):
    """What became at once of an order that was just placed. `cost` is in YES terms."""

    placed: OrderPlaced
    left: Count
    filled: Count
    cost: Money
    fees: Money


def new_order(receipt: Receipt) -> NewOrder | None:
    """The order that a receipt made, from its facts alone; None: it was killed instead."""
    order: OrderPlaced | None = None
    left = filled = cost = fees = 0
    for fact in receipt.facts:
        if isinstance(fact, OrderPlaced):
            order, left = fact, fact.count
        elif order is None:
            continue
        # A new order is the taker of all its trades.
        elif isinstance(fact, Traded) and fact.taker.order == order.order:
            filled += fact.count
            cost += fact.price * fact.count
            fees += fact.taker.fee
            left = fact.taker.remaining
        elif isinstance(fact, OrderCanceled) and fact.order == order.order:
            left = 0
        elif isinstance(fact, OrderReduced) and fact.order == order.order:
            left = fact.remaining
    return None if order is None else NewOrder(order, left, filled, cost, fees)


def created_v2(call: AnyCall, receipt: Receipt) -> CreateOrderV2Response:
    """The small answer to a new order. Raises: a 409 when it was killed."""
    order = new_order(receipt)
    if order is None:
        raise killed()
    filled = order.filled
    return CreateOrderV2Response(
        order_id=services_of(call).ids.text(order.placed.order, Kind.ORDER),
        client_order_id=order.placed.client_order_id or UNSET,
        fill_count=format_count(filled),
        remaining_count=format_count(order.left),
        average_fill_price=average(order.cost, filled) if filled else UNSET,
        average_fee_paid=average(order.fees, filled) if filled else UNSET,
        ts_ms=milliseconds(receipt.at),
    )


def average(total: Money, over: Count) -> str:
    """Money per contract in dollars with 4 decimals, to the nearest (half up)."""
    return format_price((2 * total + over) // (2 * over))


class Fills(msgspec.Struct, frozen=True):
    """What an order traded within one receipt; `cost` in YES terms."""

    count: Count
    cost: Money
    fees: Money


def fills_of(receipt: Receipt, id_: Id) -> Fills:
    """The trades of one order in a receipt's facts."""
    count = cost = fees = 0
    for fact in receipt.facts:
        if isinstance(fact, Traded):
            for leg in (fact.taker, fact.maker):
                if leg.order == id_:
                    count += fact.count
                    cost += fact.price * fact.count
                    fees += leg.fee
    return Fills(count, cost, fees)


def reduction(receipt: Receipt, id_: Id) -> tuple[Count, Count]:
    """(contracts taken from an order, contracts it has left) by a cancellation or a decrease."""
    for fact in receipt.facts:
        if isinstance(fact, OrderCanceled) and fact.order == id_:
            return fact.by, 0
        if isinstance(fact, OrderReduced) and fact.order == id_:
            return fact.by, fact.remaining
    raise AssertionError("an accepted cancellation or decrease changes its order")


def fills(call: AnyCall, rows: Sequence[FillRow]) -> list[Fill]:
    """One side of each trade."""
    services = services_of(call)
    trades = services.ids.texts([row.trade for row in rows], Kind.TRADE)
    orders = services.ids.texts([row.order_id for row in rows], Kind.ORDER)
    return [
        _fill(services.markets.by_id(row.market).ticker, trade, order, row)
        for trade, order, row in zip(trades, orders, rows, strict=True)
    ]


def _fill(ticker: str, trade: str, order: str, row: FillRow) -> Fill:
    outcome_side, book_side = words(row.side)
    yes_cents, no_cents, yes, no = _prices(row.price)
    count, count_fp = _counts(row.count)
    return Fill(
        fill_id=trade,
        trade_id=trade,
        order_id=order,
        client_order_id=row.client_order_id or UNSET,
        ticker=ticker,
        market_ticker=ticker,
        side=_outcome(row.outcome),
        action="buy" if row.action == "buy" else "sell",
        outcome_side=outcome_side,
        book_side=book_side,
        count=count,
        count_fp=count_fp,
        price=msgspec.Raw((yes if row.outcome == "yes" else no).encode()),
        yes_price=yes_cents,
        no_price=no_cents,
        yes_price_dollars=yes,
        no_price_dollars=no,
        yes_price_fixed=yes,
        no_price_fixed=no,
        is_taker=row.is_taker,
        fee_cost=format_money(row.fee),
        created_time=rfc3339(row.at),
        ts=seconds(row.at),
        subaccount_number=subaccount_of(row.account),
        exchange_index=shard_of(row.account),
    )


def item_error(error: ApiError) -> ItemError:
    """A refusal as one item of a batch shows it."""
    assert isinstance(error.body, NestedError), "handlers refuse with nested bodies"
    body = error.body.error
    return ItemError(body.code, body.message, body.details)


def cut(
    call: AnyCall, rows: Sequence[T], limit: int, keyset: Callable[[T], tuple[int, ...]]
) -> tuple[Sequence[T], str]:
    """A page of at most `limit` of the rows, and the cursor of the next; empty: there is none."""
    if len(rows) <= limit:
        return rows, ""
    page = rows[:limit]
    return page, services_of(call).cursors.seal(call, keyset(page[-1]))


def place(call: AnyCall, cursor: str | None) -> tuple[int, int] | None:
    """Where the page before ended; None: this is the first. Raises: a fault for a foreign one."""
    keyset = services_of(call).cursors.open(call, cursor, int, int)
    return None if keyset is None else (int(keyset[0]), int(keyset[1]))
