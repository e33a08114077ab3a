"""The twin's members, money, markets and settlement: plain records, and sums made anew each time.

`twin.py` adds orders and matching. Reserves, advances and positions are never kept up to date; they
are worked out from nothing whenever somebody asks. Cancellations and payouts happen on the spot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from presage.domain import commands as c
from presage.domain.accounts import may_be_negative
from presage.domain.fees import FeeTerms, worst_fee
from presage.domain.ids import account_id, member_of
from presage.domain.markets import DECIDED, UNDECIDED
from presage.domain.orders import ASK, BID
from presage.domain.payouts import payout
from presage.domain.rejects import Code

ONE: Final = 10_000
"""A dollar as a price."""


class No(Exception):
    """The command is refused."""

    def __init__(self, code: Code) -> None:
        self.code = code


def need(holds: object, code: Code) -> None:
    if not holds:
        raise No(code)


def cost_of(side: int, price: int, count: int) -> int:
    return count * (price if side == BID else ONE - price)


@dataclass
class Member:
    grid: int
    status: str = "active"


@dataclass
class Account:
    member: int
    cash: int = 0
    netting: bool = False


@dataclass
class Stake:
    """An account's lots (count, price paid) in a market, oldest first; YES counts are positive."""

    lots: list[tuple[int, int]] = field(default_factory=list)
    spent: int = 0
    fees: int = 0
    rounding: int = 0

    @property
    def count(self) -> int:
        return sum(count for count, _ in self.lots)

    @property
    def cost(self) -> int:
        return sum(abs(count) * price for count, price in self.lots)


@dataclass
class Event:
    series: int
    exclusive: bool
    netting: bool
    fees: tuple[str, int] | None = None
    room: int = ONE


@dataclass
class Market:
    wish: c.CreateMarket
    open_at: int
    close_at: int
    structure: str
    status: str = "initialized"
    value: int = 0
    settle_at: int = 0


@dataclass
class Order:
    """`rank` is its age where it rests, 0 on its way through the book."""

    id: int
    wish: c.PlaceOrder
    terms: FeeTerms
    price: int
    left: int
    client: str
    filled: int = 0
    budget: int = 0
    carry: int = 0
    spent: int = 0
    rank: int = 0


class World:
    """Everything but orders meeting."""

    def __init__(self) -> None:
        self.members: dict[int, Member] = {}
        self.accounts: dict[int, Account] = {}
        self.series: dict[int, tuple[str, int]] = {}
        self.events: dict[int, Event] = {}
        self.markets: dict[int, Market] = {}
        self.tickers: set[str] = set()
        self.orders: dict[int, Order] = {}
        self.stakes: dict[tuple[int, int], Stake] = {}
        self.advances: dict[tuple[int, int], int] = {}
        self.ledger: dict[str, int] = {}
        self.exchange = self.trading = True
        self.at = 0

    # What is worked out anew each time

    def count(self, account: int, market: int) -> int:
        stake = self.stakes.get((account, market))
        return stake.count if stake else 0

    def closable(self, account: int, market: int, side: int) -> int:
        held = self.count(account, market)
        return max(held if side == ASK else -held, 0)

    def netted(self, account: int, event: int) -> bool:
        return self.accounts[account].netting and self.events[event].netting

    def cover(self, account: int, market: int, side: int) -> int:
        """How many contracts the orders of a side close instead of opening."""
        if side == BID and self.netted(account, self.markets[market].wish.event):
            return 0
        return self.closable(account, market, side)

    def resting(self, account: int) -> list[Order]:
        """Oldest first."""
        own = [o for o in self.orders.values() if o.wish.account == account and o.rank]
        return sorted(own, key=lambda o: o.rank)

    def reserved(self, account: int) -> int:
        covers: dict[tuple[int, int], int] = {}
        total = 0
        for order in self.resting(account):
            market, side = key = order.wish.market, order.wish.side
            if key not in covers:
                covers[key] = self.cover(account, market, side)
            opened = max(order.left - covers[key], 0)
            covers[key] -= order.left - opened
            fee = worst_fee(order.terms, False, side, opened, order.price)
            total += cost_of(side, order.price, opened) + min(fee, order.budget)
        return total

    def free(self, account: int) -> int:
        return self.accounts[account].cash - self.reserved(account)

    def least(self, account: int, event: int) -> int:
        """What the account's NO positions in the event pay whatever happens."""
        if not self.netted(account, event):
            return 0
        no = [
            -self.count(account, number)
            for number, market in self.markets.items()
            if market.wish.event == event and self.count(account, number) < 0
        ]
        return sum(no) * ONE - max(no, default=0) * self.events[event].room

    # Money

    def post(self, name: str, amount: int) -> None:
        self.ledger[name] = self.ledger.get(name, 0) + amount

    def credit(self, account: int, amount: int) -> None:
        """Add to the cash; what it cannot bear the house covers."""
        cash = self.accounts[account].cash + amount
        self.accounts[account].cash = max(cash, 0)
        self.post("house:cover", min(cash, 0))

    def advance(self, account: int, event: int) -> None:
        """Bring the collateral returned early up to date."""
        amount, before = self.least(account, event), self.advances.get((account, event), 0)
        self.advances[account, event] = amount
        self.credit(account, amount - before)

    def end_all(self, meant: Callable[[Order], bool]) -> None:
        for order in [o for o in self.orders.values() if o.rank and meant(o)]:
            del self.orders[order.id]

    def expired(self, order: Order) -> bool:
        return 0 < order.wish.expires_at <= self.at

    def margin(self) -> None:
        """Nobody rests what he cannot pay for: the newest orders go first."""
        for account in self.accounts:
            while self.free(account) < 0 and (own := self.resting(account)):
                del self.orders[own[-1].id]

    # Members

    def genesis(self, w: c.Genesis) -> None:
        """Names the exchange; nothing to trade yet."""

    def member(self, member: int, active: bool = False) -> Member:
        need(member in self.members, Code.MEMBER_NOT_FOUND)
        need(not active or self.members[member].status == "active", Code.MEMBER_SUSPENDED)
        return self.members[member]

    def trader(self, account: int) -> Account:
        need(account in self.accounts, Code.ACCOUNT_NOT_FOUND)
        self.member(self.accounts[account].member, active=True)
        return self.accounts[account]

    def open_member(self, w: c.OpenMember) -> None:
        need(w.member not in self.members, Code.MEMBER_EXISTS)
        self.members[w.member] = Member(w.grid)
        self.accounts[account_id(w.member)] = Account(w.member)

    def open_account(self, w: c.OpenAccount) -> None:
        self.member(w.member, active=True)
        number = sum(a.member == w.member for a in self.accounts.values())
        need(number < 64, Code.TOO_MANY_SUBACCOUNTS)
        netting = self.accounts[account_id(w.member)].netting
        self.accounts[account_id(w.member, number)] = Account(w.member, netting=netting)

    def set_member_status(self, w: c.SetMemberStatus) -> None:
        self.member(w.member).status = w.status
        if w.status != "active":
            self.end_all(lambda o: member_of(o.wish.account) == w.member)

    def set_netting(self, w: c.SetNetting) -> None:
        account = self.trader(w.account)
        before, account.netting = account.netting, w.enabled
        gain = sum(
            self.least(w.account, event) - self.advances.get((w.account, event), 0)
            for event in self.events
        )
        if before != w.enabled and self.free(w.account) + gain < 0:
            account.netting = before
            raise No(Code.INSUFFICIENT_BALANCE)
        for event in self.events:
            self.advance(w.account, event)

    def move(self, w: c.Move) -> None:
        amounts = dict(w.lines)
        cash = {name: int(name[5:]) for name in amounts if name.startswith("cash:")}
        need(all(account in self.accounts for account in cash.values()), Code.ACCOUNT_NOT_FOUND)
        need(not w.seen, Code.TRANSFER_EXISTS)
        sound = len(amounts) == len(w.lines) > 1 and sum(amounts.values()) == 0
        need(sound and all(amounts.values()), Code.INVALID_AMOUNT)
        for name, amount in amounts.items():
            have = self.free(cash[name]) if name in cash else self.ledger.get(name, 0)
            fine = amount > 0 or have + amount >= 0 or may_be_negative(name)
            need(fine, Code.INSUFFICIENT_BALANCE)
        for name, amount in amounts.items():
            if name in cash:
                self.accounts[cash[name]].cash += amount
            else:
                self.post(name, amount)

    # Series, events, markets

    def new_ticker(self, ticker: str) -> None:
        need(ticker not in self.tickers, Code.TICKER_EXISTS)
        self.tickers.add(ticker)

    def create_series(self, w: c.CreateSeries) -> None:
        self.new_ticker(w.ticker)
        self.series[len(self.series) + 1] = (w.fee_type, w.multiplier)

    def set_series_fees(self, w: c.SetSeriesFees) -> None:
        self.series[w.series] = (w.fee_type, w.multiplier)

    def create_event(self, w: c.CreateEvent) -> None:
        self.new_ticker(w.ticker)
        self.events[len(self.events) + 1] = Event(w.series, w.exclusive, bool(w.netting))

    def set_event_fees(self, w: c.SetEventFees) -> None:
        self.events[w.event].fees = (w.fee_type, w.multiplier) if w.fee_type else None

    def create_market(self, w: c.CreateMarket) -> None:
        event, number = self.events[w.event], len(self.markets) + 1
        need(w.ticker not in self.tickers, Code.TICKER_EXISTS)
        need(w.open_at < w.close_at, Code.INVALID_TIMES)
        need(not event.exclusive or event.room, Code.WRONG_STATUS)
        self.new_ticker(w.ticker)
        self.markets[number] = Market(w, w.open_at, w.close_at, w.structure)
        self.by_clock(number)

    def by_clock(self, market: int) -> None:
        m = self.markets[market]
        if m.status == "initialized" and self.at >= m.open_at:
            m.status = "active"
        if m.status in ("active", "inactive") and self.at >= m.close_at:
            self.close(market)

    def close(self, market: int) -> None:
        m = self.markets[market]
        m.status, m.close_at = "closed", min(self.at, m.close_at)
        self.end_all(lambda o: o.wish.market == market)

    def market(self, market: int) -> Market:
        need(market in self.markets, Code.MARKET_NOT_FOUND)
        return self.markets[market]

    def set_market_times(self, w: c.SetMarketTimes) -> None:
        m = self.market(w.market)
        open_at, close_at = w.open_at or m.open_at, w.close_at or m.close_at
        need(open_at < close_at, Code.INVALID_TIMES)
        past = self.at >= min(m.open_at, m.close_at)
        need(open_at == m.open_at or not past, Code.INVALID_TIMES)
        need(m.status in UNDECIDED, Code.WRONG_STATUS)
        need(close_at >= m.close_at or m.wish.can_close_early, Code.CANNOT_CLOSE_EARLY)
        self.by_clock(w.market)
        m.open_at, m.close_at = open_at, close_at
        if m.status == "closed" and self.at < close_at:
            m.status = "active" if self.at >= open_at else "initialized"
        self.by_clock(w.market)

    def set_price_structure(self, w: c.SetPriceStructure) -> None:
        self.market(w.market).structure = w.structure

    def open_market(self, w: c.OpenMarket) -> None:
        m = self.market(w.market)
        need(m.status == "initialized", Code.WRONG_STATUS)
        need(self.at < m.close_at, Code.MARKET_CLOSED)
        m.status, m.open_at = "active", min(self.at, m.open_at)

    def pause_market(self, w: c.PauseMarket) -> None:
        need(self.market(w.market).status == "active", Code.WRONG_STATUS)
        self.markets[w.market].status = "inactive"
        if w.cancel_orders:
            self.end_all(lambda o: o.wish.market == w.market)

    def resume_market(self, w: c.ResumeMarket) -> None:
        need(self.market(w.market).status == "inactive", Code.WRONG_STATUS)
        self.markets[w.market].status = "active"
        self.end_all(lambda o: o.wish.market == w.market)

    def close_market(self, w: c.CloseMarket) -> None:
        m = self.market(w.market)
        need(m.status in UNDECIDED - {"closed"}, Code.WRONG_STATUS)
        need(self.at >= m.close_at or m.wish.can_close_early, Code.CANNOT_CLOSE_EARLY)
        self.close(w.market)

    def set_pause(self, w: c.SetPause) -> None:
        self.exchange, self.trading = w.exchange, w.trading
        if not (w.exchange and w.trading):
            self.end_all(lambda o: o.wish.cancel_on_pause)

    def tick(self, w: c.Tick) -> None:
        for number in self.markets:
            self.by_clock(number)
        decided = [n for n, m in self.markets.items() if m.status in ("determined", "amended")]
        for number in sorted(decided, key=lambda n: (self.markets[n].settle_at, n)):
            if self.markets[number].settle_at <= self.at:
                self.pay(number)
        self.end_all(self.expired)

    # The outcome

    def decide(self, market: int, status: str, value: int, allowed: frozenset[str]) -> None:
        m, event = self.market(market), self.markets[market].wish.event
        need(0 <= value <= ONE, Code.INVALID_VALUE)
        need(m.status in allowed, Code.WRONG_STATUS)
        known = sum(
            other.value
            for other in self.markets.values()
            if other.wish.event == event and other is not m and other.status not in UNDECIDED
        )
        need(not self.events[event].exclusive or known + value <= ONE, Code.VALUES_EXCEED_ONE)
        m.status, m.value, m.settle_at = status, value, self.at + m.wish.timer

    def determine_market(self, w: c.DetermineMarket) -> None:
        self.decide(w.market, "determined", w.value, frozenset({"closed"}))

    def amend_market(self, w: c.AmendMarket) -> None:
        self.decide(w.market, "amended", w.value, DECIDED)

    def dispute_market(self, w: c.DisputeMarket) -> None:
        m = self.market(w.market)
        need(m.status in ("determined", "amended"), Code.WRONG_STATUS)
        m.status = "disputed"

    def settle_market(self, w: c.SettleMarket) -> None:
        need(self.market(w.market).status in ("determined", "amended"), Code.WRONG_STATUS)
        self.pay(w.market)

    def void_market(self, w: c.VoidMarket) -> None:
        m = self.market(w.market)
        need(m.status != "finalized", Code.WRONG_STATUS)
        if m.status in UNDECIDED - {"closed"}:
            self.close(w.market)
        m.value = 0
        self.pay(w.market, void=True)

    def pay(self, market: int, void: bool = False) -> None:
        m, event = self.markets[market], self.markets[market].wish.event
        m.status = "finalized"
        self.events[event].room -= m.value
        for account in sorted(self.accounts):
            stake = self.stakes.pop((account, market), Stake())
            self.credit(account, stake.spent + stake.fees if void else payout(stake.count, m.value))
            if void:
                self.post("fees", stake.rounding - stake.fees)
                self.post("rounding", -stake.rounding)
            self.advance(account, event)
