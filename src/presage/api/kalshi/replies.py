"""Rows and facts as Kalshi's clients read them, in the fields of every generation at once.

Whole contracts and cents are cut or rounded only here, beside their exact twins. Nothing is looked
up but the ticker of a market.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeVar

import msgspec
from msgspec import UNSET

from presage.api.faults import ApiError
from presage.api.ids import Kind
from presage.api.kalshi.errors import NestedError
from presage.api.kalshi.owned import AnyCall, services_of
from presage.api.kalshi.rejects import killed
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


def words(side: Side) -> _Words:
    """Outcome and book side of an order's direction."""
    return _YES if side == BID else _NO


def milliseconds(at: Micros) -> int:
    return at // 1_000


def seconds(at: Micros) -> int:
    return at // SECOND


def ticker_of(call: AnyCall, market: MarketId) -> str:
    return services_of(call).markets.by_id(market).ticker


def order(call: AnyCall, row: OrderRow) -> Order:
    """The whole order."""
    ids = services_of(call).ids
    outcome_side, book_side = words(row.side)
    no_price = DOLLAR_PRICE - row.price
    return Order(
        order_id=ids.text(row.id, Kind.ORDER),
        user_id=call.caller.user_id,
        client_order_id=row.client_order_id,
        ticker=ticker_of(call, row.market),
        side=_outcome(row.outcome),
        action="buy" if row.action == "buy" else "sell",
        outcome_side=outcome_side,
        book_side=book_side,
        status=_status(row.status),
        yes_price=price_cents(row.price),
        no_price=price_cents(no_price),
        yes_price_dollars=format_price(row.price),
        no_price_dollars=format_price(no_price),
        fill_count=whole_contracts(row.filled),
        fill_count_fp=format_count(row.filled),
        remaining_count=whole_contracts(row.remaining),
        remaining_count_fp=format_count(row.remaining),
        initial_count=whole_contracts(row.count),
        initial_count_fp=format_count(row.count),
        taker_fees=whole_cents(row.taker_fees),
        taker_fees_dollars=format_money(row.taker_fees),
        maker_fees=whole_cents(row.maker_fees),
        maker_fees_dollars=format_money(row.maker_fees),
        taker_fill_cost=whole_cents(row.taker_cost),
        taker_fill_cost_dollars=format_money(row.taker_cost),
        maker_fill_cost=whole_cents(row.maker_cost),
        maker_fill_cost_dollars=format_money(row.maker_cost),
        created_time=rfc3339(row.created_at),
        last_update_time=rfc3339(row.updated_at),
        expiration_time=rfc3339(row.expires_at) if row.expires_at else UNSET,
        self_trade_prevention_type="maker" if row.stp == "maker" else "taker_at_cross",
        order_group_id=ids.text(row.order_group, Kind.GROUP) if row.order_group else UNSET,
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


def created_v2(call: AnyCall, receipt: Receipt) -> CreateOrderV2Response:
    """The small answer to a new order, from its facts alone. Raises: a 409 when it was killed."""
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
    if order is None:
        raise killed()
    return CreateOrderV2Response(
        order_id=services_of(call).ids.text(order.order, Kind.ORDER),
        client_order_id=order.client_order_id or UNSET,
        fill_count=format_count(filled),
        remaining_count=format_count(left),
        average_fill_price=average(cost, filled) if filled else UNSET,
        average_fee_paid=average(fees, filled) if filled else UNSET,
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


def fill(call: AnyCall, row: FillRow) -> Fill:
    """One side of a trade."""
    ids = services_of(call).ids
    ticker = ticker_of(call, row.market)
    trade = ids.text(row.trade, Kind.TRADE)
    outcome_side, book_side = words(row.side)
    yes, no = format_price(row.price), format_price(DOLLAR_PRICE - row.price)
    return Fill(
        fill_id=trade,
        trade_id=trade,
        order_id=ids.text(row.order_id, Kind.ORDER),
        client_order_id=row.client_order_id or UNSET,
        ticker=ticker,
        market_ticker=ticker,
        side=_outcome(row.outcome),
        action="buy" if row.action == "buy" else "sell",
        outcome_side=outcome_side,
        book_side=book_side,
        count=whole_contracts(row.count),
        count_fp=format_count(row.count),
        price=msgspec.Raw((yes if row.outcome == "yes" else no).encode()),
        yes_price=price_cents(row.price),
        no_price=price_cents(DOLLAR_PRICE - row.price),
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
