"""What an order on the site means to the engine, and how its refusals are told.

Amounts become integers exactly: a price or quantity with more decimals than its unit holds is
refused, never rounded. Whether the order may be is the engine's business.
"""

from __future__ import annotations

from functools import partial
from typing import Final, NamedTuple

from presage.api.ids import Kind
from presage.api.site import ids
from presage.api.site.errors import Refusal, invalid, refuse
from presage.api.site.event_pages import option_status
from presage.api.site.money import contracts, owed_cents, owned_cents
from presage.api.site.options import Option, is_fractional, option_wanted
from presage.api.site.rejects import refused
from presage.api.site.services import AnyCall, services_of
from presage.domain.bounds import Bounds
from presage.domain.commands import PlaceOrder
from presage.domain.facts import OrderAmended, OrderPlaced
from presage.domain.ids import AccountId, account_id
from presage.domain.markets import on_grid
from presage.domain.orders import ASK, BID, Side, is_bid
from presage.domain.rejects import Code, Reject
from presage.feeds.cards import MarketCard
from presage.projections import history
from presage.units import CENT_PRICE, CONTRACT, DOLLAR_PRICE, Count, Price
from presage.wire.site import trading as wire

_NOT_OPEN: Final = frozenset({Code.MARKET_NOT_OPEN, Code.MARKET_PAUSED, Code.MARKET_CLOSED})


class Wish(NamedTuple):
    """An order as the site says it: option, words and the numbers of its own side."""

    option: Option
    account: AccountId
    action: str
    outcome: str
    side: Side
    price: Price
    size: Count

    @property
    def yes_price(self) -> Price:
        return side_price(self.outcome, self.price)

    def order(
        self, tif: str, client_order_id: str | None, bounds: Bounds, source: str
    ) -> PlaceOrder:
        """The command; a sale is reduce-only."""
        return PlaceOrder(
            account=self.account,
            market=self.option.card.id,
            side=self.side,
            price=self.yes_price,
            count=self.size,
            tif=tif,
            client_order_id=client_order_id or "",
            reduce_only=self.action == "sell",
            action=self.action,
            outcome=self.outcome,
            source=source,
            bounds=bounds,
        )


def side_price(outcome: str, price: Price) -> Price:
    """A price of YES as one of the outcome, and the other way round."""
    return price if outcome == "yes" else DOLLAR_PRICE - price


def site_account(call: AnyCall, card: MarketCard) -> AccountId:
    """The caller's account that trades there: subaccount 0 on the market's shard."""
    return account_id(call.caller.member, 0, card.shard)


async def wish(call: AnyCall, body: wire.Asked, cents: float, field: str) -> Wish:
    """What a body asks for. Raises: a 400 or 404."""
    count, price = _count(body.quantity), _price(cents, field)
    wanted = await option_wanted(call, body.option_id, body.event_slug, body.option_label)
    card = wanted.option.card
    if count % CONTRACT and not is_fractional(card):
        raise invalid("quantity", "must be whole: this option trades whole contracts")
    outcome = "yes" if (body.side == "YES") != wanted.flipped else "no"
    action = "buy" if body.action == "BUY" else "sell"
    if not on_grid(card.structure, side_price(outcome, price)):
        raise refuse("off_tick", f"{field}: is not on this option's grid", field)
    side = BID if is_bid(action, outcome) else ASK
    return Wish(wanted.option, site_account(call, card), action, outcome, side, price, count)


def _count(quantity: float) -> Count:
    scaled = round(quantity * CONTRACT)
    if scaled / CONTRACT != quantity:
        raise invalid("quantity", "has more than 2 decimals")
    return scaled


def _price(cents: float, field: str) -> Price:
    scaled = round(cents * CENT_PRICE)
    if scaled / CENT_PRICE != cents or not 0 < scaled < DOLLAR_PRICE:
        raise refuse("off_tick", f"{field}: has more than 2 decimals", field)
    return scaled


def slipped(card: MarketCard, asked: Wish, cents: int) -> Wish:
    """The same at its worst price: up to `cents` worse, on the grid, from 1 to 99 cents."""
    if not cents:
        return asked
    step = 1 if asked.action == "buy" else -1
    worst = asked.price + step * cents * CENT_PRICE
    bound = DOLLAR_PRICE - CENT_PRICE if step > 0 else CENT_PRICE
    worst = min(worst, max(bound, asked.price)) if step > 0 else max(worst, min(bound, asked.price))
    while not on_grid(card.structure, side_price(asked.outcome, worst)):
        worst -= step
    return asked._replace(price=worst)


async def order_refused(call: AnyCall, reject: Reject, asked: Wish, name: str | None) -> Refusal:
    """A rule's refusal of an order, with what the site knows more about it."""
    if reject.code in _NOT_OPEN:
        return refused(reject, status=option_status(asked.option.card))
    match reject.code:
        case Code.ORDER_EXISTS:
            return refused(reject, order_id=await _first_order(call, name or ""))
        case Code.INSUFFICIENT_BALANCE | Code.ACCOUNT_NOT_FOUND:
            return poor(reject.need, reject.have)
        case Code.INSUFFICIENT_POSITION | Code.NOTHING_TO_REDUCE:
            held, reserved = contracts(reject.need), contracts(reject.have)
            sentence = f"You hold {held} of these, {reserved} of them are for sale already."
            return refuse(
                "insufficient_position", sentence, held_quantity=held, reserved_quantity=reserved
            )
        case _:
            return refused(reject)


def poor(need: int, have: int, what: str = "place this order") -> Refusal:
    """Too little money: what is needed is rounded up, what is there down."""
    short = owed_cents(need - have)
    return refuse(
        "insufficient_funds",
        f"You need {short // 100}.{short % 100:02d} more to {what}.",
        required_cents=owed_cents(need),
        available_cents=owned_cents(have),
        shortfall_cents=short,
    )


async def _first_order(call: AnyCall, name: str) -> str | None:
    """The order that has used up this clientOrderId; None: it was killed at once."""
    services = services_of(call)
    seq = await services.gateway.used_by(f"order:{call.caller.member}", name)
    entry = await services.reader.run(partial(history.entry, seq=seq))
    for fact in entry.facts:
        if isinstance(fact, OrderPlaced | OrderAmended) and fact.client_order_id == name:
            return ids.exchange_id(services.ids, "ord", fact.order, Kind.ORDER)
    return None
