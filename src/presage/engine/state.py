"""Everything alive on the exchange. Only `engine/fold*.py` may change it, by applying facts.

What is over (filled orders, paid positions) is not kept here: history belongs to projections.
Fields marked derived are recomputed when a snapshot is loaded and do not enter the digest.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from heapq import heappush
from typing import Final

from presage.domain.accounts import NO_CAP
from presage.domain.combos import Legs
from presage.domain.cutoffs import Cutoffs
from presage.domain.hours import Hours
from presage.domain.ids import AccountId, EventId, Id, MarketId, MemberId, SeriesId, shard_of
from presage.domain.orders import ASK, Side
from presage.engine.ages import Ages
from presage.engine.book import Book, Order
from presage.engine.desk import Desk
from presage.engine.queues import NO_ORDERS, Queue
from presage.units import DOLLAR_PRICE, Count, Micros, Money, Price


class Subtrader:
    """What an FCM's subtrader is beside a member: its FCM, its daily cap, and the net premium that
    it had executed by the end of `day`, the last day on which it executed anything."""

    __slots__ = ("day", "executed", "fcm", "limit")

    def __init__(self, fcm: Member) -> None:
        self.fcm = fcm
        self.limit: Money = NO_CAP
        self.executed: Money = 0
        self.day = 0

    def on(self, day: int) -> Money:
        """The net premium executed on that day."""
        return self.executed if day == self.day else 0


class Member:
    """A person or bot; `grid` is the cash grid of its accounts; `combos` counts those it has
    created in week `combo_week`. `subtrader` is None for all but the customers of an FCM."""

    __slots__ = (
        "accounts",
        "combo_week",
        "combos",
        "grid",
        "groups",
        "id",
        "kind",
        "open_orders",
        "status",
        "subtrader",
    )

    def __init__(self, id: MemberId, kind: str, grid: Money) -> None:
        self.id = id
        self.kind = kind
        self.grid = grid
        self.status = "active"
        self.accounts: list[Account] = []
        self.open_orders = 0
        self.groups = 0
        self.subtrader: Subtrader | None = None
        self.combo_week = 0
        self.combos = 0

    @property
    def may_trade(self) -> bool:
        """Is it active, and the FCM that acts for it?"""
        subtrader = self.subtrader
        return self.status == "active" and (subtrader is None or subtrader.fcm.status == "active")


class Account:
    """Holds money: cash, and how much of it resting orders have reserved.

    `swept` is the rank up to which the account's orders are dead and wait for their cancellation;
    `lock` is the id of the settlement-advance lock that is on (0: none).
    """

    __slots__ = (
        "cash",
        "holdings",
        "id",
        "lock",
        "member",
        "netting",
        "reserved",
        "shard",
        "swept",
    )

    def __init__(self, id: AccountId, member: Member, netting: bool) -> None:
        self.id = id
        self.shard = shard_of(id)
        self.member = member
        self.netting = netting
        self.cash: Money = 0
        self.reserved: Money = 0
        self.swept = 0
        self.lock: Id = 0
        self.holdings: dict[MarketId, Holding] = {}

    @property
    def available(self) -> Money:
        """What the account may spend."""
        return self.cash - self.reserved

    def queues(self) -> Iterator[Queue]:
        """Where its resting orders are."""
        for holding in self.holdings.values():
            yield holding.bids
            yield holding.asks


NO_LOTS: Final[deque[tuple[Count, Price]]] = deque()
"""The lots of whoever never traded somewhere; never added to."""


class Holding:
    """An account's stake in one market: its position and its resting orders.

    `lots` are (count, price paid) oldest first, of YES if `count` is positive, of NO if negative.
    `spent` is the net cash that trading took, `fees` and `rounding` what it was charged: a void
    gives exactly that back. `bids` and `asks` are its resting orders, `relieved` is what the
    position takes off their reserve.
    """

    __slots__ = (
        "account",
        "asks",
        "bids",
        "cost",
        "count",
        "fees",
        "lots",
        "market",
        "realized",
        "relieved",
        "rounding",
        "spent",
        "swept",
    )

    def __init__(self, account: Account, market: Market) -> None:
        self.account = account
        self.market = market
        self.count: Count = 0
        self.lots = NO_LOTS
        self.cost: Money = 0
        self.spent: Money = 0
        self.fees: Money = 0
        self.rounding: Money = 0
        self.realized: Money = 0
        self.relieved: Money = 0
        self.swept = 0
        self.bids = NO_ORDERS
        self.asks = NO_ORDERS

    def orders(self, side: Side) -> Queue:
        """Its resting orders of one side."""
        return self.asks if side == ASK else self.bids

    def closing(self, side: Side) -> Count:
        """How many contracts an order of this side would close."""
        return max(self.count, 0) if side == ASK else max(-self.count, 0)


class Series:
    __slots__ = ("fee_type", "id", "multiplier", "shard", "ticker")

    def __init__(
        self, id: SeriesId, ticker: str, fee_type: str, multiplier: int, shard: int
    ) -> None:
        self.id = id
        self.ticker = ticker
        self.fee_type = fee_type
        self.multiplier = multiplier
        self.shard = shard


class Advance:
    """Collateral returned early to one account in one exclusive event."""

    __slots__ = ("amount", "room")

    def __init__(self, amount: Money, room: Price) -> None:
        self.amount = amount
        self.room = room


class Event:
    """`room` is the share of a dollar that the undecided markets can still pay between them."""

    __slots__ = (
        "advances",
        "exclusive",
        "fee_type",
        "id",
        "markets",
        "multiplier",
        "netting",
        "room",
        "series",
        "shard",
        "ticker",
    )

    def __init__(
        self,
        id: EventId,
        series: Series,
        ticker: str,
        exclusive: bool,
        netting: str,
        shard: int = 0,
    ) -> None:
        self.id = id
        self.series = series
        self.ticker = ticker
        self.exclusive = exclusive
        self.netting = netting
        self.shard = shard
        self.fee_type = ""
        self.multiplier = 0
        self.room: Price = DOLLAR_PRICE
        self.markets: list[Market] = []
        self.advances: dict[AccountId, Advance] = {}


class Market:
    """One yes/no question with its book. `top` is what was last announced; `payouts` are the
    accounts that a started settlement has still to pay; `left` is what a dispute left of the
    settlement timer, `before` the status it found; `swept` as in Account. `legs` are those of a
    combo; `combos` are the combos that are not finalized and have this market as a leg, oldest
    first (derived)."""

    __slots__ = (
        "before",
        "book",
        "can_close_early",
        "close_at",
        "combos",
        "escrow",
        "event",
        "fee_waiver_until",
        "holdings",
        "id",
        "left",
        "legs",
        "open_at",
        "open_interest",
        "payouts",
        "result",
        "settle_at",
        "settling",
        "shard",
        "status",
        "structure",
        "swept",
        "ticker",
        "timer",
        "top",
        "value",
        "volatile",
    )

    def __init__(self, id: MarketId, event: Event, ticker: str) -> None:
        self.id = id
        self.event = event
        self.shard = event.shard
        self.ticker = ticker
        self.status = "initialized"
        self.open_at: Micros = 0
        self.close_at: Micros = 0
        self.structure = "linear_cent"
        self.legs: Legs = ()
        self.combos: list[MarketId] = []
        self.timer: Micros = 0
        self.can_close_early = True
        self.fee_waiver_until: Micros = 0
        self.volatile = False
        self.result = ""
        self.value: Price = 0
        self.settle_at: Micros = 0
        self.settling = False
        self.left: Micros = 0
        self.before = ""
        self.payouts: list[AccountId] = []
        self.open_interest: Count = 0
        self.escrow: Money = 0
        self.swept = 0
        self.book = Book()
        self.top: tuple[Price, Count, Price, Count] = (0, 0, DOLLAR_PRICE, 0)
        self.holdings: dict[AccountId, Holding] = {}


class Group:
    """Orders that stop together when more than `limit` contracts match within the window."""

    __slots__ = ("account", "deleted", "id", "limit", "matched", "orders", "triggered", "window")

    def __init__(self, id: Id, account: Account, limit: Count) -> None:
        self.id = id
        self.account = account
        self.limit = limit
        self.matched: Count = 0
        self.window: deque[tuple[Micros, Count]] = deque()
        self.triggered = False
        self.deleted = False
        self.orders: dict[Id, Order] = {}


class Work:
    """Cancellations or payouts that go on over several entries; orders up to `rank` are meant,
    those of `ages` one after the other (derived). `place` is the last combo that was told."""

    __slots__ = ("account", "ages", "id", "kind", "place", "rank", "reason", "subject")

    def __init__(
        self, id: Id, kind: str, subject: int, reason: str, rank: int, account: AccountId
    ) -> None:
        self.id = id
        self.kind = kind
        self.subject = subject
        self.reason = reason
        self.rank = rank
        self.account = account
        self.place: MarketId = 0
        self.ages: list[Ages] = []


class PlannedFees:
    """Fees that a series or an event (the other is 0) will have from `due` on."""

    __slots__ = ("due", "event", "fee_type", "id", "multiplier", "series")

    def __init__(
        self, id: Id, series: SeriesId, event: EventId, fee_type: str, multiplier: int, due: Micros
    ) -> None:
        self.id = id
        self.series = series
        self.event = event
        self.fee_type = fee_type
        self.multiplier = multiplier
        self.due = due


class PlannedPause:
    """A time in which trading, or with `exchange` everything, is off; `on` while it lasts."""

    __slots__ = ("end", "exchange", "id", "on", "start")

    def __init__(
        self, id: int, start: Micros, end: Micros, exchange: bool, on: bool = False
    ) -> None:
        self.id = id
        self.start = start
        self.end = end
        self.exchange = exchange
        self.on = on


OPEN, CLOSE, SETTLE, EXPIRE, QUOTE, BLOCK_TRADE = range(6)
"""Kinds of timer, in the order in which they run when they are due together."""
BEGIN, END, FEES, ROLL = range(4)
"""Kinds of plan. Beginning first: between two pauses that touch nothing is ever on."""


class State:
    """The whole exchange. `ledger` holds the accounts that are not a member's cash, a market's
    escrow or an advance; `timers` and `agenda` are derived and may hold what is no longer true.
    `wished` is how the operator wants the two switches to be while planned pauses are on;
    `subtraders` (derived) are an FCM's."""

    __slots__ = (
        "accounts",
        "agenda",
        "at",
        "cutoffs",
        "desk",
        "events",
        "exchange",
        "exchange_active",
        "groups",
        "halted",
        "halting",
        "hours",
        "id_key",
        "ledger",
        "live_days",
        "markets",
        "members",
        "orders",
        "planned_fees",
        "planned_pauses",
        "ranks",
        "rolls_at",
        "seq",
        "series",
        "shards",
        "subtraders",
        "tickers",
        "timers",
        "trading_active",
        "wished",
        "work",
    )

    def __init__(self) -> None:
        self.seq = 0
        self.at: Micros = 0
        self.exchange = b""
        self.id_key = b""
        self.exchange_active = True
        self.trading_active = True
        self.ranks = 0
        self.halted = 0
        self.members: dict[MemberId, Member] = {}
        self.subtraders: dict[MemberId, list[Member]] = {}
        self.accounts: dict[AccountId, Account] = {}
        self.shards = {0}
        self.series: dict[SeriesId, Series] = {}
        self.events: dict[EventId, Event] = {}
        self.markets: dict[MarketId, Market] = {}
        self.tickers: set[tuple[str, str]] = set()
        self.orders: dict[Id, Order] = {}
        self.groups: dict[Id, Group] = {}
        self.ledger: dict[str, Money] = {}
        self.desk = Desk()
        self.work: deque[Work] = deque()
        self.halting: dict[Id, Order] = {}
        self.timers: list[tuple[Micros, int, int]] = []
        self.planned_fees: dict[Id, PlannedFees] = {}
        self.planned_pauses: dict[int, PlannedPause] = {}
        self.wished: tuple[bool, bool] | None = None
        self.hours = Hours()
        self.cutoffs = Cutoffs()
        self.live_days = 0
        self.rolls_at: Micros = 0
        self.agenda: list[tuple[Micros, int, int]] = []

    def add_timer(self, due: Micros, kind: int, id: int) -> None:
        """Remember to look at something at a time; the Tick checks whether it still matters."""
        heappush(self.timers, (due, kind, id))

    def post(self, name: str, amount: Money) -> None:
        """Add to one of the ledger's own accounts."""
        if amount:
            self.ledger[name] = self.ledger.get(name, 0) + amount
