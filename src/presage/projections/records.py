"""What each member's trading came to: per market, per minute, and how good the forecasts were.

Profit, fees and payouts are copied from trades and settlements, of subaccount 0 alone. A forecast
is every contract that opened a position, at its price in terms of its own side, whatever became of
it afterwards: selling a loser in time does not make the forecast better. Names, ranks and who may
be shown are not its business.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    Table,
    bindparam,
    update,
)
from sqlalchemy.dialects.sqlite import insert

from presage.domain.facts import Leg, MarketFinalized, PositionPaid, Traded
from presage.domain.ids import AccountId, MarketId, MemberId, member_of, subaccount_of
from presage.domain.member_facts import PositionTransferred
from presage.domain.orders import BID
from presage.domain.resolution_facts import OutcomeCorrected, PositionCorrected
from presage.projections.projection import Moment, Row, Rows, render
from presage.storage.schema import projected
from presage.units import DOLLAR_PRICE, SECOND, Micros, Price

MINUTE: Final[Micros] = 60 * SECOND
BUCKET: Final[Price] = DOLLAR_PRICE // 10
YES: Final = 1
NO: Final = 0

records = Table(
    "records",
    projected,
    Column("member", BigInteger, primary_key=True, autoincrement=False),
    Column("market", BigInteger, primary_key=True, autoincrement=False),
    Column("first_at", BigInteger, nullable=False),
    Column("trades", BigInteger, nullable=False),
    Column("volume", BigInteger, nullable=False),
    Column("realized", BigInteger, nullable=False),
    Column("fees", BigInteger, nullable=False),
    Column("spent", BigInteger, nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("closed", BigInteger, nullable=False),
    Column("opened_minutes", BigInteger, nullable=False),
    Column("closed_minutes", BigInteger, nullable=False),
    Column("settled_at", BigInteger, nullable=False),
    Column("void", Boolean, nullable=False),
    Column("value", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""`volume` is the money of the own fills, `spent` what the closed contracts had cost. The minutes
are sums of contracts times the minute in which they were opened or closed: of a position that is
flat, their difference is how long it was held. `settled_at` 0: it is not."""
forecasts = Table(
    "forecasts",
    projected,
    Column("member", BigInteger, primary_key=True, autoincrement=False),
    Column("market", BigInteger, primary_key=True, autoincrement=False),
    Column("side", Integer, primary_key=True, autoincrement=False),
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("count", BigInteger, nullable=False),
    Column("cost", BigInteger, nullable=False),
    Column("squares", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""`cost` and `squares` are the sums of price x count and price x price x count."""
earnings = Table(
    "earnings",
    projected,
    Column("minute", BigInteger, primary_key=True, autoincrement=False),
    Column("member", BigInteger, primary_key=True, autoincrement=False),
    Column("realized", BigInteger, nullable=False),
    Column("fees", BigInteger, nullable=False),
    Column("volume", BigInteger, nullable=False),
    Column("trades", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index("records_by_market", records.c.market)
Index("records_by_first_at", records.c.first_at)
Index("records_by_settled_at", records.c.settled_at)

_RECORD_SUMS: Final = (
    "trades",
    "volume",
    "realized",
    "fees",
    "spent",
    "opened",
    "closed",
    "opened_minutes",
    "closed_minutes",
)
_FORECAST_SUMS: Final = ("count", "cost", "squares")
_EARNING_SUMS: Final = ("realized", "fees", "volume", "trades")


def _adding(table: Table, keys: Sequence[str], sums: Sequence[str]) -> Any:
    new = insert(table)
    added = {name: table.c[name] + new.excluded[name] for name in sums}
    return render(new.on_conflict_do_update(index_elements=list(keys), set_=added))


_RECORD = _adding(records, ("member", "market"), _RECORD_SUMS)
_FORECAST = _adding(forecasts, ("member", "market", "side", "bucket"), _FORECAST_SUMS)
_EARNING = _adding(earnings, ("minute", "member"), _EARNING_SUMS)
_FINALIZE = render(
    update(records)
    .where(records.c.market == bindparam("where"))
    .values(settled_at=bindparam("at"), void=bindparam("was_void"), value=bindparam("its_value"))
)
_CORRECT = render(
    update(records).where(records.c.market == bindparam("where")).values(value=bindparam("now"))
)


class Records:
    """Writes the tables: sums only, so that everything of a batch is one change a row."""

    name = "records"
    tables = (records, forecasts, earnings)
    handles = frozenset(
        {
            MarketFinalized,
            OutcomeCorrected,
            PositionCorrected,
            PositionPaid,
            PositionTransferred,
            Traded,
        }
    )

    def apply(self, moments: Sequence[Moment], rows: Rows) -> None:
        sums = _Sums()
        for moment in moments:
            for fact in moment.facts:
                match fact:
                    case Traded():
                        sums.trade(fact.taker, fact, fact.side == BID, moment.at)
                        sums.trade(fact.maker, fact, fact.side != BID, moment.at)
                    case PositionPaid():
                        sums.paid(fact, moment.at)
                    case PositionTransferred():
                        for share in (fact.source, fact.target):
                            sums.locked_in(share.account, fact.market, share.realized, moment.at)
                    case PositionCorrected():
                        sums.locked_in(fact.account, fact.market, fact.added, moment.at)
                    case OutcomeCorrected():
                        sums.write(rows)
                        rows.add(_CORRECT, {"where": fact.market, "now": fact.value})
                    case MarketFinalized():
                        sums.write(rows)
                        rows.add(_FINALIZE, _final(fact, moment.at))
                    case _:
                        pass
        sums.write(rows)


def _final(fact: MarketFinalized, at: Micros) -> Row:
    void = fact.result in ("", "void")
    return {"where": fact.market, "at": at, "was_void": void, "value": fact.value}


class _Sums:
    """What neighbouring facts add to each row."""

    def __init__(self) -> None:
        self._records: dict[tuple[MemberId, MarketId], Row] = {}
        self._forecasts: dict[tuple[MemberId, MarketId, int, int], Row] = {}
        self._earnings: dict[tuple[MemberId, int], Row] = {}

    def trade(self, leg: Leg, fact: Traded, buys: bool, at: Micros) -> None:
        """One party's side of a trade."""
        if subaccount_of(leg.account):
            return
        member, opened = member_of(leg.account), fact.count - leg.closed
        minute, volume = at // MINUTE, leg.paid + leg.received
        self._record(
            (member, fact.market),
            at,
            trades=1,
            volume=volume,
            realized=leg.realized,
            fees=leg.fee,
            spent=leg.received - leg.realized,
            opened=opened,
            closed=leg.closed,
            opened_minutes=opened * minute,
            closed_minutes=leg.closed * minute,
        )
        self._earn(member, at, realized=leg.realized, fees=leg.fee, volume=volume, trades=1)
        if opened:
            price = fact.price if buys else DOLLAR_PRICE - fact.price
            key = member, fact.market, YES if buys else NO, price // BUCKET
            named = dict(zip(("member", "market", "side", "bucket"), key, strict=True))
            row = self._forecasts.setdefault(key, named | dict.fromkeys(_FORECAST_SUMS, 0))
            _add(row, count=opened, cost=price * opened, squares=price * price * opened)

    def paid(self, fact: PositionPaid, at: Micros) -> None:
        """What a market paid, or gave back, when it was over."""
        if subaccount_of(fact.account):
            return
        member, count = member_of(fact.account), abs(fact.position)
        if not (count or fact.realized or fact.fee_refund):
            return
        self._record(
            (member, fact.market),
            0,
            realized=fact.realized,
            fees=-fact.fee_refund,
            spent=fact.cost,
            closed=count,
            closed_minutes=count * (at // MINUTE),
        )
        self._earn(member, at, realized=fact.realized, fees=-fact.fee_refund)

    def locked_in(self, account: AccountId, market: MarketId, realized: int, at: Micros) -> None:
        """Profit that a position made which came or went without a trade, or was corrected."""
        if realized and not subaccount_of(account):
            self._record((member_of(account), market), 0, realized=realized)
            self._earn(member_of(account), at, realized=realized)

    def write(self, rows: Rows) -> None:
        """Everything so far."""
        for statement, changed in (
            (_RECORD, self._records),
            (_FORECAST, self._forecasts),
            (_EARNING, self._earnings),
        ):
            for row in changed.values():
                rows.add(statement, row)
            changed.clear()

    def _record(self, key: tuple[MemberId, MarketId], at: Micros, **more: int) -> None:
        row = self._records.get(key)
        if row is None:
            row = self._records[key] = dict.fromkeys(_RECORD_SUMS, 0) | {
                "member": key[0],
                "market": key[1],
                "first_at": at,
                "settled_at": 0,
                "void": False,
                "value": 0,
            }
        _add(row, **more)

    def _earn(self, member: MemberId, at: Micros, **more: int) -> None:
        key = member, at // MINUTE
        row = self._earnings.setdefault(
            key, {"member": member, "minute": key[1]} | dict.fromkeys(_EARNING_SUMS, 0)
        )
        _add(row, **more)


def _add(row: Row, **more: int) -> None:
    for name, amount in more.items():
        row[name] += amount
