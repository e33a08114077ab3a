"""Markets for tests of the site, and members who trade in them."""

from __future__ import annotations

import itertools
from typing import Any

from presage.domain.commands import Command, DetermineMarket, PlaceOrder, SettleMarket, VoidMarket
from presage.domain.ids import MemberId, account_id
from presage.domain.orders import ASK, BID
from presage.gateway import Receipt
from presage.units import CONTRACT, SECOND, Price
from tests.api.admin.world import rfc3339
from tests.api.site.world import Member, World

_COUNT = itertools.count(1)


def number_of(member: Member) -> MemberId:
    """The engine's number of a member."""
    person = member.world.running.services.site.people.by_username(member.username)
    assert person is not None
    return person.number


def new_market(world: World, **event: Any) -> str:
    """An open market in an event of its own; its ticker."""
    close = rfc3339(world.now // SECOND + 400 * 86_400)
    return world.list_market(f"RAIN-{next(_COUNT)}", close_time=close, event=event)


def run(world: World, command: Command) -> Receipt:
    """What must not be refused."""
    result = world.do(world.running.services.gateway.submit(command))
    assert isinstance(result, Receipt), result
    return result


def market_of(world: World, ticker: str) -> int:
    card = world.running.services.markets.by_ticker(ticker)
    assert card is not None
    return card.id


def place(
    member: Member, ticker: str, side: int, price: Price, contracts: int = 1, **terms: Any
) -> Receipt:
    """Rest or trade."""
    market, account = market_of(member.world, ticker), account_id(number_of(member))
    order = PlaceOrder(account, market, side, price, contracts * CONTRACT, **terms)
    return run(member.world, order)


def trade(
    buyer: Member, seller: Member, ticker: str, price: Price = 5_000, contracts: int = 1
) -> None:
    """The seller rests, the buyer takes."""
    place(seller, ticker, ASK, price, contracts)
    place(buyer, ticker, BID, price, contracts)


def settle(world: World, ticker: str, value: Price) -> None:
    """The outcome is known and paid."""
    market = market_of(world, ticker)
    world.admin("POST", f"/markets/{ticker}/close")
    run(world, DetermineMarket(market, value))
    # Without a settlement timer the next tick does it, if it has not already.
    world.do(world.running.services.gateway.submit(SettleMarket(market)))
    card = world.running.services.markets.by_ticker(ticker)
    assert card is not None
    assert card.status == "finalized"


def void(world: World, ticker: str) -> None:
    """Everything is given back."""
    run(world, VoidMarket(market_of(world, ticker)))
