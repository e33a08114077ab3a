"""Trades: orders that fill at once or not at all, and the list of all that ever filled."""

from __future__ import annotations

from functools import partial
from typing import Any

from presage.api.http import Reply
from presage.api.registry import Call
from presage.api.site import asking, pages, paper_orders, paper_portfolio, trade_shapes
from presage.api.site.asking import Wish
from presage.api.site.errors import Refusal, refuse
from presage.api.site.money import contracts, owned_cents, price_cents, wallet
from presage.api.site.options import options_of
from presage.api.site.portfolio import position_in, site_accounts
from presage.api.site.services import AnyCall, services_of, site_of
from presage.api.site.trade_filters import day_or_moment, markets_named
from presage.api.site.writing import attempt
from presage.domain.bounds import Bounds
from presage.domain.facts import OrderPlaced, Traded
from presage.domain.ids import Id
from presage.domain.orders import ASK, FOK, IOC, Side
from presage.domain.rejects import Reject
from presage.gateway import Receipt
from presage.projections import lots, orders
from presage.projections.lots import Outcome
from presage.projections.orders import OrderRow
from presage.units import CONTRACT, DOLLAR_PRICE, Count, Price
from presage.wire.site import trading as wire


async def create_trade(call: Call[None, wire.PlaceTrade]) -> wire.TradeReply | Reply:
    """Buy or sell at once, at the price named or better."""
    body = call.body
    if body.tournament_slug is not None:
        return await paper_orders.create(call, body.tournament_slug)
    asked = await asking.wish(call, body, body.price_cents, "priceCents")
    asked = asking.slipped(asked.option.card, asked, body.max_slippage_cents)
    bounds = Bounds(covered=body.action == "SELL", whole=True, position=position_limit(call))
    source = "web" if call.caller.kind == "SESSION" else "api"
    tif = FOK if body.fill_or_kill else IOC
    command = asked.order(tif, body.client_order_id, bounds, source)
    receipt = await attempt(call, command)
    if isinstance(receipt, Reject):
        raise await asking.order_refused(call, receipt, asked, body.client_order_id)
    placed = placed_in(receipt)
    if placed is None:
        raise await _unfilled(call, asked, "not_enough_liquidity")
    if not any(isinstance(fact, Traded) for fact in receipt.facts):
        raise await _unfilled(call, asked, "no_fill")
    row, outcome = await read_order(call, placed)
    services = services_of(call)
    trade = trade_shapes.trade(services.ids, asked.option, row, outcome)
    trade.fills = trade_shapes.fills_at_once(services.ids, receipt, row)
    money = wallet(services, call.caller.member)
    return wire.TradeReply(
        trade=trade,
        position=await position_in(call, asked.account, asked.option.card.id),
        balance_cents=owned_cents(money.balance),
        available_cents=owned_cents(money.available),
    )


def position_limit(call: AnyCall) -> Count:
    """Contracts of one option that a member may hold; 0: no limit."""
    return site_of(call).settings.number("POSITION_LIMIT") * CONTRACT


def placed_in(receipt: Receipt) -> Id | None:
    """The order that a receipt made; None: it was killed."""
    found = (fact.order for fact in receipt.facts if isinstance(fact, OrderPlaced))
    return next(found, None)


async def read_order(call: AnyCall, order: Id) -> tuple[OrderRow, Outcome]:
    """An order with fills, and what became of it."""

    def read(connection: Any) -> tuple[OrderRow, Outcome]:
        row = orders.find(connection, order)
        assert row is not None, "an acknowledged write is always readable"
        return row, lots.outcomes(connection, [row.account], [row])[order]

    return await services_of(call).reader.run(read)


async def _unfilled(call: AnyCall, asked: Wish, code: str) -> Refusal:
    best, available = _offered(call, asked)
    sentence = {
        "no_fill": "Nobody trades at this price now.",
        "not_enough_liquidity": "There is too little at this price to fill all of it.",
    }[code]
    return refuse(
        code,
        sentence,
        best_price_cents=None if best is None else price_cents(best),
        available_quantity=contracts(available),
    )


def _offered(call: AnyCall, asked: Wish) -> tuple[Price | None, Count]:
    """The best price for the side named, and what rests at the limit or better."""
    book = services_of(call).books.book(asked.option.card.id)
    rivals: Side = 1 - asked.side
    # Both lists hold their best last; asks are printed as bids for NO.
    levels = book.no_bids() if rivals == ASK else book.bids()
    best: Price | None = None
    available = 0
    for price, count in reversed(levels):
        yes = DOLLAR_PRICE - price if rivals == ASK else price
        own = asking.side_price(asked.outcome, yes)
        best = own if best is None else best
        if not (own <= asked.price if asked.action == "buy" else own >= asked.price):
            break
        available += count
    return best, available


async def list_trades(call: Call[wire.ListTrades, None]) -> wire.TradesReply:
    """List orders that had fills, newest first."""
    if call.query.tournament_slug is not None:
        return await paper_portfolio.list_trades(call, call.query.tournament_slug)
    services, query = services_of(call), call.query
    after = pages.after(call, int, int)
    accounts = site_accounts(call)
    markets = await markets_named(call, query.event_slug, query.option_id)
    ask = partial(
        lots.page,
        accounts=accounts,
        limit=pages.wanted(call),
        after=None if after is None else (int(after[0]), int(after[1])),
        markets=markets,
        open_=None if query.status is None else query.status == "open",
        since=day_or_moment(query.from_, "from"),
        until=day_or_moment(query.to, "to"),
    )

    def read(connection: Any) -> tuple[list[OrderRow], dict[Id, Outcome]]:
        rows = ask(connection)
        return rows, lots.outcomes(connection, accounts, rows)

    rows, outcomes = await services.reader.run(read)
    page = pages.cut(call, rows, lambda row: (row.created_at, row.id))
    options = await options_of(services, [row.market for row in page.rows])
    shown = [
        trade_shapes.trade(services.ids, options[row.market], row, outcomes[row.id])
        for row in page.rows
    ]
    return wire.TradesReply(trades=shown, next_cursor=page.next_cursor)
