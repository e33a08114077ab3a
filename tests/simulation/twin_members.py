"""The twin's own idea of subtraders and their caps, locked accounts and moved positions.

What a subtrader has spent is a list of all its spending with the day in New York; the sum of a day
is made whenever it matters.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from presage.domain import member_commands as m
from presage.domain.fees import worst_fee
from presage.domain.ids import member_of, shard_of
from presage.domain.orders import ASK, BID
from presage.domain.rejects import Code
from presage.units import DOLLAR_PRICE, MAX_COUNT, SECOND, Money
from tests.simulation.twin_desk import cost_of, need

if TYPE_CHECKING:
    from tests.simulation.twin import Twin

NEW_YORK = ZoneInfo("America/New_York")


class TwinMembers:
    """`caps` of those who have one, `spent` by (member, day in New York), `locked` accounts."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin
        self.caps = dict[int, Money]()
        self.spent = dict[tuple[int, str], list[Money]]()
        self.locked = set[int]()

    def fcm_of(self, member: int) -> int:
        return int(getattr(self.twin.members[member], "fcm", 0))

    def may_trade(self, member: int) -> bool:
        fcm = self.fcm_of(member)
        active = self.twin.members[member].status == "active"
        return active and (not fcm or self.twin.members[fcm].status == "active")

    def stopped_with(self, member: int) -> list[int]:
        """The member, and whoever cannot trade without it."""
        own = [n for n in list(self.twin.members) if self.fcm_of(n) == member]
        return [member, *own]

    # Caps

    def set_daily_cap(self, c: m.SetDailyCap) -> None:
        known = c.subtrader in self.twin.members and self.fcm_of(c.subtrader)
        need(known and known == c.fcm, Code.MEMBER_NOT_FOUND)
        need(c.limit >= -1, Code.INVALID_AMOUNT)
        need(c.limit >= 0 or c.subtrader in self.caps, Code.NO_DAILY_CAP)
        self.caps.pop(c.subtrader, None)
        if c.limit >= 0:
            self.caps[c.subtrader] = c.limit

    def today(self) -> str:
        return str(datetime.fromtimestamp(self.twin.at // SECOND, NEW_YORK).date())

    def spend(self, account: int, amount: Money) -> None:
        member = member_of(account)
        if self.fcm_of(member):
            self.spent.setdefault((member, self.today()), []).append(amount)

    def executed(self, member: int) -> Money:
        return sum(self.spent.get((member, self.today()), []))

    def pending(self, member: int, but: Any = None) -> Money:
        desk, total = self.twin.desk, 0
        for quote in desk.quotes.values():
            for made in (True, False) if quote.status == "confirmed" and quote is not but else ():
                o = desk.order(quote, desk.rfqs[quote.rfq], quote.side, made)
                if member_of(o.account) == member:
                    total += cost_of(o.side, o.price, o.left)
                    total += worst_fee(o.terms, True, o.side, o.left, o.price)
        return total

    def check_cap(self, account: int, price: Money, reserved: Money, but: Any = None) -> None:
        member = member_of(account)
        if not self.fcm_of(member):
            return
        need(member in self.caps, Code.DAILY_CAP_EXCEEDED)
        others = [one for one in self.twin.cash if member_of(one) == member and one != account]
        elsewhere = sum(self.twin.reserved(one) for one in others)
        used = self.executed(member) + reserved + elsewhere + self.pending(member, but)
        need(not price or used + price <= self.caps[member], Code.DAILY_CAP_EXCEEDED)

    # Locks

    def lock_account(self, c: m.LockAccount | m.UnlockAccount) -> None:
        need(c.account in self.twin.cash, Code.ACCOUNT_NOT_FOUND)
        need(self.twin.exchange, Code.EXCHANGE_PAUSED)
        self.locked.discard(c.account)
        if isinstance(c, m.LockAccount):
            self.locked.add(c.account)
            self.twin.end(*self.twin.resting(account=c.account))

    unlock_account = lock_account

    # Positions

    def transfer_position(self, c: m.TransferPosition) -> None:
        twin, side = self.twin, ASK if c.no else BID
        for account in (c.source, c.target):
            twin.trader(account)
        twin.there(c.source, c.market)
        need(not c.seen, Code.TRANSFER_EXISTS)
        need(0 < c.count <= MAX_COUNT, Code.INVALID_COUNT)
        fits = c.count * c.price % twin.members[member_of(c.source)].grid == 0
        need(fits and 0 <= c.price <= DOLLAR_PRICE, Code.INVALID_PRICE)
        own = member_of(c.source) == member_of(c.target)
        own = own and shard_of(c.source) == shard_of(c.target)
        need(own and c.source != c.target, Code.INVALID_VALUE)
        need(twin.exchange, Code.EXCHANGE_PAUSED)
        need(twin.markets[c.market].status != "finalized", Code.MARKET_CLOSED)
        held = twin.closable(c.source, c.market, 1 - side)
        need(held >= c.count, Code.INSUFFICIENT_POSITION)
        cash = dict(twin.cash)
        for account, way in ((c.source, 1 - side), (c.target, side)):
            self.book(account, way, c)
        try:
            for account in (c.source, c.target):
                self.check_backed(account, c.market)
        except Exception:
            twin.cash = cash
            for account in (c.source, c.target):
                twin.stakes[account, c.market].pop()
            raise
        for account in (c.source, c.target):
            twin.credit(account, twin.markets[c.market].event)

    def book(self, account: int, side: int, c: m.TransferPosition) -> None:
        """As a fill without a fee."""
        twin = self.twin
        closed = min(c.count, twin.closable(account, c.market, side))
        twin.cash[account] += cost_of(1 - side, c.price, closed)
        twin.cash[account] -= cost_of(side, c.price, c.count - closed)
        signed = c.count if side == BID else -c.count
        twin.stakes[account, c.market].append((signed, c.price, 0, 0))

    def check_backed(self, account: int, market: int) -> None:
        twin, event = self.twin, self.twin.markets[market].event
        for side in (BID, ASK):
            reducing = twin.resting(account=account, market=market, side=side, reduce_only=True)
            enough = sum(o.left for o in reducing) <= twin.closable(account, market, side)
            need(enough, Code.INSUFFICIENT_POSITION)
        back = max(twin.advances[account, event] - twin.least(account, event), 0)
        need(twin.free(account) >= back, Code.INSUFFICIENT_BALANCE)
