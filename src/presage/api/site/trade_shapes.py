"""How orders, trades and positions look on the site. Prices are those of the side that was named.

What one owns is rounded down to whole cents, what one owes up, and profits down; an average has up
to 4 decimals. It looks nothing up but what its caller has brought.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from presage.api.ids import IdCipher, Kind
from presage.api.site import ids
from presage.api.site.asking import side_price
from presage.api.site.money import contracts, owed_cents, owned_cents, price_cents
from presage.api.site.options import Option
from presage.api.site.strings import maybe_printed, printed
from presage.domain.facts import Traded
from presage.domain.ids import Id, MarketId, MemberId, member_of
from presage.domain.orders import BID
from presage.feeds import marks
from presage.feeds.cards import MarketCard
from presage.gateway import Receipt
from presage.projections.lots import Outcome
from presage.projections.orders import EXECUTED, RESTING, OrderRow
from presage.projections.positions import PositionRow
from presage.site.protections import CANCELLED, Protection
from presage.units import CENT_PRICE, DOLLAR_PRICE, Count, Micros, Money, Price
from presage.wire.site import trading as wire
from presage.wire.site.events import MarkSource

_REASONS: Final[Mapping[str, wire.CancelReason]] = {
    "Cancel": "USER",
    "Decrease": "USER",
    "Amend": "USER",
    "ImmediateOrCancel": "IMMEDIATE",
    "SelfTradeCancel": "SELF_TRADE",
    "ReduceOnlyCancel": "NOTHING_TO_SELL",
    "PostOnlyCrossCancel": "POST_ONLY",
    "MarginCancel": "FUNDS",
    "ExpiryCancel": "EXPIRED",
    "CloseCancel": "MARKET_CLOSED",
    "HaltCancel": "PAUSED",
    "GroupCancel": "ORDER_GROUP",
    "MaxCostCancel": "FUNDS",
    "MemberCancel": "SUSPENDED",
    "ProtectionCancel": "PROTECTION",
}
SOURCES: Final[Mapping[str, wire.Source]] = {
    "": "KALSHI_API",
    "web": "WEB",
    "api": "API",
    "limit": "LIMIT",
    "protection": "PROTECTION",
    "copy": "COPY",
    "admin": "ADMIN",
}
_STOPS: Final = ("SelfTradeCancel", "ReduceOnlyCancel")

Live = tuple[Count, Money]
"""Contracts ahead of a resting order, and the money that it has reserved."""


def order_id(cipher: IdCipher, order: Id) -> str:
    return ids.exchange_id(cipher, "ord", order, Kind.ORDER)


def position_id(cipher: IdCipher, market: MarketId, member: MemberId) -> str:
    """Of one member's position in one option: nobody else's can be made from it."""
    return ids.shown("pos", cipher.text(market, Kind.POSITION, member))


def gross(row: OrderRow) -> Money:
    """What the filled contracts were worth at their prices, in terms of the side named."""
    cost = row.taker_cost + row.maker_cost
    return cost if row.action == "buy" else row.filled * DOLLAR_PRICE - cost


def average(money: Money, count: Count) -> float | int:
    """Cents a contract."""
    cents = round(money / count / CENT_PRICE, 4)
    return int(cents) if cents.is_integer() else cents


def source(row: OrderRow) -> wire.Source:
    return SOURCES[row.source]


def _words(row: OrderRow) -> dict[str, Any]:
    return {
        "side": "YES" if row.outcome == "yes" else "NO",
        "action": "BUY" if row.action == "buy" else "SELL",
        "limit_price_cents": price_cents(side_price(row.outcome, row.price)),
        "client_order_id": row.client_order_id or None,
        "quantity": contracts(row.count),
        "filled_quantity": contracts(row.filled),
        "fee_cents": owed_cents(row.taker_fees + row.maker_fees),
        "source": source(row),
        "created_at": printed(row.created_at),
    }


def _place(option: Option) -> dict[str, Any]:
    return {
        "event_slug": option.event.row.slug,
        "option_id": option.id,
        "option_label": option.label,
        "market_ticker": option.card.ticker,
    }


def fills_at_once(cipher: IdCipher, receipt: Receipt, row: OrderRow) -> list[wire.Fill]:
    """What an order met when it arrived."""
    return [
        wire.Fill(
            fill_id=cipher.text(fact.trade, Kind.TRADE),
            price_cents=price_cents(side_price(row.outcome, fact.price)),
            quantity=contracts(fact.count),
            fee_cents=owed_cents(fact.taker.fee),
            liquidity="TAKER",
            at=printed(receipt.at),
        )
        for fact in receipt.facts
        if isinstance(fact, Traded) and fact.taker.order == row.id
    ]


def trade(cipher: IdCipher, option: Option, row: OrderRow, outcome: Outcome) -> wire.Trade:
    """An order with fills."""
    bought = row.action == "buy"
    is_open = bought and outcome.left > 0
    closed_at = outcome.closed_at if bought else outcome.last_fill
    gone = max(row.count - row.filled - row.remaining, 0)
    return wire.Trade(
        id=ids.exchange_id(cipher, "trd", row.id, Kind.ORDER),
        order_id=order_id(cipher, row.id),
        event_title=option.event.title,
        cancelled_quantity=contracts(gone),
        netted_quantity=contracts(outcome.netted if bought else 0),
        average_price_cents=average(gross(row), row.filled),
        gross_cents=owned_cents(gross(row)),
        cash_delta_cents=owned_cents(outcome.delta),
        result="FILLED" if row.filled == row.count else "PARTIAL",
        stop_reason=_REASONS[row.reason] if row.reason in _STOPS else None,
        status="OPEN" if is_open else "CLOSED",
        remaining_quantity=contracts(outcome.left if bought else 0),
        realized_pnl_cents=owned_cents(outcome.locked + outcome.gain),
        closed_at=None if is_open else maybe_printed(closed_at),
        **_place(option),
        **_words(row),
    )


def order(cipher: IdCipher, option: Option, row: OrderRow, live: Live | None) -> wire.Order:
    """A limit order. `live`: None when it does not rest any more."""
    return wire.Order(
        id=order_id(cipher, row.id),
        remaining_quantity=contracts(row.remaining),
        average_price_cents=average(gross(row), row.filled) if row.filled else None,
        reserved_cents=owed_cents(live[1]) if live else 0,
        status=order_status(row),
        cancel_reason=None if row.status in (RESTING, EXECUTED) else _REASONS.get(row.reason),
        post_only=row.post_only,
        queue_position=contracts(live[0]) if live else None,
        expires_at=maybe_printed(_ends(row, option.card)),
        updated_at=printed(row.updated_at),
        **_place(option),
        **_words(row),
    )


def order_status(row: OrderRow) -> wire.OrderStatus:
    if row.status == RESTING:
        return "PARTIALLY_FILLED" if row.filled else "OPEN"
    if row.status == EXECUTED:
        return "FILLED"
    return "EXPIRED" if row.reason == "ExpiryCancel" else "CANCELLED"


def _ends(row: OrderRow, card: MarketCard) -> Micros:
    return min(row.expires_at or card.close_at, card.close_at)


class Worth:
    """What a position is worth now, in micro-dollars."""

    def __init__(self, row: PositionRow, card: MarketCard) -> None:
        self.count = abs(row.position)
        self.outcome = "yes" if row.sign > 0 else "no"
        found = marks.mark(card)
        self.price: Price | None = None
        self.source: MarkSource | None = None
        if found.price is not None:
            self.price, self.source = side_price(self.outcome, found.price), found.source
        elif self.count:
            self.price, self.source = row.cost // self.count, "COST"
        self.value = row.cost if self.source == "COST" else self.count * (self.price or 0)
        self.unrealized = self.value - row.cost
        bid, ask = marks.quotes(card)
        best = bid if row.sign > 0 else DOLLAR_PRICE - ask if ask else 0
        self.exit: Price | None = best or None


def value_then(card: MarketCard, count: Count, at: Micros, now: tuple[Count, Money]) -> Money:
    """What a signed position was worth at a moment. Where nothing says so: what it is worth now,
    or cost. `now`: how many are held now, and what they have cost."""
    price = marks.since(card, at).price
    if price is None:
        price = marks.mark(card).price
    if price is None:
        held, cost = now
        return abs(count) * cost // held if held else 0
    return count * price if count > 0 else -count * (DOLLAR_PRICE - price)


def position(
    cipher: IdCipher,
    option: Option,
    row: PositionRow,
    promised: Count,
    protection: Protection | None,
) -> wire.Position:
    """What is held of an option, or was; `promised` of it rests in sales."""
    worth = Worth(row, option.card)
    count, unrealized = worth.count, worth.unrealized
    shown = protection is not None and protection.status != CANCELLED
    return wire.Position(
        id=position_id(cipher, row.market, member_of(row.account)),
        event_title=option.event.title,
        side="YES" if row.sign > 0 else "NO",
        quantity=contracts(count),
        reserved_quantity=contracts(min(promised, count)),
        average_price_cents=average(row.cost, count) if count else None,
        cost_cents=owed_cents(row.cost),
        mark_price_cents=None if worth.price is None else price_cents(worth.price),
        mark_source=worth.source,
        market_value_cents=owned_cents(worth.value),
        unrealized_pnl_cents=owned_cents(unrealized),
        unrealized_pnl_bps=unrealized * 10_000 // row.cost if row.cost else None,
        realized_pnl_cents=owned_cents(row.realized),
        fees_cents=owed_cents(row.fees),
        max_payout_cents=owned_cents(count * DOLLAR_PRICE),
        best_exit_price_cents=None if worth.exit is None or not count else price_cents(worth.exit),
        status="OPEN" if count else "CLOSED",
        protections=protections(cipher, protection) if protection and shown else None,
        opened_at=printed(row.opened_at),
        updated_at=printed(row.updated_at),
        **_place(option),
    )


def protections(cipher: IdCipher, row: Protection) -> wire.Protections:
    """Stop-loss and take-profit of a position."""

    def yes(level: int) -> int | None:
        return (level if row.sign > 0 else DOLLAR_PRICE - level) if level else None

    return wire.Protections(
        stop_loss_prob_bps=row.stop or None,
        take_profit_prob_bps=row.take or None,
        basis="POSITION_SIDE",
        stop_loss_yes_prob_bps=yes(row.stop),
        take_profit_yes_prob_bps=yes(row.take),
        status=_status(row.status),
        triggered_leg=_leg(row.leg),
        triggered_at=maybe_printed(row.triggered_at),
        filled_quantity=contracts(row.filled),
        average_price_cents=average(row.gross, row.filled) if row.filled else None,
        order_id=order_id(cipher, row.order_id) if row.order_id else None,
        updated_at=printed(row.updated_at),
    )


def _status(word: str) -> wire.ProtectionStatus:
    match word:
        case "ARMED" | "WORKING" | "TRIGGERED" | "CANCELLED":
            return word
    raise AssertionError(word)


def _leg(word: str) -> Any:
    return word or None


def closing_side(sign: int) -> int:
    """The side of the book on which a position is sold."""
    return 1 - BID if sign > 0 else BID
