"""What each relation has copied and still holds, by option and side: a quantity and what it cost.

The contracts themselves lie in the copier's position with all others; the quantity bounds what is
sold for the relation. `buying` and `selling` belong to orders whose outcome is not noted yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, Integer, Text, or_, select

from presage.domain import copying
from presage.domain.bounds import Bounds
from presage.domain.commands import PlaceOrder
from presage.domain.copying import part
from presage.domain.ids import AccountId, MarketId, MemberId, member_of
from presage.domain.orders import IOC
from presage.site import copies
from presage.site.copies import Relation
from presage.storage import kept
from presage.units import DOLLAR_PRICE, Count, Micros, Money, Price

copy_lots = kept.kept_table(
    "copy_lots",
    Column("relation", Text, primary_key=True),
    Column("market", BigInteger, primary_key=True, autoincrement=False),
    Column("sign", Integer, primary_key=True, autoincrement=False),
    Column("copier", BigInteger, nullable=False),
    Column("account", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("cost", BigInteger, nullable=False),
    Column("realized", BigInteger, nullable=False),
    Column("bought", BigInteger, nullable=False),
    Column("buying", BigInteger, nullable=False),
    Column("selling", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)
_l = copy_lots.c
Index("copy_lots_by_account", _l.account, _l.market)
Index("copy_lots_by_copier", _l.copier, _l.market)


class Lot(msgspec.Struct, frozen=True, kw_only=True):
    """`sign`: 1 YES, -1 NO. `cost` is of what is held, fees included; `realized` what the rest has
    brought beyond its cost, fees off; `bought` is all that was ever opened; `buying` money,
    `selling` contracts."""

    relation: str
    market: MarketId
    sign: int
    copier: MemberId
    account: AccountId
    count: Count = 0
    cost: Money = 0
    realized: Money = 0
    bought: Count = 0
    buying: Money = 0
    selling: Count = 0
    updated_at: Micros = 0

    def grown(self, count: Count, cost: Money) -> Lot:
        """With so much more."""
        return msgspec.structs.replace(
            self,
            count=self.count + count,
            cost=self.cost + cost,
            bought=self.bought + count,
        )

    def shrunk(self, count: Count, proceeds: Money) -> Lot:
        """With up to `count` less, which brought `proceeds`."""
        gone = min(count, self.count)
        cost = part(self.cost, gone, self.count) if gone else 0
        return msgspec.structs.replace(
            self,
            count=self.count - gone,
            cost=self.cost - cost,
            realized=self.realized + proceeds - cost,
        )


def begun(
    connection: Connection, relation: str, account: AccountId, market: MarketId, sign: int
) -> Lot:
    """A relation's in an option; an empty one where nothing has been copied yet."""
    lot = find(connection, relation, market, sign)
    if lot is not None:
        return lot
    copier = member_of(account)
    return Lot(relation=relation, market=market, sign=sign, copier=copier, account=account)


def sale(
    relation: Relation, lot: Lot, job: str, price: Price, count: Count
) -> tuple[PlaceOrder, Lot]:
    """Sell copied contracts at once, at a price of their side or better."""
    order = PlaceOrder(
        lot.account,
        lot.market,
        1 - copying.buying_side(lot.sign),
        copying.yes_price(lot.sign, price),
        count,
        IOC,
        client_order_id=copies.order_name(job, relation.id),
        reduce_only=True,
        action="sell",
        outcome=copying.outcome(lot.sign),
        source=copies.SOURCE,
        bounds=Bounds(avoid=(relation.leader,)),
    )
    return order, msgspec.structs.replace(lot, selling=lot.selling + count)


def put(connection: Connection, lot: Lot, at: Micros) -> Lot:
    """Write one, a new one or over what it was."""
    row = msgspec.structs.asdict(msgspec.structs.replace(lot, updated_at=at))
    if not kept.replace(connection, copy_lots, row):
        kept.insert(connection, copy_lots, row)
    return lot


def find(connection: Connection, relation: str, market: MarketId, sign: int) -> Lot | None:
    """A relation's in an option."""
    query = select(copy_lots).where(_l.relation == relation, _l.market == market, _l.sign == sign)
    return next(iter(_read(connection, query)), None)


def of_relations(connection: Connection, relations: Sequence[str]) -> dict[str, list[Lot]]:
    """All of these relations, those that are sold out included."""
    found: dict[str, list[Lot]] = {one: [] for one in relations}
    query = select(copy_lots).where(_l.relation.in_(relations))
    for lot in _read(connection, query.order_by(_l.relation, _l.market, _l.sign)):
        found[lot.relation].append(lot)
    return found


def held(connection: Connection, account: AccountId, market: MarketId) -> list[Lot]:
    """What relations hold within one position, the oldest relation first."""
    query = select(copy_lots).where(_l.account == account, _l.market == market, _l.count > 0)
    return _read(connection, query.order_by(_l.relation, _l.sign))


def invested(lots: Sequence[Lot]) -> Money:
    """What is held had cost so much."""
    return sum(lot.cost for lot in lots)


def in_flight(lots: Sequence[Lot]) -> Money:
    """What orders may still spend."""
    return sum(lot.buying for lot in lots)


def unsettled(connection: Connection, leader: MemberId, market: MarketId) -> bool:
    """Is the outcome of a copy of this leader in this option not noted yet?"""
    c = copies.copy_relations.c
    query = select(_l.relation).join(copies.copy_relations, c.id == _l.relation)
    query = query.where(c.leader == leader, _l.market == market)
    query = query.where(or_(_l.buying > 0, _l.selling > 0)).limit(1)
    return connection.execute(query).first() is not None


def shrink(
    connection: Connection,
    account: AccountId,
    market: MarketId,
    position: Count,
    price: Price | None,
    at: Micros,
) -> None:
    """The position has become `position` otherwise than by a copy: copied contracts beyond it are
    gone, at a price of YES; None: for what they had cost. One's own go first."""
    lots = held(connection, account, market)
    for sign in (1, -1):
        side = [lot for lot in lots if lot.sign == sign]
        excess = sum(lot.count for lot in side) - max(position * sign, 0)
        for lot in side:
            gone = min(excess, lot.count)
            if gone <= 0:
                continue
            excess -= gone
            proceeds = part(lot.cost, gone, lot.count)
            if price is not None:
                proceeds = gone * (price if sign > 0 else DOLLAR_PRICE - price)
            put(connection, lot.shrunk(gone, proceeds), at)


def settle(
    connection: Connection, account: AccountId, market: MarketId, value: Price, at: Micros
) -> None:
    """The option paid `value` for YES."""
    for lot in held(connection, account, market):
        own = value if lot.sign > 0 else DOLLAR_PRICE - value
        put(connection, lot.shrunk(lot.count, lot.count * own), at)


def void(connection: Connection, account: AccountId, market: MarketId, at: Micros) -> None:
    """All that was traded in the option is given back: nothing was won or lost."""
    query = select(copy_lots).where(_l.account == account, _l.market == market)
    for lot in _read(connection, query):
        put(connection, msgspec.structs.replace(lot, count=0, cost=0, realized=0), at)


def _read(connection: Connection, query: Any) -> list[Lot]:
    return [Lot(**row) for row in kept.read(connection, query, copy_lots)]
