"""Trading on paper in a tournament: places an order, pays what is over, ranks who plays.

All of it is rows. The book was looked at by the caller and is not touched; what an option is worth
or whether it is over the caller says as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection

from presage.domain import paper
from presage.domain.ids import MarketId, MemberId
from presage.domain.orders import Side
from presage.domain.paper import Closed, Purse, Traded
from presage.domain.payouts import payout
from presage.domain.terms import FeeTerms
from presage.site import entries, paper_positions, paper_takes, paper_trades
from presage.site.entries import Entry
from presage.site.paper_positions import PaperPosition
from presage.site.paper_takes import Looked
from presage.site.paper_trades import PaperTrade
from presage.units import Count, Micros, Money, Price

_AT_ONCE: Final = 200
"""Positions that are paid before one order."""


class Worth(NamedTuple):
    """What YES of an option is worth (None: nothing says so); `final`: it is over, at that value or
    `void`."""

    price: Price | None
    final: bool = False
    void: bool = False


Worths = Callable[[MarketId], Worth]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """`limit` is of YES, `price` the same of the side named; `book` is the side it trades with,
    without the player's own orders: nobody trades with himself."""

    id: str
    position_id: str
    tournament: str
    member: MemberId
    market: MarketId
    outcome: str
    action: str
    side: Side
    limit: Price
    price: Price
    count: Count
    kill: bool
    client_order_id: str
    terms: FeeTerms
    book: Looked
    at: Micros


class No(NamedTuple):
    """Why an order is refused: a code of the site's, and how far it was off."""

    code: str
    need: int = 0
    have: int = 0


class Standing(NamedTuple):
    """How a player stands; `realized` is after fees."""

    entry: Entry
    equity: Money
    cash: Money
    realized: Money
    qualified: bool

    @property
    def key(self) -> tuple[bool, Money, Money, int, int]:
        """The best player's is the least."""
        entry = self.entry
        return not self.qualified, -self.equity, -self.realized, entry.trades, entry.number


def place(connection: Connection, order: Order, worths: Worths) -> PaperTrade | No:
    """Trade what can be traded at once, and write it."""
    entry = entries.find(connection, order.tournament, order.member)
    if entry is None:
        return No("forbidden")
    entry = pay(connection, entry, worths, order.at)
    position = _position(connection, order)
    lots_of = paper_trades.open_in(connection, order.tournament, order.member, order.market)
    no = _refusal(connection, order, entry, position, len(lots_of))
    if no is not None:
        return no
    taken = paper_takes.of(connection, order.tournament, order.member, order.book)
    left = paper_takes.left(order.book, taken)
    levels = paper.reachable(left, order.side, order.limit, order.count)
    filled = sum(level.size for level in levels)
    if not filled:
        return No("no_fill", next((level.price for level in left if level.size > 0), 0))
    if order.kill and filled < order.count:
        return No("not_enough_liquidity", levels[0].price, filled)
    lots = tuple(lot for one in lots_of for lot in one.lots())
    traded = paper.trade(order.terms, order.side, levels, Purse(entry.cash, position.count, lots))
    paper_takes.write(connection, order.tournament, order.member, order.book, taken, levels)
    _close(connection, lots_of, traded.closed, order.at)
    return _write(connection, order, entry, position, traded)


def pay(connection: Connection, entry: Entry, worths: Worths, at: Micros) -> Entry:
    """Pay a player's positions in options that are over; the entry as it is then."""
    unpaid = paper_positions.unpaid(connection, entry.tournament, [entry.member])
    over = (one for one in unpaid if worths(one.market).final)
    paid = entry
    for one in islice(over, _AT_ONCE):
        was, now = one, settled(one, worths(one.market))
        paper_positions.put(connection, msgspec.structs.replace(now, paid=True, updated_at=at))
        paid = msgspec.structs.replace(
            paid,
            cash=paid.cash + now.net - was.net,
            realized=paid.realized + now.realized - was.realized,
            fees=paid.fees + now.fees - was.fees,
        )
    if paid is not entry:
        entries.change(connection, paid)
    return paid


def settled(one: PaperPosition, worth: Worth) -> PaperPosition:
    """A position after its option is over; one that goes on stays as it is."""
    if one.paid or not worth.final:
        return one
    if worth.void:
        return msgspec.structs.replace(one, count=0, cost=0, realized=0, fees=0, net=0)
    assert worth.price is not None, "what is final and not void has a value"
    revenue = payout(one.count, worth.price)
    return msgspec.structs.replace(
        one, count=0, cost=0, realized=one.realized + revenue - one.cost, net=one.net + revenue
    )


def standing(
    entry: Entry, positions: Iterable[PaperPosition], worths: Worths, min_trades: int
) -> Standing:
    """What a player has: cash, and each position at what it is worth, at cost where nobody knows.
    What was traded in a void option counts as if it had never been."""
    cash, realized, equity = entry.cash, entry.realized - entry.fees, 0
    for one in positions:
        worth = worths(one.market)
        after = settled(one, worth)
        cash += after.net - one.net
        realized += after.realized - one.realized - (after.fees - one.fees)
        equity += after.cost if worth.price is None else payout(after.count, worth.price)
    return Standing(entry, equity + cash, cash, realized, entry.trades >= min_trades)


def standings(
    connection: Connection,
    tournament: str,
    after: int,
    limit: int,
    worths: Worths,
    min_trades: int,
) -> list[Standing]:
    """How players stand, in the order in which they joined."""
    found = entries.page(connection, tournament, after, limit)
    held: dict[MemberId, list[PaperPosition]] = {one.member: [] for one in found}
    for one in paper_positions.unpaid(connection, tournament, list(held)):
        held[one.member].append(one)
    return [standing(entry, held[entry.member], worths, min_trades) for entry in found]


def _position(connection: Connection, order: Order) -> PaperPosition:
    whose = (order.tournament, order.member, order.market)
    return paper_positions.find(connection, *whose) or PaperPosition(
        id=order.position_id,
        tournament=order.tournament,
        member=order.member,
        market=order.market,
        opened_at=order.at,
        updated_at=order.at,
    )


def _refusal(
    connection: Connection, order: Order, entry: Entry, position: PaperPosition, open_trades: int
) -> No | None:
    name = order.client_order_id
    if name and paper_trades.named(connection, order.member, name) is not None:
        return No("duplicate_client_order_id")
    if entry.trades >= paper_trades.MOST or open_trades >= paper_trades.MOST_OPEN:
        return No("limit_reached")
    if order.action == "sell":
        held = position.count if order.outcome == "yes" else -position.count
        short = held < order.count
        return No("insufficient_position", max(held, 0)) if short else None
    need = paper.need(order.terms, order.side, order.limit, order.count, position.count)
    return No("insufficient_funds", need, entry.cash) if need > entry.cash else None


def _close(
    connection: Connection, trades: Sequence[PaperTrade], closed: Sequence[Closed], at: Micros
) -> None:
    """Note at the orders that bought them which contracts are gone."""
    for trade in trades:
        mine = [one for one in closed if one.trade == trade.id]
        if mine:
            left = trade.left - sum(one.size for one in mine)
            paper_trades.change(
                connection,
                trade,
                left=left,
                realized=trade.realized + sum(one.realized for one in mine),
                closed_at=0 if left else at,
            )


def _write(
    connection: Connection, order: Order, entry: Entry, position: PaperPosition, traded: Traded
) -> PaperTrade:
    fees = sum(fill.fee for fill in traded.fills)
    delta = sum(fill.delta for fill in traded.fills)
    gained = sum(fill.realized for fill in traded.fills)
    opened = traded.filled - traded.netted
    trade = PaperTrade(
        id=order.id,
        tournament=order.tournament,
        member=order.member,
        number=entry.trades + 1,
        market=order.market,
        outcome=order.outcome,
        action=order.action,
        price=order.price,
        count=order.count,
        filled=traded.filled,
        netted=traded.netted,
        left=opened,
        fees=fees,
        delta=delta,
        realized=gained,
        client_order_id=order.client_order_id,
        fills=tuple(traded.fills),
        book_seq=order.book.seq,
        created_at=order.at,
        closed_at=0 if opened else order.at,
    )
    paper_trades.add(connection, trade)
    _hold(connection, order, position, traded)
    entries.change(
        connection,
        entry,
        cash=entry.cash + delta,
        realized=entry.realized + gained,
        fees=entry.fees + fees,
        trades=entry.trades + 1,
    )
    return trade


def _hold(connection: Connection, order: Order, position: PaperPosition, traded: Traded) -> None:
    """What the position is now; its cost is that of the contracts that are left."""
    left = paper_trades.open_in(connection, order.tournament, order.member, order.market)
    count = traded.fills[-1].position
    paper_positions.put(
        connection,
        msgspec.structs.replace(
            position,
            count=count,
            side=(count > 0) - (count < 0) or position.side,
            cost=sum(lot.size * lot.price for one in left for lot in one.lots()),
            realized=position.realized + sum(fill.realized for fill in traded.fills),
            fees=position.fees + sum(fill.fee for fill in traded.fills),
            net=position.net + sum(fill.delta for fill in traded.fills),
            updated_at=order.at,
        ),
    )
