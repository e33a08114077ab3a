"""Random commands from a seed, chosen to hurt: few accounts, prices that collide, little cash.

The generator looks at the twin to name orders and markets that exist, and now and then ones that do
not. The same seed gives the same commands wherever it runs.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, Final

from presage.domain import commands as c
from presage.domain.ids import account_id, member_of
from presage.domain.markets import DECIDED
from presage.domain.orders import ASK, BID, FOK, GTC, IOC, MAKER, TAKER_AT_CROSS
from presage.units import CENT, DOLLAR, SECOND
from tests.simulation import traffic_combos, traffic_resolutions, traffic_shards, traffic_site
from tests.simulation.traffic_desk import talk
from tests.simulation.traffic_members import SUBTRADERS, act, desks
from tests.simulation.traffic_plans import plan
from tests.simulation.twin import Twin

START: Final = 1_767_614_400 * SECOND
UNTIL_MIDNIGHT: Final = (17 * 3_600 - 300) * SECOND
"""From START, but for five minutes, in New York: caps of subtraders begin anew in the run."""
FEE_TYPES: Final = (
    "quadratic",
    "quadratic_with_maker_fees",
    "quadratic_with_combo_maker_fees",
    "flat",
)
GRIDS: Final = ("linear_cent", "deci_cent", "tapered_deci_cent", "center_deci_edge_centi_cent")
LIVE_MARKETS: Final = 6
BACKLOG: Final = 12
"""Markets that may wait for their outcome or its payment: a long run must not collect them."""


class Traffic:
    """A stream of commands; `at` is the time of the one just given."""

    def __init__(self, seed: int, twin: Twin) -> None:
        self.random = Random(seed)
        self.twin = twin
        self.at = START + self.random.choice([0, UNTIL_MIDNIGHT])
        self.names = 0
        self.used: list[str] = []
        members = self.random.randint(3, 6)
        self.members = range(1, members + 1 + (1 + SUBTRADERS))
        self.fcm = members + 1
        self.width = self.random.randint(1, LIVE_MARKETS)
        self.rich = self.random.choice([20, 1_000, 5_000, 5_000])
        self.fine = self.random.random() < 0.5
        levels = self.random.randint(2, 7)
        sharded = seed % traffic_shards.EVERY == 0
        self.shards = Random(f"shards of {seed}") if sharded else None
        self.combos = Random(f"combos of {seed}") if seed % traffic_combos.EVERY == 0 else None
        self.site = Random(f"site of {seed}") if seed % traffic_site.EVERY == 1 else None
        decided = seed % traffic_resolutions.EVERY == 3
        self.outcomes = Random(f"outcomes of {seed}") if decided else None
        self.prices = [100 * self.random.randint(1, 99) for _ in range(levels)]

    def name(self) -> str:
        self.names += 1
        return f"X{self.names}"

    def prelude(self) -> list[c.Command]:
        """What every run begins with."""
        wishes: list[c.Command] = [c.Genesis(b"simulation", bytes(16))]
        for member in range(1, self.fcm):
            wishes.append(c.OpenMember(member, grid=self.random.choice([100, 100, CENT])))
            wishes.append(self.deposit(account_id(member)))
        wishes += desks(self, self.fcm)
        for fee_type in self.random.sample(FEE_TYPES, 2):
            times = self.random.choice([10_000, 10_000, 5_000, 25_000, 0])
            wishes.append(c.CreateSeries(self.name(), fee_type, times))
        for number in (1, 2):
            wishes.append(c.CreateEvent(number, self.name()))
            wishes.append(c.CreateEvent(number, self.name(), True, "MECNET"))
        wishes.append(c.CreateEvent(1, self.name(), True))
        if self.combos:
            wishes.append(c.CreateSeries("KXMVE", "quadratic_with_combo_maker_fees"))
        return wishes + (traffic_shards.prelude(self) if self.shards else [])

    def next(self, due: bool) -> c.Command:
        """The next command; `due` says that a timer waits."""
        self.at += self.random.choice([0, 1, 1_000, 10_000, 100_000, SECOND])
        if self.random.random() < 0.01:
            self.at += self.random.randint(1, 40) * SECOND
        if due and self.random.random() < 0.5:
            return c.Tick()
        if self.shards and self.shards.random() < 0.05:
            return traffic_shards.wish(self)
        often = 0.5 if self.combos and traffic_combos.pressing(self) else 0.05
        if self.combos and self.combos.random() < often:
            return traffic_combos.wish(self)
        if self.outcomes and self.outcomes.random() < 0.05:
            return traffic_resolutions.wish(self)
        single = {n: m for n, m in self.twin.markets.items() if not m.legs}
        live = [m for m in single.values() if m.status in ("initialized", "active")]
        if len(live) < self.width and self.random.random() < 0.3:
            return self.new_market()
        undecided = [n for n, m in single.items() if m.status in ("closed", *DECIDED)]
        if len(undecided) > BACKLOG and self.random.random() < 0.1:
            return self.finish(undecided[0])
        return traffic_site.dressed(self, self.random.choices(self.KINDS, self.WEIGHTS)[0](self))

    # Orders

    def account(self) -> int:
        if self.random.random() < 0.01:
            return account_id(self.random.choice(self.members), 63)
        two = self.random.choices(list(self.twin.cash), k=2)
        return max(two, key=self.twin.free) if self.random.random() < 0.8 else two[0]

    def member(self, owner: int = 0) -> int:
        """Mostly the owner; now and then somebody else, or nobody."""
        if owner and self.random.random() < 0.97:
            return owner
        return int(self.random.choice([*self.members, 99]))

    def market(self) -> int:
        chosen = self.random.random()
        if chosen < 0.01:
            return 10**9
        every = list(self.twin.markets) or [1]
        live = [n for n, m in self.twin.markets.items() if m.status == "active"]
        open_ = [n for n in live if self.at < self.twin.markets[n].close_at]
        return self.random.choice(open_ if open_ and chosen < 0.97 else every)

    def price(self) -> int:
        if self.random.random() < 0.01:
            return self.random.choice([0, 10_000, 1, 5_001, 155])
        price = self.random.choice(self.prices)
        if self.fine and self.random.random() < 0.1:
            price += self.random.choice([-10, 10])
        return price

    def count(self) -> int:
        if self.random.random() < 0.01:
            return self.random.choice([0, -100, 1, 10**12])
        whole = 100 * self.random.choice([1, 1, 2, 3, 5, 10])
        return whole + (self.random.randint(-99, 99) if self.random.random() < 0.2 else 0)

    def order(self) -> int:
        """A live order, or one that is not."""
        live = [order.id for order in self.twin.orders.values()]
        return self.random.choice(live) if live and self.random.random() < 0.97 else 12345

    def owner(self, order: int) -> int:
        known = self.twin.orders.get(order)
        return self.member(member_of(known.account) if known else 0)

    def client_id(self) -> str:
        if self.random.random() < 0.8:
            return ""
        if self.used and self.random.random() < 0.2:
            return self.random.choice(self.used)
        self.used.append(self.name())
        return self.used[-1]

    def group_of(self, account: int) -> int:
        if self.random.random() < 0.8:
            return 0
        own = [group for group, g in self.twin.groups.items() if g.account == account]
        if self.random.random() < 0.03:
            own = [7, *self.twin.groups]
        return self.random.choice(own) if own else 0

    def place(self) -> c.Command:
        r = self.random
        account, market, side = self.account(), self.market(), r.choice([BID, ASK])
        account = traffic_shards.suited(self, account, market)
        price, reduce_only = self.price(), r.random() < 0.02
        count, tif = self.count(), r.choice([GTC, GTC, GTC, IOC, FOK])
        held = self.twin.closable(account, market, ASK) - self.twin.closable(account, market, BID)
        if held and r.random() < 0.3:
            side, reduce_only = ASK if held > 0 else BID, r.random() < 0.4
            count = r.choice([count, abs(held)])
        rivals = [o for o in self.near(market) if member_of(o.account) != member_of(account)]
        taking = bool(rivals) and r.random() < 0.9
        if taking:
            rival = r.choice(rivals)
            side, price = 1 - rival.side, rival.price
            count = r.choice([count, rival.left, rival.left + 100])
        calm = 0.25 if tif == GTC and not taking else 0.02
        lasts = r.random() < (0.15 if tif == GTC else 0.02)
        return c.PlaceOrder(
            account,
            market,
            side,
            price,
            count,
            tif,
            self.client_id(),
            self.at + r.choice([0, 1, 5, 5, 5, 30, 60]) * SECOND if lasts else 0,
            post_only=r.random() < calm,
            reduce_only=reduce_only,
            stp=r.choice([TAKER_AT_CROSS, MAKER]),
            cancel_on_pause=r.random() < 0.2,
            group=self.group_of(account),
            max_cost=r.randint(1, 9 * DOLLAR) if r.random() < (0.005 if tif == GTC else 0.3) else 0,
        )

    def near(self, market: int) -> list[Any]:
        return [order for order in self.twin.orders.values() if order.market == market]

    def cancel(self) -> c.Command:
        order = self.order()
        account = self.account() if self.random.random() < 0.1 else 0
        return c.CancelOrder(self.owner(order), order, account)

    def amend(self) -> c.Command:
        r, order = self.random, self.order()
        known = self.twin.orders.get(order)
        price = known.price if known and r.random() < 0.4 else self.price()
        if known and r.random() < (0.6 if known.post_only else 0.2):
            price = r.choice([o.price for o in self.near(known.market)])
        count = self.count() + (known.filled if known else 0)
        if known and r.random() < 0.1:
            count = r.choice([known.filled, known.filled - 1, known.filled + known.left])
        odd = r.random()
        return c.AmendOrder(
            self.owner(order),
            order,
            price,
            count,
            market=self.market() if odd < 0.05 else 0,
            side=r.choice([BID, ASK]) if odd > 0.95 else -1,
            client_order_id=r.choice(self.used) if self.used and r.random() < 0.02 else "",
            new_client_order_id=self.client_id() if r.random() < 0.2 else "",
        )

    def decrease(self) -> c.Command:
        order, amount = self.order(), self.count()
        by, to = self.random.choice([(amount, -1), (-1, amount), (-1, 0)])
        if self.random.random() < 0.02:
            by, to = self.random.choice([(-1, -1), (100, 100)])
        return c.DecreaseOrder(self.owner(order), order, by, to)

    def cancel_all(self) -> c.Command:
        account = self.account() if self.random.random() < 0.5 else 0
        market = self.market() if self.random.random() < 0.5 else 0
        return c.CancelAll(self.member(member_of(account)), account, market)

    # Groups

    def group(self) -> c.Command:
        r = self.random
        if not self.twin.groups or (len(self.twin.groups) < 8 and r.random() < 0.2):
            return c.CreateGroup(self.account(), r.choice([0, 100, 500, 1_000, 2_000, 5_000]))
        group = r.choice([*self.twin.groups, 7]) if r.random() < 0.05 else r.choice(self.groups())
        owner = self.twin.groups.get(group)
        member = self.member(member_of(owner.account) if owner else 0)
        chosen = r.random()
        if chosen < 0.4:
            return c.ResetGroup(member, group)
        if chosen < 0.7:
            return c.SetGroupLimit(member, group, r.choice([0, 100, 300, 1_000, 3_000]))
        return (c.TriggerGroup if chosen < 0.85 else c.DeleteGroup)(member, group)

    def groups(self) -> list[int]:
        """Triggered ones first: they are only interesting again after a reset."""
        triggered = [group for group, g in self.twin.groups.items() if g.triggered]
        return triggered or list(self.twin.groups)

    # Members and money

    def deposit(self, account: int) -> c.Command:
        amount = self.random.randint(self.rich, self.rich * DOLLAR) // 100 * 100 + 100
        return c.Move((("world", -amount), (f"cash:{account}", amount)), self.name(), "deposit")

    def move(self) -> c.Command:
        r = self.random
        chosen = r.random()
        if chosen < 0.5:
            return self.deposit(self.account())
        names = [f"cash:{self.account()}", f"cash:{self.account()}", "world", "fees", "house:bonus"]
        source, target = r.choice(names), r.choice(names)
        amount = r.choice([0, 100, r.randint(1, self.rich * DOLLAR)])
        if source.startswith("cash:") and r.random() < 0.5:
            known = int(source.removeprefix("cash:"))
            amount = self.twin.free(known) if known in self.twin.cash else amount
        cause = self.name() if chosen < 0.95 else "X1"
        off = r.choice([0, 0, 0, 0, 1])
        return c.Move(((source, -amount), (target, amount + off)), cause, "transfer")

    def drain(self) -> c.Command:
        """Take out all that is free: a later void or settlement then finds too little."""
        account = self.random.choice(list(self.twin.cash))
        free = self.twin.free(account)
        if free <= 0:
            return self.deposit(account)
        return c.Move(((f"cash:{account}", -free), ("world", free)), self.name(), "withdrawal")

    def switch_netting(self) -> c.Command:
        return c.SetNetting(self.account(), self.random.random() < 0.7)

    def member_status(self) -> c.Command:
        stopped = [n for n, member in self.twin.members.items() if member.status != "active"]
        if stopped and self.random.random() < 0.8:
            return c.SetMemberStatus(self.random.choice(stopped), "active")
        return c.SetMemberStatus(self.member(), self.random.choice(["active", "suspended"]))

    def revive(self) -> c.Command:
        """Suspensions are short, as pauses are."""
        stopped = [n for n, member in self.twin.members.items() if member.status != "active"]
        return c.SetMemberStatus(stopped[0], "active") if stopped else self.place()

    def new_account(self) -> c.Command:
        if len(self.twin.cash) > 11:
            return self.deposit(self.account())
        return c.OpenAccount(self.member())

    # What can be traded

    def new_market(self) -> c.Command:
        r = self.random
        if r.random() < 0.3 or not self.twin.events:
            shape = r.choice([(False, ""), (True, ""), (True, "MECNET"), (True, "MECNET")])
            return c.CreateEvent(r.choice([1, 2]), self.name(), *shape)
        open_at = self.at + r.choice([-1, 0, 0, 5, 60]) * SECOND
        return c.CreateMarket(
            r.choice(list(self.twin.events)[-4:]),
            self.name() if r.random() < 0.98 else "X1",
            open_at,
            open_at + r.choice([20, 60, 300, 300, 600]) * SECOND,
            r.choice(GRIDS) if self.fine else "linear_cent",
            r.choice([0, 0, 10, 60]) * SECOND,
            r.random() < 0.8,
            self.at + 20 * SECOND if r.random() < 0.1 else 0,
            volatile=r.random() < 0.5,
        )

    def lifecycle(self) -> c.Command:
        r = self.random
        status = {n: m.status for n, m in self.twin.markets.items() if m.status != "finalized"}
        decided = [n for n in status if status[n] in DECIDED]
        held = sorted({market for _, market in self.twin.stakes} & status.keys())
        market = r.choice(r.choice([list(status) or [1], decided or [1], held or [1]]))
        wishes: list[c.Command] = [
            c.PauseMarket(market, r.random() < 0.5),
            c.CloseMarket(market),
            c.OpenMarket(market),
            c.VoidMarket(market),
            c.SetMarketTimes(market, 0, self.at + r.randint(-5, 300) * SECOND),
            c.SetMarketTimes(market, self.at + r.randint(-5, 9) * SECOND, 0),
            c.SetPriceStructure(market, r.choice(GRIDS)),
        ]
        paused = [n for n in status if status[n] == "inactive"]
        if paused and r.random() < 0.5:
            return c.ResumeMarket(paused[0])
        if status.get(market) == "initialized":
            wishes += 3 * [c.OpenMarket(market)]
        if status.get(market) not in ("active", "initialized") or r.random() < 0.1:
            value = r.choice([0, 0, 10_000, 10_000, 3_300, 6_000, 10_001])
            wishes = [
                c.DetermineMarket(market, value),
                c.DetermineMarket(market, value),
                c.AmendMarket(market, value),
                c.DisputeMarket(market),
                c.SettleMarket(market),
                c.VoidMarket(market),
                c.SetMarketTimes(market, 0, self.at + 60 * SECOND),
            ]
        return r.choice(wishes)

    def finish(self, market: int) -> c.Command:
        """One step towards the end of a market."""
        r, status = self.random, self.twin.markets[market].status
        value = r.choice([0, 0, 10_000, 3_300])
        if r.random() < 0.2:
            return c.VoidMarket(market)
        if status == "closed":
            return c.DetermineMarket(market, value)
        return c.AmendMarket(market, value) if status == "disputed" else c.SettleMarket(market)

    def fees(self) -> c.Command:
        r = self.random
        fee_type, times = r.choice(FEE_TYPES), r.choice([0, 5_000, 10_000, 30_000])
        if r.random() < 0.5:
            return c.SetSeriesFees(r.choice([1, 2]), fee_type, times)
        event = r.choice(list(self.twin.events))
        return c.SetEventFees(event, fee_type if r.random() < 0.6 else "", times)

    def pause(self) -> c.Command:
        if not (self.twin.exchange and self.twin.trading):
            return c.SetPause(True, True)
        return c.SetPause(self.random.random() < 0.5, self.random.random() < 0.5)

    def stop_pausing(self) -> c.Command:
        """Pauses are short, else most of a run is refused."""
        if self.twin.exchange and self.twin.trading:
            return self.place()
        return c.SetPause(True, True)

    def tick(self) -> c.Command:
        return c.Tick()

    def member_act(self) -> c.Command:
        return act(self)

    def talk(self) -> c.Command:
        return talk(self)

    def plan(self) -> c.Command:
        return plan(self)

    KINDS: Final[tuple[Callable[[Traffic], c.Command], ...]] = (
        place,
        cancel,
        amend,
        decrease,
        cancel_all,
        group,
        move,
        drain,
        switch_netting,
        member_status,
        new_account,
        lifecycle,
        fees,
        pause,
        stop_pausing,
        revive,
        tick,
        talk,
        member_act,
        plan,
    )
    WEIGHTS: Final = (240, 6, 14, 6, 1, 8, 8, 2, 3, 1, 1, 7, 2, 1, 24, 14, 2, 60, 20, 4)
