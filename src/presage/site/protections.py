"""Stop-loss and take-profit of positions: one row for each position that ever had one.

What fires them is `workers/protections.py`. Levels are probabilities of the position's own side in
1/10 000; a row counts its changes, so that whoever changes it can see that nobody else did.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    Table,
    Text,
    bindparam,
    select,
)

from presage.domain.ids import AccountId, Id, MarketId
from presage.storage import kept
from presage.units import Count, Micros, Money

ARMED: Final = "ARMED"
WORKING: Final = "WORKING"
TRIGGERED: Final = "TRIGGERED"
CANCELLED: Final = "CANCELLED"
STOP: Final = "STOP_LOSS"
TAKE: Final = "TAKE_PROFIT"

protections: Final[Table] = kept.kept_table(
    "protections",
    Column("account", BigInteger, primary_key=True, autoincrement=False),
    Column("market", BigInteger, primary_key=True, autoincrement=False),
    Column("sign", Integer, nullable=False),
    Column("stop", Integer, nullable=False),
    Column("take", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("leg", Text, nullable=False),
    Column("triggered_at", BigInteger, nullable=False),
    Column("filled", BigInteger, nullable=False),
    Column("gross", BigInteger, nullable=False),
    Column("order_id", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)
Index("protections_by_market", protections.c.market, protections.c.status)

_OF_ACCOUNTS: Final = select(protections).where(
    protections.c.account.in_(bindparam("accounts", expanding=True)),
    protections.c.market.in_(bindparam("markets", expanding=True)),
)
_LIVE: Final = protections.c.status.in_((ARMED, WORKING))


class Protection(msgspec.Struct, frozen=True, kw_only=True):
    """`sign` is the side that is held (1 YES, -1 NO), `stop` and `take` 0: no such leg. `leg` is
    the one that fired last, `filled` and `gross` what that has sold and for how much."""

    account: AccountId
    market: MarketId
    sign: int
    stop: int = 0
    take: int = 0
    status: str = ARMED
    leg: str = ""
    triggered_at: Micros = 0
    filled: Count = 0
    gross: Money = 0
    order_id: Id = 0
    version: int = 1
    updated_at: Micros = 0

    @property
    def is_live(self) -> bool:
        """Can it still fire?"""
        return self.status in (ARMED, WORKING)


def find(connection: Connection, account: AccountId, market: MarketId) -> Protection | None:
    """A position's, live or over."""
    p = protections.c
    query = select(protections).where(p.account == account, p.market == market)
    return next((Protection(**row) for row in kept.read(connection, query, protections)), None)


def of_accounts(
    connection: Connection, accounts: Sequence[AccountId], markets: Sequence[MarketId]
) -> dict[tuple[AccountId, MarketId], Protection]:
    """Those of some positions."""
    asked = {"accounts": accounts, "markets": markets}
    rows = kept.read(connection, _OF_ACCOUNTS, protections, asked)
    return {(row["account"], row["market"]): Protection(**row) for row in rows}


def live(
    connection: Connection, market: MarketId, limit: int, after: AccountId = 0
) -> list[Protection]:
    """A market's that can still fire, by account."""
    p = protections.c
    query = select(protections).where(_LIVE, p.market == market, p.account > after)
    query = query.order_by(p.account).limit(limit)
    return [Protection(**row) for row in kept.read(connection, query, protections)]


def live_markets(connection: Connection) -> set[MarketId]:
    """Markets in which any can still fire."""
    return set(connection.execute(select(protections.c.market).where(_LIVE).distinct()).scalars())


def put(connection: Connection, row: Protection) -> Protection:
    """Write a row, the first of its position or over the one there is."""
    before = find(connection, row.account, row.market)
    changed = msgspec.structs.replace(row, version=before.version + 1 if before else 1)
    write = kept.replace if before else kept.insert
    write(connection, protections, msgspec.structs.asdict(changed))
    return changed


def change(connection: Connection, before: Protection, **values: object) -> bool:
    """Change a row if it still is as it was; False: somebody was faster."""
    if find(connection, before.account, before.market) != before:
        return False
    put(connection, msgspec.structs.replace(before, **values))
    return True
