"""The exchange once more, slow and obvious: queues are sorted whenever somebody looks at them.

It knows the rules and none of the engine. Whoever disagrees with it has a bug, or it has. It says
nothing about facts, only what they must come to: trades, refusals, and the state afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from presage.domain import commands as c
from presage.domain.fees import FeeTerms, charge, terms, trade_fee, worst_fee
from presage.domain.ids import make_id, member_of
from presage.domain.markets import on_grid
from presage.domain.orders import ASK, BID, FOK, GROUP_WINDOW, GTC, IOC, TAKER_AT_CROSS
from presage.domain.rejects import Code
from presage.units import CONTRACT, MAX_COUNT
from tests.simulation.world import ONE, No, Order, Stake, World, cost_of, need

Fill = tuple[int, int, int, int, int, int]
"""Taker, maker, price, count, taker's fee, maker's fee."""
GroupWish = c.SetGroupLimit | c.TriggerGroup | c.ResetGroup | c.DeleteGroup
MAX_LIMIT = 1_000_000 * CONTRACT


@dataclass
class Group:
    account: int
    limit: int
    triggered: bool = False
    window: list[tuple[int, int]] = field(default_factory=list)


class Twin(World):
    """Same commands, same refusals, same money."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: dict[int, Group] = {}
        self.fills: list[Fill] = []
        self.seq = self.ranks = 0

    def execute(self, command: c.Command, seq: int, at: int) -> Code | None:
        """Carry the command out; the refusal, if it was refused. `fills` has its trades."""
        self.seq, self.at, self.fills = seq, at, []
        word = re.sub(r"(?<!^)(?=[A-Z])", "_", type(command).__name__).lower()
        act: Callable[[c.Command], None] = getattr(self, word)
        try:
            act(command)
        except No as refusal:
            return refusal.code
        self.margin()
        return None

    # Placing

    def place_order(self, w: c.PlaceOrder) -> None:
        account, market = self.trader(w.account), self.market(w.market)
        group = self.group(w.group, account.member, w.account) if w.group else None
        self.check_shape(w, market.structure)
        self.check_open(w.market)
        need(group is None or not group.triggered, Code.GROUP_TRIGGERED)
        held = self.closable(w.account, w.market, w.side)
        need(held or not w.reduce_only, Code.NOTHING_TO_REDUCE)
        count = min(w.count, held) if w.reduce_only else w.count
        order = Order(make_id(self.seq, 0), w, self.fee_terms(w), w.price, count, w.client_order_id)
        crossing = bool(self.rivals(order))
        need(not (w.post_only and crossing), Code.POST_ONLY_CROSS)
        price = self.newest_need(order, crossing)
        if w.max_cost:
            price = min(price, w.max_cost)
        need(self.free(w.account) >= price, Code.INSUFFICIENT_BALANCE)
        if w.tif == FOK and (count < w.count or not self.can_fill(order)):
            return
        order.left = w.count
        order.budget = worst_fee(order.terms, True, w.side, w.count, w.price)
        self.orders[order.id] = order
        self.arrive(order)

    def check_shape(self, w: c.PlaceOrder, structure: str) -> None:
        need(not w.seen, Code.ORDER_EXISTS)
        need(0 < w.count <= MAX_COUNT, Code.INVALID_COUNT)
        need(on_grid(structure, w.price), Code.INVALID_PRICE)
        immediate = w.tif in (IOC, FOK)
        need(not (immediate and (w.expires_at or w.post_only)), Code.INVALID_ORDER)
        need(immediate or not w.max_cost, Code.INVALID_ORDER)
        need(not self.at >= w.expires_at > 0, Code.EXPIRED)

    def check_open(self, market: int, to_cancel: bool = False) -> None:
        m = self.markets[market]
        need(self.exchange, Code.EXCHANGE_PAUSED)
        need(self.trading or to_cancel, Code.TRADING_PAUSED)
        need(m.status != "initialized", Code.MARKET_NOT_OPEN)
        open_now = m.status in ("active", "inactive") and self.at < m.close_at
        need(open_now, Code.MARKET_CLOSED)
        need(m.status == "active" or to_cancel, Code.MARKET_PAUSED)

    def fee_terms(self, w: c.PlaceOrder) -> FeeTerms:
        market, grid = self.markets[w.market], self.members[member_of(w.account)].grid
        event = self.events[market.wish.event]
        if self.at < market.wish.fee_waiver_until:
            return FeeTerms(grid=grid)
        return terms(*(event.fees or self.series[event.series]), grid)

    def newest_need(self, order: Order, crossing: bool, but: int = 0) -> int:
        """What the order reserves after all others of its side (except the order `but`)."""
        w = order.wish
        older = [
            o.left
            for o in self.resting(w.account)
            if o.id != but and (o.wish.market, o.wish.side) == (w.market, w.side)
        ]
        cover = max(self.cover(w.account, w.market, w.side) - sum(older), 0)
        opened = max(order.left - cover, 0)
        fee = worst_fee(order.terms, crossing, w.side, opened, order.price) if opened else 0
        return cost_of(w.side, order.price, opened) + fee

    # Meeting the book

    def rivals(self, order: Order) -> list[Order]:
        """The live orders it would meet, first come first."""
        side, sign = order.wish.side, 1 if order.wish.side == BID else -1
        met = [
            o
            for o in self.orders.values()
            if o.rank
            and (o.wish.market, o.wish.side) == (order.wish.market, 1 - side)
            and o.price * sign <= order.price * sign
            and not self.expired(o)
        ]
        return sorted(met, key=lambda o: (o.price * sign, o.rank))

    def can_fill(self, order: Order) -> bool:
        left, spent, rooms = order.left, 0, dict[int, int]()
        w = order.wish
        closable = self.closable(w.account, w.market, w.side)
        if order.wish.group and self.room(order.wish.group) < left:
            return False
        for rival in self.rivals(order):
            count, group = min(left, rival.left), rival.wish.group
            if group:
                count = min(count, rooms.setdefault(group, self.room(group)))
                rooms[group] -= count
            left -= count
            spent += self.counted(order, count, rival.price, closable)
            closable -= min(count, closable)
            if not left or (order.wish.max_cost and spent > order.wish.max_cost):
                break
        return left == 0 and (not order.wish.max_cost or spent <= order.wish.max_cost)

    def arrive(self, order: Order) -> None:
        while order.id in self.orders and order.left and (rivals := self.rivals(order)):
            self.bury(order, rivals[0].price, rivals[0].rank)
            if not self.meet(order, rivals[0]):
                self.orders.pop(order.id, None)
        if order.id in self.orders and order.left:
            self.bury(order, order.price, self.ranks)
            if order.wish.tif == GTC:
                self.rest(order)
                return
        self.orders.pop(order.id, None)

    def bury(self, order: Order, price: int, rank: int) -> None:
        """Expired orders in the way, up to this place in the queue, are found dead and go."""
        sign = 1 if order.wish.side == BID else -1
        self.end_all(
            lambda o: (
                self.expired(o)
                and (o.wish.market, o.wish.side) == (order.wish.market, 1 - order.wish.side)
                and (o.price * sign, o.rank) <= (price * sign, rank)
            )
        )

    def meet(self, taker: Order, maker: Order) -> bool:
        """One encounter; whether the taker goes on."""
        if member_of(taker.wish.account) == member_of(maker.wish.account):
            if taker.wish.stp == TAKER_AT_CROSS:
                return False
            del self.orders[maker.id]
            return True
        wanted = min(taker.left, maker.left)
        groups = [group for group in (maker.wish.group, taker.wish.group) if group]
        rooms = {group: self.room(group) for group in groups}
        count = min([self.own_limit(taker, maker.price, wanted), *rooms.values()])
        if count:
            self.trade(taker, maker, count)
        if count == wanted:
            return True
        for group in groups:
            if rooms[group] == count:
                self.trigger(group)
        stopped = taker.wish.group and self.groups[taker.wish.group].triggered
        return maker.id not in self.orders and not stopped

    def own_limit(self, taker: Order, price: int, count: int) -> int:
        """What reduce-only and the cost limit let an arriving order take."""
        w = taker.wish
        if w.reduce_only:
            count = min(count, self.closable(w.account, w.market, w.side))
        if w.max_cost:
            step = 100 if (taker.filled + taker.left) % 100 == 0 else 1
            left, count = w.max_cost - taker.spent, count // step * step
            closable = self.closable(w.account, w.market, w.side)
            while count and left < self.counted(taker, count, price, closable):
                count -= step
        return count

    def counted(self, taker: Order, count: int, price: int, closable: int) -> int:
        """What a fill counts against a cost limit: what opens, and the fees with their rounding."""
        closed = min(count, closable)
        paid = cost_of(taker.wish.side, price, count - closed)
        total = paid + trade_fee(taker.terms, True, count, price)
        grid = taker.terms.grid
        return total + (grid - 1 if closed else -total % grid)

    def trade(self, taker: Order, maker: Order, count: int) -> None:
        fees = [self.fill(order, count, maker.price, order is taker) for order in (taker, maker)]
        self.fills.append((taker.id, maker.id, maker.price, count, fees[0], fees[1]))
        if not maker.left:
            del self.orders[maker.id]
        for order in (taker, maker):
            w = order.wish
            self.advance(w.account, self.markets[w.market].wish.event)
            for side in (BID, ASK):
                self.trim(w.account, w.market, side)

    def fill(self, order: Order, count: int, price: int, taker: bool) -> int:
        """One party's side; its fee."""
        w, account = order.wish, self.accounts[order.wish.account]
        stake = self.stakes.setdefault((w.account, w.market), Stake())
        closed = min(count, self.closable(w.account, w.market, w.side))
        received = cost_of(1 - w.side, price, closed)
        gain = received - cost_of(w.side, price, count - closed)
        provided = received + (0 if closed == count else order.budget)
        cash = account.cash + gain
        if w.side == BID and self.netted(w.account, self.markets[w.market].wish.event):
            provided, cash = order.budget, cash - closed * ONE
        fee = trade_fee(order.terms, taker, count, price)
        paid = charge(order.terms, fee, gain, order.carry, min(provided, cash))
        account.cash += gain - paid.net
        self.post("fees", paid.net - paid.rounding)
        self.post("rounding", paid.rounding)
        stake.spent -= gain
        stake.fees += paid.net
        stake.rounding += paid.rounding
        self.change_lots(stake, w.side, count, price)
        order.carry, order.left, order.filled = paid.carry, order.left - count, order.filled + count
        order.spent += paid.net + received - gain
        if closed < count:
            order.budget = max(order.budget - paid.net, 0)
        if order.rank:
            rest = worst_fee(order.terms, False, w.side, order.left, order.price)
            order.budget = min(order.budget, rest)
        if w.group:
            self.groups[w.group].window.append((self.at, count))
        return paid.net

    def change_lots(self, stake: Stake, side: int, count: int, price: int) -> None:
        sign = 1 if side == BID else -1
        while count and stake.lots and stake.lots[0][0] * sign < 0:
            held, paid = stake.lots.pop(0)
            used = min(count, abs(held))
            count -= used
            if used < abs(held):
                stake.lots.insert(0, (held + sign * used, paid))
        if count:
            stake.lots.append((sign * count, cost_of(side, price, 1)))

    def trim(self, account: int, market: int, side: int) -> None:
        """Reduce-only orders want no more than there is to reduce; the newest give way."""
        own = [
            o
            for o in self.resting(account)
            if o.wish.reduce_only and (o.wish.market, o.wish.side) == (market, side)
        ]
        excess = sum(o.left for o in own) - self.closable(account, market, side)
        for order in reversed(own):
            by = min(max(excess, 0), order.left)
            excess -= by
            self.reduce(order, by)

    def reduce(self, order: Order, by: int) -> None:
        order.left -= by
        if order.left <= 0:
            del self.orders[order.id]

    def rest(self, order: Order) -> None:
        self.ranks += 1
        order.rank = self.ranks
        order.budget = worst_fee(order.terms, False, order.wish.side, order.left, order.price)
        if order.wish.reduce_only:
            self.trim(order.wish.account, order.wish.market, order.wish.side)

    # Changing and ending

    def own(self, order: int, member: int, account: int) -> Order:
        self.member(member)
        o = self.orders.get(order)
        need(o and member_of(o.wish.account) == member, Code.ORDER_NOT_FOUND)
        assert o is not None
        need(account in (0, o.wish.account) and not self.expired(o), Code.ORDER_NOT_FOUND)
        return o

    def cancel_order(self, w: c.CancelOrder) -> None:
        order = self.own(w.order, w.member, w.account)
        self.check_open(order.wish.market, to_cancel=True)
        del self.orders[order.id]

    def decrease_order(self, w: c.DecreaseOrder) -> None:
        order = self.own(w.order, w.member, w.account)
        need((w.by < 0) != (w.to < 0), Code.INVALID_COUNT)
        by = w.by if w.by >= 0 else order.left - w.to
        need(by > 0, Code.INVALID_COUNT)
        self.check_open(order.wish.market, to_cancel=True)
        self.reduce(order, by)

    def amend_order(self, w: c.AmendOrder) -> None:
        self.member(w.member, active=True)
        order = self.own(w.order, w.member, w.account)
        self.check_amend(w, order)
        left = w.count - order.filled
        if left == 0:
            del self.orders[order.id]
            return
        if w.price == order.price and left <= order.left:
            order.left = left
        else:
            self.check_new_place(w, order, left)
            order.rank, order.price, order.left = 0, w.price, left
            order.budget = worst_fee(order.terms, True, order.wish.side, left, w.price)
            if order.wish.post_only and self.rivals(order):
                del self.orders[order.id]
            else:
                self.arrive(order)
        order.client = w.new_client_order_id or order.client

    def check_amend(self, w: c.AmendOrder, order: Order) -> None:
        need(not w.seen, Code.ORDER_EXISTS)
        need(0 < w.count <= MAX_COUNT, Code.INVALID_COUNT)
        market = order.wish.market
        need(on_grid(self.markets[market].structure, w.price), Code.INVALID_PRICE)
        need(w.market in (0, market), Code.TICKER_MISMATCH)
        need(w.side in (-1, order.wish.side), Code.SIDE_MISMATCH)
        need(w.client_order_id in ("", order.client), Code.CLIENT_ID_MISMATCH)
        need(w.count >= order.filled, Code.BELOW_FILLED)
        self.check_open(market)

    def check_new_place(self, w: c.AmendOrder, order: Order, left: int) -> None:
        """An order that leaves its place must afford the new one and not meet its owner."""
        new = Order(0, order.wish, order.terms, w.price, left, "")
        rivals = self.rivals(new)
        own = [r for r in rivals if member_of(r.wish.account) == w.member]
        need(not own, Code.SELF_CROSS)
        rank, order.rank = order.rank, 0
        free = self.free(order.wish.account)
        order.rank = rank
        enough = free >= self.newest_need(new, bool(rivals), but=order.id)
        need(enough, Code.INSUFFICIENT_BALANCE)

    def cancel_all(self, w: c.CancelAll) -> None:
        self.member(w.member)
        known = w.account in self.accounts and member_of(w.account) == w.member
        need(not w.account or known, Code.ACCOUNT_NOT_FOUND)
        need(not w.market or w.market in self.markets, Code.MARKET_NOT_FOUND)
        need(self.exchange, Code.EXCHANGE_PAUSED)
        self.end_all(
            lambda o: (
                member_of(o.wish.account) == w.member
                and w.account in (0, o.wish.account)
                and w.market in (0, o.wish.market)
            )
        )

    # Groups

    def group(self, group: int, member: int, account: int) -> Group:
        self.member(member)
        g = self.groups.get(group)
        need(g and member_of(g.account) == member, Code.GROUP_NOT_FOUND)
        assert g is not None
        need(account in (0, g.account), Code.GROUP_NOT_FOUND)
        return g

    def act_on(self, w: GroupWish, limit: int = 1) -> Group:
        g = self.group(w.group, w.member, w.account)
        need(0 < limit <= MAX_LIMIT, Code.INVALID_LIMIT)
        need(self.exchange, Code.EXCHANGE_PAUSED)
        return g

    def room(self, group: int) -> int:
        """How many contracts may still match within 15 seconds."""
        g = self.groups[group]
        return max(g.limit - sum(n for at, n in g.window if at > self.at - GROUP_WINDOW), 0)

    def trigger(self, group: int) -> None:
        self.groups[group].triggered = True
        self.end_all(lambda o: o.wish.group == group)

    def create_group(self, w: c.CreateGroup) -> None:
        self.trader(w.account)
        need(0 < w.limit <= MAX_LIMIT, Code.INVALID_LIMIT)
        need(self.exchange, Code.EXCHANGE_PAUSED)
        self.groups[make_id(self.seq, 0)] = Group(w.account, w.limit)

    def set_group_limit(self, w: c.SetGroupLimit) -> None:
        g = self.act_on(w, w.limit)
        g.limit = w.limit
        if sum(n for at, n in g.window if at > self.at - GROUP_WINDOW) > w.limit:
            self.trigger(w.group)

    def trigger_group(self, w: c.TriggerGroup) -> None:
        self.act_on(w)
        self.trigger(w.group)

    def reset_group(self, w: c.ResetGroup) -> None:
        g = self.act_on(w)
        g.triggered, g.window = False, []

    def delete_group(self, w: c.DeleteGroup) -> None:
        self.act_on(w)
        self.trigger(w.group)
        del self.groups[w.group]
