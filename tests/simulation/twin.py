"""The exchange once more, slow and obvious: plain dicts, and sums made anew whenever they matter.

It decides members' wishes by itself; what operator and clock say it is told in facts.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from types import SimpleNamespace as Record
from typing import Any

from msgspec.structs import asdict

from presage.domain import commands as c
from presage.domain import facts as f
from presage.domain.bounds import Bounds
from presage.domain.fees import charge, spend, terms, trade_fee, worst_fee
from presage.domain.ids import make_id, member_of, shard_of
from presage.domain.markets import on_grid
from presage.domain.orders import ASK, BID, FOK, GROUP_WINDOW, GTC, IOC, MAKER
from presage.domain.rejects import Code, Refused
from presage.domain.shard_facts import ShardDeclared
from presage.domain.site_commands import ClosePosition
from presage.units import CONTRACT, DOLLAR_PRICE, MAX_COUNT, SECOND, Count, Money, Price
from tests.simulation.twin_combos import TwinCombos
from tests.simulation.twin_desk import TwinDesk, cost_of, need
from tests.simulation.twin_members import TwinMembers
from tests.simulation.twin_money import TwinMoney
from tests.simulation.twin_plans import TwinPlans
from tests.simulation.twin_resolutions import TwinResolutions


class Twin:
    """`orders` rest, oldest place first: a command's fields, `left`, a `budget` for fees, `carry`.
    `stakes`: (account, market) -> every fill not yet paid: count (- NO), price, fee, rounding."""

    def __init__(self) -> None:
        self.members = defaultdict[int, Any](lambda: Record(status="active"))
        self.events = defaultdict[int, Any](lambda: Record(fee_type=""))
        self.markets = defaultdict[int, Any](lambda: Record(status="initialized", result=""))
        self.netting, self.series = set[int](), defaultdict[int, Any](Record)
        self.known = {"market": self.markets, "event": self.events}
        self.known |= {"series": self.series, "member": self.members}
        self.cash, self.orders, self.groups = dict[int, Money](), dict[int, Any](), dict[int, Any]()
        self.stakes = defaultdict[tuple[int, int], list[tuple[Count, Price, Money, Money]]](list)
        self.advances, self.ledger = Counter[tuple[int, int]](), Counter[str]()
        self.exchange = self.trading = True
        self.shards = {0}
        self.desk, self.subs, self.plans = TwinDesk(self), TwinMembers(self), TwinPlans(self)
        self.combos, self.outcomes = TwinCombos(self), TwinResolutions(self)
        self.purse = TwinMoney(self)
        self.create_combo = self.combos.create_combo

    def execute(self, command: c.Command, seq: int, at: int, facts: list[Any]) -> Code | None:
        """Returns the refusal, if any; `fills` and `ended` (executed if nothing is left) follow."""
        self.seq, self.at, self.facts = seq, at, facts
        self.fills, self.ended = list[tuple[int, ...]](), list[Any]()
        self.desk.talked, self.plans.charged = [], []
        before = self.orders, self.netting
        word = re.sub("(?<!^)(?=[A-Z])", "_", type(command).__name__).lower()
        try:
            others = (self.desk, self.subs, self.plans, self.outcomes, self.purse)
            rule = next((getattr(o, word) for o in others if hasattr(o, word)), self.hear)
            getattr(self, word, rule)(command)  # PlaceOrder: self.place_order, and so on
        except Refused as refusal:
            self.orders, self.netting = before
            return refusal.reject.code
        self.desk.follow(facts)
        for account in self.cash:  # nobody rests what he cannot pay for: the newest go first
            while self.free(account) < 0 and (own := self.resting(account=account)):
                self.end(own[-1])
        return None

    def closable(self, account: int, market: int, side: int) -> Count:
        held = sum(fill[0] for fill in self.stakes.get((account, market), ()))
        return max(held if side == ASK else -held, 0)

    def nets(self, account: int, event: int) -> bool:
        return account in self.netting and self.events[event].netting != ""

    def resting(self, **like: object) -> list[Any]:
        return [o for o in self.orders.values() if like.items() <= vars(o).items()]

    def reserved(self, account: int, new: Any = None) -> Money:  # held contracts cover the oldest
        total, orders = 0, self.resting(account=account) + ([new] if new else [])
        for place, o in enumerate(orders):
            older = [x for x in orders[:place] if (x.market, x.side) == (o.market, o.side)]
            paid_back = o.side == BID and self.nets(account, self.markets[o.market].event)
            cover = 0 if paid_back else self.closable(account, o.market, o.side)
            opened = o.left - min(max(cover - sum(x.left for x in older), 0), o.left)
            fee = worst_fee(o.terms, o is new and bool(self.rivals(o)), o.side, opened, o.price)
            total += cost_of(o.side, o.price, opened) + (fee if o is new else min(fee, o.budget))
        return total

    def free(self, account: int) -> Money:
        return self.cash[account] - self.reserved(account)

    def least(self, account: int, event: int) -> Money:  # what NO pays whatever happens
        inside = {n: m for n, m in self.markets.items() if m.event == event}
        room = DOLLAR_PRICE - sum(m.value for m in inside.values() if m.status == "finalized")
        no = [self.closable(account, n, BID) for n in inside] if self.nets(account, event) else []
        return int(sum(no) * DOLLAR_PRICE - max(no, default=0) * room)

    def credit(self, account: int, event: int, amount: Money = 0) -> None:
        """Pay, and bring what was paid back early up to date; the house covers what is missing."""
        before = self.advances[account, event]
        self.advances[account, event] = self.least(account, event)
        for change in (amount, self.advances[account, event] - before):
            cash = self.cash[account] + change
            self.cash[account] = max(cash, 0)
            self.ledger["house:cover"] += min(cash, 0)

    def expired(self, order: Any) -> bool:
        return bool(0 < getattr(order, "expires_at", 0) <= self.at)

    def end(self, *orders: Any) -> None:
        for order in orders:
            self.orders.pop(order.id, None)
            self.ended.append(order)

    def trader(self, account: int) -> None:
        need(account in self.cash, Code.ACCOUNT_NOT_FOUND)
        need(self.subs.may_trade(member_of(account)), Code.MEMBER_SUSPENDED)
        need(account not in self.subs.locked, Code.ACCOUNT_LOCKED)

    def there(self, account: int, market: int) -> Any:  # it trades on its own shard only
        need(market in self.markets, Code.MARKET_NOT_FOUND)
        m = self.markets[market]
        need(self.events[m.event].shard == shard_of(account), Code.MARKET_NOT_FOUND)
        return m

    def check_open(self, m: Any, to_cancel: bool = False) -> None:
        need(self.exchange, Code.EXCHANGE_PAUSED)
        need(self.trading or to_cancel, Code.TRADING_PAUSED)
        need(m.status != "initialized", Code.MARKET_NOT_OPEN)
        need(m.status in ("active", "inactive") and self.at < m.close_at, Code.MARKET_CLOSED)
        need(m.status == "active" or to_cancel, Code.MARKET_PAUSED)

    def place_order(self, w: c.PlaceOrder) -> None:
        self.trader(w.account)
        market, group = self.there(w.account, w.market), self.groups.get(w.group)
        need(not w.group or (group and group.account == w.account), Code.GROUP_NOT_FOUND)
        need(not w.seen, Code.ORDER_EXISTS)
        need(0 < w.count <= MAX_COUNT, Code.INVALID_COUNT)
        need(on_grid(market.structure, w.price), Code.INVALID_PRICE)
        fits = w.max_cost == 0 if w.tif == GTC else not (w.expires_at or w.post_only)
        avoids = bool(w.bounds and w.bounds.avoid)
        need(fits and w.max_cost >= 0 and not (avoids and w.tif == GTC), Code.INVALID_ORDER)
        need(not 0 < w.expires_at <= self.at, Code.EXPIRED)
        self.check_open(market)
        need(not (group and group.triggered), Code.GROUP_TRIGGERED)
        held = self.closable(w.account, w.market, w.side)
        self.check_bounds(w, held)
        need(held or not w.reduce_only, Code.NOTHING_TO_REDUCE)
        left = min(w.count, held) if w.reduce_only else w.count
        order = Record(id=make_id(self.seq, 0), left=left, filled=0, carry=0, spent=0, **asdict(w))
        order.terms = self.terms_of(w.account, w.market)
        need(not (w.post_only and self.rivals(order)), Code.POST_ONLY_CROSS)
        self.check_money(order)
        if w.tif != FOK or (left == w.count and self.can_fill(order)):
            order.left = w.count
            self.arrive(order)

    def check_bounds(self, w: c.PlaceOrder, held: Count) -> None:
        b = w.bounds or Bounds()
        own = [o for o in self.orders.values() if member_of(o.account) == member_of(w.account)]
        same = self.resting(account=w.account, market=w.market, side=w.side)
        spare = max(held - sum(o.left for o in same), 0)
        need(not b.covered or w.count <= spare, Code.INSUFFICIENT_POSITION)
        here = [o for o in own if o.market == w.market]
        for most, orders in ((b.all_orders, own), (b.market_orders, here)):
            need(not most or len(orders) < most, Code.TOO_MANY_ORDERS)
        has = sum(fill[0] for fill in self.stakes.get((w.account, w.market), ()))
        after = abs(has + (w.count if w.side == BID else -w.count))
        need(not b.position or after <= max(b.position, abs(has)), Code.TOO_MANY_CONTRACTS)

    def close_position(self, w: ClosePosition) -> None:
        self.trader(w.account)
        market = self.there(w.account, w.market)
        need(on_grid(market.structure, w.price), Code.INVALID_PRICE)
        self.check_open(market)
        held = self.closable(w.account, w.market, w.side)
        need(held, Code.NOTHING_TO_REDUCE)
        own = self.resting(account=w.account, market=w.market, side=w.side)
        self.orders = {id: order for id, order in self.orders.items() if order not in own}
        wish = c.PlaceOrder(w.account, w.market, w.side, w.price, held, IOC, stp=MAKER)
        order = Record(id=make_id(self.seq, 0), left=held, filled=0, carry=0, spent=0)
        vars(order).update(asdict(wish), reduce_only=True, terms=self.terms_of(w.account, w.market))
        self.check_money(order)
        self.end(*own)
        self.arrive(order)

    def terms_of(self, account: int, number: int) -> Any:
        market = self.markets[number]
        event = self.events[market.event]
        fees = event if event.fee_type else self.series[event.series]
        times = 0 if self.at < market.fee_waiver_until else fees.multiplier
        return terms(fees.fee_type, times, self.members[member_of(account)].grid)

    def check_money(self, order: Any) -> None:
        before, after = self.reserved(order.account), self.reserved(order.account, order)
        price = min(after - before, order.max_cost or after)
        need(self.cash[order.account] - before >= price, Code.INSUFFICIENT_BALANCE)
        self.subs.check_cap(order.account, price, before)

    def rivals(self, order: Any, dead: bool = False) -> list[Any]:
        """Whom it would meet: best price first, at the same price the oldest."""
        sign = 1 if order.side == BID else -1
        met = self.resting(market=order.market, side=1 - order.side)
        met = [o for o in met if o.price * sign <= order.price * sign]
        return sorted((o for o in met if dead or not self.expired(o)), key=lambda o: o.price * sign)

    def can_fill(self, order: Any) -> bool:
        left, spent = order.left, 0
        rooms = {group: self.room(group) for group in (0, *self.groups)}
        closable = self.closable(order.account, order.market, order.side)
        lefts, taken = {o.id: o.left for o in self.orders.values()}, Counter[int]()
        bounds = order.bounds or Bounds()
        for rival in self.rivals(order) if rooms[order.group] >= left else ():
            who = member_of(rival.account)
            alone = bounds.whole and who == member_of(order.account)
            if left and (alone or who in bounds.avoid):
                return False
            count = min(left, lefts[rival.id], rooms[rival.group])
            rooms[rival.group] -= count
            lefts[rival.id] -= count
            taken[rival.account] += count
            self.trims(lefts, rival.account, rival.market, rival.side, taken[rival.account])
            spent += self.counted(order, count, rival.price, closable)
            left, closable = left - count, max(closable - count, 0)
        return not left and spent <= (order.max_cost or spent)

    def counted(self, order: Any, count: Count, price: Price, closable: Count) -> Money:
        paid = cost_of(order.side, price, max(count - closable, 0))
        return spend(order.terms, count, price, paid, min(count, closable)) if count else 0

    def arrive(self, order: Any) -> None:  # meet the book; then rest or end
        avoid = (getattr(order, "bounds", None) or Bounds()).avoid
        order.budget = worst_fee(order.terms, True, order.side, order.left, order.price)
        while order.left and (rivals := self.rivals(order, dead=True)):
            who = member_of(rivals[0].account)
            own = who == member_of(order.account)
            if self.expired(rivals[0]) or (own and order.stp == MAKER):
                self.end(rivals[0])
            elif own or who in avoid or not self.meet(order, rivals[0]):
                return self.end(order)
        if not order.left or order.tif != GTC:
            return self.end(order)
        order.budget = worst_fee(order.terms, False, order.side, order.left, order.price)
        self.orders[order.id], order.at = order, self.at
        return self.trim(order.account, order.market)

    def meet(self, taker: Any, maker: Any) -> bool:  # does the taker go on?
        count = wanted = min(taker.left, maker.left)
        closable = self.closable(taker.account, taker.market, taker.side)
        count = min(count, closable) if taker.reduce_only else count
        if taker.max_cost:
            step = 1 if (taker.filled + taker.left) % CONTRACT else CONTRACT
            count -= count % step
            while taker.spent + self.counted(taker, count, maker.price, closable) > taker.max_cost:
                count -= step
        rooms = {group: self.room(group) for group in (maker.group, taker.group)}
        count = min(count, *rooms.values())
        if count:
            self.trade(taker, maker, count)
        full = [group for group, room in rooms.items() if group and room == count < wanted]
        self.trigger(*full)
        return count == wanted or (maker.group in full and taker.group not in full)

    def trade(self, taker: Any, maker: Any, count: Count) -> None:  # at the maker's price
        price, fees = maker.price, list[Money]()
        young = self.at - getattr(maker, "at", 0) < 5 * SECOND
        swap = young and getattr(taker, "quoter", False) and bool(maker.terms.young)
        for o in (taker, maker):
            closed = min(count, self.closable(o.account, o.market, o.side))
            paid, got = cost_of(o.side, price, count - closed), cost_of(1 - o.side, price, closed)
            cash = self.cash[o.account] + got - paid
            cap = min(got + (o.budget if closed < count else 0), cash)
            if o.side == BID and self.nets(o.account, self.markets[o.market].event):
                cap = min(o.budget, cash - closed * DOLLAR_PRICE)  # NO was paid back already
            fee = trade_fee(o.terms, (o is taker) != swap, count, price)
            fee, rounding, o.carry = charge(o.terms, fee, got - paid, o.carry, cap)
            fees.append(fee)
            self.cash[o.account] = cash - fee
            self.subs.spend(o.account, paid - got + fee)
            self.ledger.update({"fees": fee - rounding, "rounding": rounding})
            signed = count if o.side == BID else -count
            self.stakes[o.account, o.market].append((signed, price, fee, rounding))
            o.left, o.filled, o.spent = o.left - count, o.filled + count, o.spent + paid + fee
            o.budget -= min(fee, o.budget) if closed < count else 0
            if o.group:
                self.groups[o.group].matched.append((self.at, count))
        maker_needs = worst_fee(maker.terms, False, maker.side, maker.left, price)
        maker.budget = min(maker.budget, maker_needs)
        if not maker.left:
            self.end(maker)
        self.fills.append((taker.id, maker.id, price, count, *fees))
        for order in (taker, maker):
            self.credit(order.account, self.markets[order.market].event)
            self.trim(order.account, order.market)

    def trim(self, account: int, market: int) -> None:  # reduce-only: the newest give way
        for side in (BID, ASK):
            lefts = {order.id: order.left for order in self.orders.values()}
            for order in self.trims(lefts, account, market, side):
                self.reduce(order, order.left - lefts[order.id])

    def trims(self, lefts: Any, account: int, market: int, side: int, taken: Count = 0) -> Any:
        own = self.resting(account=account, market=market, side=side, reduce_only=True)
        held = max(self.closable(account, market, side) - taken, 0)
        excess = sum(lefts[o.id] for o in own) - held
        for order in reversed(own):
            by = min(max(excess, 0), lefts[order.id])
            excess, lefts[order.id] = excess - by, lefts[order.id] - by
        return own

    def reduce(self, order: Any, by: Count) -> None:
        if by < order.left:
            order.left -= by
        else:
            self.end(order)

    def owned(self, found: Any, w: Any, code: Code) -> Any:
        need(w.member in self.members, Code.MEMBER_NOT_FOUND)
        active = self.subs.may_trade(w.member) or not isinstance(w, c.AmendOrder)
        need(active, Code.MEMBER_SUSPENDED)
        need(found and member_of(found.account) == w.member, code)
        need(w.account in (0, found.account) and not self.expired(found), code)
        need(getattr(w, "shard", -1) in (-1, shard_of(found.account)), code)
        return found

    def decrease_order(self, w: c.CancelOrder | c.DecreaseOrder) -> None:
        order = self.owned(self.orders.get(w.order), w, Code.ORDER_NOT_FOUND)
        by = order.left
        if isinstance(w, c.DecreaseOrder):
            by = w.by if w.by >= 0 else order.left - w.to
            need((w.by < 0) != (w.to < 0) and by > 0, Code.INVALID_COUNT)
        self.check_open(self.markets[order.market], to_cancel=True)
        self.reduce(order, by)

    def amend_order(self, w: c.AmendOrder) -> None:
        order = self.owned(self.orders.get(w.order), w, Code.ORDER_NOT_FOUND)
        left, name = w.count - order.filled, w.new_client_order_id or order.client_order_id
        need(not w.seen, Code.ORDER_EXISTS)
        need(0 < w.count <= MAX_COUNT, Code.INVALID_COUNT)
        need(on_grid(self.markets[order.market].structure, w.price), Code.INVALID_PRICE)
        need(w.market in (0, order.market), Code.TICKER_MISMATCH)
        need(w.side in (-1, order.side), Code.SIDE_MISMATCH)
        need(w.client_order_id in ("", order.client_order_id), Code.CLIENT_ID_MISMATCH)
        need(left >= 0, Code.BELOW_FILLED)
        self.check_open(self.markets[order.market])
        new = {"price": w.price, "left": left, "client_order_id": name}
        if not left:
            self.end(order)
        elif w.price == order.price and left <= order.left:  # only this keeps the place
            vars(order).update(new)
        else:
            order = Record(**vars(order) | new)
            rivals = self.rivals(order)
            need(all(member_of(o.account) != w.member for o in rivals), Code.SELF_CROSS)
            self.orders = {id: o for id, o in self.orders.items() if id != order.id}
            self.check_money(order)
            (self.end if order.post_only and rivals else self.arrive)(order)

    def cancel_all(self, w: c.CancelAll) -> None:
        need(w.member in self.members, Code.MEMBER_NOT_FOUND)
        own = [account for account in self.cash if member_of(account) == w.member]
        need(w.account in (0, *own), Code.ACCOUNT_NOT_FOUND)
        need(w.market in (0, *self.markets), Code.MARKET_NOT_FOUND)
        need(self.exchange, Code.EXCHANGE_PAUSED)
        own = [w.account] if w.account else own
        self.end(*(o for o in self.resting() if o.account in own and w.market in (0, o.market)))

    def room(self, group: int) -> Count:
        g = self.groups.get(group, Record(limit=MAX_COUNT, matched=[]))
        return int(g.limit - sum(n for at, n in g.matched if at > self.at - GROUP_WINDOW))

    def trigger(self, *groups: int) -> None:
        for group in groups:
            self.groups[group].triggered = True
            self.end(*self.resting(group=group))

    def change_group(self, w: Any) -> None:
        if isinstance(w, c.CreateGroup):
            self.trader(w.account)
            g = Record(id=make_id(self.seq, 0), triggered=False, matched=[], **asdict(w))
        else:
            g = self.owned(self.groups.get(w.group), w, Code.GROUP_NOT_FOUND)
        need(0 < getattr(w, "limit", 1) <= 1_000_000 * CONTRACT, Code.INVALID_LIMIT)
        need(self.exchange, Code.EXCHANGE_PAUSED)
        self.groups[g.id] = g
        g.limit = getattr(w, "limit", g.limit)
        if isinstance(w, c.ResetGroup):
            g.triggered, g.matched = False, []
        if isinstance(w, c.TriggerGroup | c.DeleteGroup) or self.room(g.id) < 0:
            self.trigger(g.id)
        self.groups.pop(g.id if isinstance(w, c.DeleteGroup) else 0, None)

    cancel_order = decrease_order
    create_group = set_group_limit = trigger_group = reset_group = delete_group = change_group

    def hear(self, w: c.Command) -> None:
        # What timers start is done after the last one.
        stopped, settled = list[int](), dict[int, str]()
        for fact in self.facts:
            self.desk.hear(fact)
            about = next((word for word in self.known if hasattr(fact, word)), None)
            if about:  # what it says about a market, an event, ... is so from now on
                vars(self.known[about][getattr(fact, about)]).update(asdict(fact))
            match fact:
                case ShardDeclared():
                    self.shards.add(fact.shard)
                case f.AccountOpened():
                    self.cash[fact.account] = 0
                    self.netting |= {fact.account} if fact.netting else set()
                case f.MemberStatusSet() if fact.status != "active":
                    for member in self.subs.stopped_with(fact.member):
                        self.end(*(o for o in self.resting() if member_of(o.account) == member))
                        self.desk.stop_member(member)
                case f.PauseSet():
                    self.exchange, self.trading = fact.exchange, fact.trading
                    if not (fact.exchange and fact.trading):
                        self.end(*self.resting(cancel_on_pause=True))
                case f.MarketStatusChanged():
                    if fact.status != "inactive" or getattr(w, "cancel_orders", False):
                        stopped.append(fact.market)
                    if fact.status == "closed":
                        self.desk.stop_market(fact.market)
                case f.MarketDisputed():
                    self.markets[fact.market].status = "disputed"
                case f.SettlementStarted():
                    settled[fact.market] = fact.result
        self.end(*(o for o in self.resting() if o.market in stopped))
        for market, result in settled.items():
            self.pay(market, result)
        if isinstance(w, c.Tick):
            self.end(*(o for o in self.resting() if self.expired(o)))

    def forget(self, events: int) -> None:
        """Events whose markets are all paid, but for the newest: nothing more comes of them."""
        live = {m.event for m in self.markets.values() if m.status != "finalized"}
        live |= {self.markets[b.market].event for b in self.desk.blocks.values()}
        live |= set(list(self.events)[-events:])
        live |= {plan.event for plan in self.plans.fees.values()}
        combos = [m for m in self.markets.values() if m.event in live]
        live |= {self.markets[leg.market].event for m in combos for leg in m.legs}
        for event in [event for event in self.events if event not in live]:
            del self.events[event]
        for market in [n for n, m in self.markets.items() if m.event not in self.events]:
            del self.markets[market]
            self.outcomes.paid.pop(market, None)
        self.advances = Counter({key: paid for key, paid in self.advances.items() if paid})

    def pay(self, market: int, result: str) -> None:  # a void gives back what trading took
        m = self.markets[market]
        m.status = "finalized"
        for account in sorted(self.cash):
            fills = self.stakes.pop((account, market), [])
            count = sum(fill[0] for fill in fills)
            self.outcomes.note(m, market, account, count, result)
            value = cost_of(BID if count > 0 else ASK, m.value, abs(count))
            if result == "void":
                fees, rounding = sum(fill[2] for fill in fills), sum(fill[3] for fill in fills)
                value = fees + sum(x[0] * x[1] for x in fills) + max(-count, 0) * DOLLAR_PRICE
                self.ledger.update({"fees": rounding - fees, "rounding": -rounding})
            self.credit(account, m.event, value)
            self.subs.spend(account, -value)
