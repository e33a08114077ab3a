"""Every order ever accepted: its terms, what became of it, what its fills cost.

One row an order. A killed fill-or-kill order was never an order and leaves no row. Costs are in the
terms of the order's own outcome: a bid pays the price, an ask (a buyer of NO) one dollar less it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Table,
    Text,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    select,
    update,
)

from presage.domain.facts import (
    Fact,
    Leg,
    OrderAmended,
    OrderCanceled,
    OrderPlaced,
    OrderReduced,
    Traded,
)
from presage.domain.ids import AccountId, Id, MarketId
from presage.domain.orders import BID, GTC, Side
from presage.projections.newest import Place, between, columns, newest
from presage.projections.projection import Moment, Row, Rows, render
from presage.storage.schema import BigKey, projected
from presage.units import DOLLAR_PRICE, SECOND, Count, Micros, Money, Price

RESTING: Final = "resting"
EXECUTED: Final = "executed"
CANCELED: Final = "canceled"

orders = Table(
    "orders",
    projected,
    Column("id", BigKey, primary_key=True, autoincrement=False),
    Column("account", BigInteger, nullable=False),
    Column("market", BigInteger, nullable=False),
    Column("side", Integer, nullable=False),
    Column("price", Integer, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("filled", BigInteger, nullable=False),
    Column("remaining", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("tif", Text, nullable=False),
    Column("client_order_id", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("post_only", Boolean, nullable=False),
    Column("reduce_only", Boolean, nullable=False),
    Column("stp", Text, nullable=False),
    Column("cancel_on_pause", Boolean, nullable=False),
    Column("order_group", BigInteger, nullable=False),
    Column("action", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("taker_cost", BigInteger, nullable=False),
    Column("maker_cost", BigInteger, nullable=False),
    Column("taker_fees", BigInteger, nullable=False),
    Column("maker_fees", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("source", Text, nullable=False),
)
# A literal: only then does the database see that the partial indexes hold what a query asks for.
IS_RESTING = orders.c.status == literal_column(f"'{RESTING}'")
Index("orders_by_account", orders.c.account, orders.c.created_at, orders.c.id)
Index("orders_by_market", orders.c.account, orders.c.market, orders.c.created_at, orders.c.id)
Index(
    "orders_resting",
    orders.c.account,
    orders.c.status,
    orders.c.created_at,
    orders.c.id,
    sqlite_where=IS_RESTING,
    postgresql_where=IS_RESTING,
)
HAS_FILLS = orders.c.filled > literal_column("0")
Index(
    "orders_filled",
    orders.c.account,
    orders.c.created_at,
    orders.c.id,
    sqlite_where=HAS_FILLS,
    postgresql_where=HAS_FILLS,
)
_IN_A_GROUP = and_(IS_RESTING, orders.c.order_group != literal_column("0"))
Index(
    "orders_by_group",
    orders.c.order_group,
    orders.c.id,
    sqlite_where=_IN_A_GROUP,
    postgresql_where=_IN_A_GROUP,
)

HAS_ENDED = orders.c.status != literal_column(f"'{RESTING}'")
_MINUTE: Final = 60 * SECOND
_LIVED: Final = orders.c.updated_at - orders.c.created_at
_LIVES: Final = (_MINUTE, 60 * _MINUTE, 1_440 * _MINUTE, 43_200 * _MINUTE)
_CLASS: Final = case(
    *(
        (literal_column(str(below)) > _LIVED, literal_column(str(number)))
        for number, below in enumerate(_LIVES)
    ),
    else_=literal_column(str(len(_LIVES))),
)
_LIVED_LONG: Final = and_(HAS_ENDED, literal_column(str(_MINUTE)) <= _LIVED)
Index(
    "orders_by_life",
    orders.c.account,
    _CLASS,
    orders.c.created_at,
    orders.c.id,
    sqlite_where=_LIVED_LONG,
    postgresql_where=_LIVED_LONG,
)
LIVES: Final = (
    (_MINUTE, and_(HAS_ENDED, literal_column(str(_MINUTE)) > _LIVED)),
    *(
        (below, and_(_LIVED_LONG, literal_column(str(number)) == _CLASS))
        for number, below in enumerate((*_LIVES[1:], 1 << 62), 1)
    ),
)
"""How long an order that is over lived, in classes: less than so long, and the condition. Orders
that were placed before a moment and ended after it are found among those placed at most so long
before it; all classes but the first, which is short enough, have an index."""

_INSERT = render(insert(orders))
_THIS = orders.c.id == bindparam("order_id")
_SUMS: Final = ("filled", "taker_cost", "maker_cost", "taker_fees", "maker_fees")
_STATE: Final = ("remaining", "status", "reason", "updated_at")
_TERMS: Final = ("price", "count", "client_order_id")
_CHANGE = render(
    update(orders)
    .where(_THIS)
    .values({name: orders.c[name] + bindparam(f"its_{name}") for name in _SUMS})
    .values({name: bindparam(f"its_{name}") for name in _STATE})
)
_AMEND = render(
    update(orders).where(_THIS).values({name: bindparam(f"its_{name}") for name in _TERMS})
)


class OrderRow(msgspec.Struct, frozen=True):
    """One order. Times in microseconds, `expires_at` and `order_group` 0: none; `reason` is why it
    changed last."""

    id: Id
    account: AccountId
    market: MarketId
    side: Side
    price: Price
    count: Count
    filled: Count
    remaining: Count
    status: str
    reason: str
    tif: str
    client_order_id: str
    expires_at: Micros
    post_only: bool
    reduce_only: bool
    stp: str
    cancel_on_pause: bool
    order_group: Id
    action: str
    outcome: str
    taker_cost: Money
    maker_cost: Money
    taker_fees: Money
    maker_fees: Money
    created_at: Micros
    updated_at: Micros
    source: str = ""


def outcome_price(side: Side, price: Price) -> Price:
    """What a contract costs whoever trades on this side: bids pay for YES, asks for NO."""
    return price if side == BID else DOLLAR_PRICE - price


class Orders:
    """Writes the table: an order is inserted once and changed once, as the facts leave it."""

    name = "orders"
    tables = (orders,)
    handles = frozenset({OrderAmended, OrderCanceled, OrderPlaced, OrderReduced, Traded})

    def apply(self, moments: Sequence[Moment], rows: Rows) -> None:
        found = _Found()
        for moment in moments:
            found.fold(moment.facts, moment.at)
        for statement, changes in (
            (_INSERT, found.placed),
            (_CHANGE, found.changed),
            (_AMEND, found.amended),
        ):
            for row in changes.values():
                rows.add(statement, row)


class _Found:
    """What facts mean: new orders, changes of older ones (sums are what is added), new terms of
    those."""

    __slots__ = ("amended", "changed", "placed")

    def __init__(self) -> None:
        self.placed: dict[Id, Row] = {}
        self.changed: dict[Id, Row] = {}
        self.amended: dict[Id, Row] = {}

    def fold(self, facts: Sequence[Fact], at: Micros) -> None:
        for fact in facts:
            match fact:
                case OrderPlaced():
                    self.placed[fact.order] = _placed(fact, at)
                case Traded():
                    self._filled(fact, fact.taker, "taker", fact.side, at)
                    self._filled(fact, fact.maker, "maker", 1 - fact.side, at)
                case OrderCanceled():
                    self._leave(fact.order, 0, CANCELED, fact.reason, at)
                case OrderReduced():
                    status = RESTING if fact.remaining else CANCELED
                    self._leave(fact.order, fact.remaining, status, fact.reason, at)
                case OrderAmended():
                    self._amend(fact, at)
                case _:
                    pass

    def _filled(self, fact: Traded, leg: Leg, role: str, side: Side, at: Micros) -> None:
        status = RESTING if leg.remaining else EXECUTED
        row = self._leave(leg.order, leg.remaining, status, "Trade", at)
        row["filled"] += fact.count
        row[f"{role}_cost"] += outcome_price(side, fact.price) * fact.count
        row[f"{role}_fees"] += leg.fee

    def _leave(self, order: Id, left: Count, status: str, why: str, at: Micros) -> Row:
        row = self.placed.get(order) or self.changed.get(order)
        if row is None:
            row = self.changed[order] = {"order_id": order, **_NOTHING_ADDED}
        row["remaining"] = left
        row["status"] = status
        row["reason"] = why
        row["updated_at"] = at
        return row

    def _amend(self, fact: OrderAmended, at: Micros) -> None:
        self._leave(fact.order, fact.remaining, RESTING, "Amend", at)
        row = self.placed.get(fact.order)
        if row is None:
            row = self.amended[fact.order] = {"order_id": fact.order}
        row["price"] = fact.price
        row["count"] = fact.count
        row["client_order_id"] = fact.client_order_id


_NOTHING_ADDED: Row = dict.fromkeys(_SUMS, 0)


def placed_by(facts: Sequence[Fact], at: Micros) -> OrderRow | None:
    """The order that an entry placed, as the entry left it, without reading anything.

    None: it placed none (a killed fill-or-kill).
    """
    found = _Found()
    found.fold(facts, at)
    for row in found.placed.values():
        return OrderRow(**row)
    return None


def left_before(facts: Sequence[Fact], order: Id) -> Count | None:
    """What was left of an order before an entry that canceled, reduced or amended it."""
    for fact in facts:
        match fact:
            case OrderCanceled(order=o) if o == order:
                return fact.by
            case OrderReduced(order=o) if o == order:
                return fact.by + fact.remaining
            case OrderAmended(order=o) if o == order:
                return fact.was_remaining
            case _:
                pass
    return None


def changed_by(row: OrderRow, facts: Sequence[Fact], at: Micros) -> OrderRow:
    """An order as an entry left it, without reading anything."""
    found = _Found()
    found.fold(facts, at)
    change = found.changed.get(row.id, {}) | found.amended.get(row.id, {})
    change.pop("order_id", None)
    sums = {name: getattr(row, name) + change[name] for name in _SUMS if name in change}
    return msgspec.structs.replace(row, **change | sums)


def _placed(fact: OrderPlaced, at: Micros) -> Row:
    return {
        "id": fact.order,
        "account": fact.account,
        "market": fact.market,
        "side": fact.side,
        "price": fact.price,
        "count": fact.count,
        "filled": 0,
        "remaining": fact.count,
        "status": RESTING,
        "reason": "",
        "tif": fact.tif,
        "client_order_id": fact.client_order_id,
        "expires_at": fact.expires_at,
        "post_only": fact.post_only,
        "reduce_only": fact.reduce_only,
        "stp": fact.stp,
        "cancel_on_pause": fact.cancel_on_pause,
        "order_group": fact.group,
        "action": fact.action,
        "outcome": fact.outcome,
        "taker_cost": 0,
        "maker_cost": 0,
        "taker_fees": 0,
        "maker_fees": 0,
        "created_at": at,
        "updated_at": at,
        "source": fact.source,
    }


_FIND: Final = select(*columns(OrderRow, orders)).where(orders.c.id == bindparam("order_id"))


def find(connection: Connection, order: Id) -> OrderRow | None:
    """One order, whoever owns it."""
    row = connection.execute(_FIND, {"order_id": order}).first()
    return None if row is None else OrderRow(*row)


def page(
    connection: Connection,
    accounts: Sequence[AccountId],
    limit: int,
    after: Place | None = None,
    *,
    markets: Sequence[MarketId] | None = None,
    status: str = "",
    since: Micros | None = None,
    until: Micros | None = None,
    client_order_ids: Sequence[str] = (),
    also: Sequence[ColumnElement[bool]] = (),
) -> list[OrderRow]:
    """Orders of these accounts, newest first; times are those of placement. `also` is what else
    must hold."""
    where = [*between(orders.c.created_at, since, until), *also]
    if markets is not None:
        where.append(_one_of(markets))
    if client_order_ids:
        where.append(orders.c.client_order_id.in_(client_order_ids))
    if status:
        where.append(IS_RESTING if status == RESTING else orders.c.status == status)
    return newest(connection, OrderRow, orders, ("created_at", "id"), accounts, where, limit, after)


def limit_orders(
    connection: Connection,
    accounts: Sequence[AccountId],
    limit: int,
    after: Place | None,
    markets: Sequence[MarketId] | None,
    *,
    open_: bool,
) -> list[OrderRow]:
    """Orders that could rest, newest first: those that do, or those that are over."""
    where: list[ColumnElement[bool]] = [orders.c.tif == GTC, IS_RESTING if open_ else ~IS_RESTING]
    if markets is not None:
        where.append(_one_of(markets))
    return newest(connection, OrderRow, orders, ("created_at", "id"), accounts, where, limit, after)


def count_resting(connection: Connection, accounts: Sequence[AccountId], market: MarketId) -> int:
    """How many orders of these accounts rest, in one market or (0) in all."""
    query = select(func.count()).where(orders.c.account.in_(accounts), IS_RESTING)
    if market:
        query = query.where(orders.c.market == market)
    return int(connection.execute(query).scalar_one())


def _one_of(markets: Sequence[MarketId]) -> ColumnElement[bool]:
    if len(markets) == 1:
        return orders.c.market == markets[0]
    return orders.c.market.in_(markets)


def resting_ids(
    connection: Connection, account: AccountId, markets: Sequence[MarketId]
) -> list[tuple[Id, MarketId]]:
    """(order, market) of the account's resting orders in these markets, oldest first."""
    # The sum keeps the database from reading the markets' whole history instead of what rests.
    market = orders.c.market + literal_column("0")
    query = (
        select(orders.c.id, orders.c.market)
        .where(orders.c.account == account, IS_RESTING, market.in_(markets))
        .order_by(orders.c.id)
    )
    return [(row.id, row.market) for row in connection.execute(query)]


def group_members(connection: Connection, group: Id) -> list[Id]:
    """The resting orders of an order group, oldest first."""
    query = select(orders.c.id).where(orders.c.order_group == group, _IN_A_GROUP)
    return list(connection.execute(query.order_by(orders.c.id)).scalars())


def resting_value(connection: Connection, account: AccountId) -> Money:
    """What the account's resting orders would cost if all of them filled, without fees."""
    price = case((orders.c.side == BID, orders.c.price), else_=DOLLAR_PRICE - orders.c.price)
    query = select(func.coalesce(func.sum(price * orders.c.remaining), 0)).where(
        orders.c.account == account, IS_RESTING
    )
    return int(connection.execute(query).scalar_one())
