"""A closed group of accounts tries to make money out of nothing: hill climbing over what it may do.

The group owns every account, so whatever one of them wins another one loses; fees only take. It may
ask for any outcome, void, fee change or amend it likes. If its cash is ever more than was paid in,
the engine gave it away. What a void could not take back counts as owed, as the house keeps it.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from presage.domain import commands as c
from presage.domain.facts import Fact, OrderPlaced, Traded
from presage.domain.group_facts import GroupCreated
from presage.domain.ids import account_id, member_of
from presage.domain.orders import ASK, BID, FOK, GTC, IOC
from presage.domain.rejects import Reject
from presage.engine.engine import Engine
from presage.engine.invariants import check
from presage.units import CENT, DOLLAR, SECOND
from tests.simulation.faults.outcome import Options, Outcome

GENES: Final = 60
TRIES: Final = 400
"""Changes to one plan before the climber starts over with another."""
PAID_IN: Final = 20 * DOLLAR
MEMBERS: Final = (1, 2, 3)
ACCOUNTS: Final = tuple(account_id(member) for member in MEMBERS)
MARKETS: Final = (1, 2, 3, 4)
PRICES: Final = (100, 1_000, 3_300, 4_900, 5_000, 5_100, 9_000, 9_900)
COUNTS: Final = (1, 2, 3, 7, 33, 100, 101, 199, 500)
VALUES: Final = (0, 10_000, 3_300, 1, 9_999)
FEES: Final = (
    "quadratic",
    "quadratic_with_maker_fees",
    "quadratic_with_combo_maker_fees",
    "flat",
)
Gene = tuple[int, ...]
Plan = list[Gene]


def money_mint(options: Options) -> Outcome:
    """Four commands for each that the twin gets: these cost a quarter."""
    outcome = Outcome(note="")
    random = Random(options.seed)
    best = -(10**18)
    while outcome.acks < 4 * options.commands:
        plan = [_gene(random) for _ in range(GENES)]
        cents = random.random() < 0.5
        high = (-(10**18), 0)
        for _ in range(TRIES):
            tried = _changed(plan, random)
            group = Group(cents)
            gain = group.play(tried)
            outcome.cycles += 1
            outcome.acks += group.done
            options.progress(f"{outcome.acks} of {4 * options.commands} commands")
            worth = gain, group.trades  # of two that gain as much, the livelier one
            if worth >= high:
                plan, high = tried, worth
            if gain > 0:
                outcome.blame(f"seed {options.seed}, plan {outcome.cycles}", [_told(group, gain)])
                return outcome
        best = max(best, high[0])
    outcome.note = f"{outcome.cycles} plans, best gain {best / 1_000_000:.6f} $"
    return outcome


def _told(group: Group, gain: int) -> str:
    lines = "\n".join(map(repr, group.taken))
    return f"{gain} micro-dollars out of nothing by\n{lines}"


def _gene(random: Random) -> Gene:
    return tuple(random.randrange(1 << 16) for _ in range(6))


def _changed(plan: Plan, random: Random) -> Plan:
    plan = list(plan)
    for _ in range(random.choice((1, 1, 2, 5))):
        place = random.randrange(len(plan))
        kind = random.random()
        if kind < 0.6:
            plan[place] = _gene(random)
        elif kind < 0.8:
            other = random.randrange(len(plan))
            plan[place], plan[other] = plan[other], plan[place]
        else:
            plan.insert(place, plan.pop())
    return plan


class Group:
    """Its exchange, from the founding to the last payout. `done` counts accepted commands."""

    def __init__(self, cents: bool) -> None:
        self.engine = Engine()
        self.done = self.trades = 0
        self.taken: list[c.Command] = []
        self._seq = 0
        self._at = SECOND
        self._orders: list[OrderPlaced] = []
        self._groups: list[tuple[int, int]] = []
        self._do(c.Genesis(b"the money mint..", bytes(16)))
        for member, account in zip(MEMBERS, ACCOUNTS, strict=True):
            self._do(c.OpenMember(member, grid=CENT if cents and member == 2 else 100))
            lines = (("world", -PAID_IN), (f"cash:{account}", PAID_IN))
            self._do(c.Move(lines, f"in-{member}", "deposit"))
        for fee_type in FEES[:2]:
            self._do(c.CreateSeries(fee_type, fee_type))
        self._do(c.CreateEvent(1, "plain"))
        self._do(c.CreateEvent(2, "netted", True, "MECNET"))
        for number, event in enumerate((1, 2, 2, 2)):
            self._do(c.CreateMarket(event, f"M{number}", 0, 10**9 * SECOND, "linear_cent"))

    def play(self, plan: Plan) -> int:
        """Carry a plan out, end every market, and say what the group has gained."""
        for gene in plan:
            kind, *rest = gene
            self._at += rest[0] % 3 * SECOND
            self._do(MOVES[kind % len(MOVES)](self, rest))
        for market, choice in zip(MARKETS, plan[0], strict=False):
            self._do(c.CloseMarket(market))
            self._do(c.DetermineMarket(market, VALUES[choice % len(VALUES)]))
            self._do(c.DetermineMarket(market, 0))  # where the values would sum to more than one
            self._do(c.SettleMarket(market))
            self._do(c.VoidMarket(market))
        for _ in range(5):
            self._do(c.Tick())
        check(self.engine.state)
        state = self.engine.state
        cash = sum(account.cash for account in state.accounts.values())
        return cash + state.ledger.get("house:cover", 0) - PAID_IN * len(MEMBERS)

    def _do(self, command: c.Command) -> None:
        result = self.engine.execute(command, self._seq + 1, self._at)
        if isinstance(result, Reject):
            return
        self._seq += 1
        self.done += 1
        self.taken.append(command)
        for fact in result:
            self._note(fact)

    def _note(self, fact: Fact) -> None:
        if isinstance(fact, OrderPlaced):
            self._orders.append(fact)
        elif isinstance(fact, Traded):
            self.trades += 1
        elif isinstance(fact, GroupCreated):
            self._groups.append((member_of(fact.account), fact.group))

    # What it may do; each takes the rest of a gene

    def place(self, gene: list[int]) -> c.Command:
        who, market, side, price, count = gene
        groups = [group for member, group in self._groups if member == MEMBERS[who % 3]]
        return c.PlaceOrder(
            ACCOUNTS[who % 3],
            MARKETS[market % 4],
            (BID, ASK)[side % 2],
            PRICES[price % len(PRICES)],
            COUNTS[count % len(COUNTS)],
            (GTC, GTC, GTC, IOC, FOK)[side // 2 % 5],
            post_only=price % 11 == 0,
            reduce_only=price % 13 == 0,
            group=groups[count % len(groups)] if groups and market % 7 == 0 else 0,
            max_cost=count * 10 if market % 11 == 0 else 0,
        )

    def meet(self, gene: list[int]) -> c.Command:
        """Take what a friend has resting."""
        if not self._orders:
            return self.place(gene)
        rival = self._orders[gene[0] % len(self._orders)]
        friends = [account for account in ACCOUNTS if account != rival.account]
        count = COUNTS[gene[1] % len(COUNTS)] if gene[2] % 2 else rival.count
        who = friends[gene[3] % 2]
        return c.PlaceOrder(who, rival.market, 1 - rival.side, rival.price, count, IOC)

    def amend(self, gene: list[int]) -> c.Command:
        if not self._orders:
            return self.place(gene)
        order = self._orders[gene[0] % len(self._orders)]
        price, count = PRICES[gene[1] % len(PRICES)], COUNTS[gene[2] % len(COUNTS)] + order.count
        return c.AmendOrder(member_of(order.account), order.order, price, count)

    def decrease(self, gene: list[int]) -> c.Command:
        if not self._orders:
            return self.place(gene)
        order = self._orders[gene[0] % len(self._orders)]
        return c.DecreaseOrder(member_of(order.account), order.order, COUNTS[gene[1] % 4], -1)

    def cancel(self, gene: list[int]) -> c.Command:
        if not self._orders:
            return self.place(gene)
        order = self._orders[gene[0] % len(self._orders)]
        return c.CancelOrder(member_of(order.account), order.order)

    def group(self, gene: list[int]) -> c.Command:
        if not self._groups or gene[0] % 3 == 0:
            return c.CreateGroup(ACCOUNTS[gene[1] % 3], COUNTS[gene[2] % len(COUNTS)])
        member, group = self._groups[gene[1] % len(self._groups)]
        return (c.ResetGroup, c.TriggerGroup, c.DeleteGroup)[gene[2] % 3](member, group)

    def fees(self, gene: list[int]) -> c.Command:
        fee_type, times = FEES[gene[0] % 4], (0, 1, 5_000, 10_000, 30_000)[gene[1] % 5]
        if gene[2] % 2:
            return c.SetSeriesFees(1 + gene[3] % 2, fee_type, times)
        return c.SetEventFees(1 + gene[3] % 2, fee_type if gene[4] % 3 else "", times)

    def netting(self, gene: list[int]) -> c.Command:
        return c.SetNetting(ACCOUNTS[gene[0] % 3], gene[1] % 3 > 0)

    def transfer(self, gene: list[int]) -> c.Command:
        """Between friends, as a subaccount transfer does it."""
        source, target = ACCOUNTS[gene[0] % 3], ACCOUNTS[gene[1] % 3]
        amount = (1 + gene[2] % 900) * CENT
        lines = ((f"cash:{source}", -amount), (f"cash:{target}", amount))
        return c.Move(lines, f"t{self._seq}", "transfer")

    def outcome(self, gene: list[int]) -> c.Command:
        market, value = MARKETS[gene[0] % 4], VALUES[gene[1] % len(VALUES)]
        status = self.engine.state.markets[market].status
        if status == "closed":
            return c.VoidMarket(market) if gene[2] % 4 == 0 else c.DetermineMarket(market, value)
        if status in ("determined", "amended", "disputed"):
            wishes: list[c.Command] = [
                c.SettleMarket(market),
                c.AmendMarket(market, value),
                c.VoidMarket(market),
                c.DisputeMarket(market),
            ]
            return wishes[gene[2] % 4]
        return c.CloseMarket(market) if gene[2] % 3 == 0 else c.Tick()


Move = Callable[[Group, list[int]], c.Command]
MOVES: Final[tuple[Move, ...]] = (
    *(Group.place, Group.meet) * 5,
    *(Group.amend, Group.decrease, Group.cancel, Group.transfer),
    *(Group.group, Group.fees, Group.netting, Group.outcome),
)
