"""Engine and twin in lockstep on the same commands, and a failing run made small.

A run is a list of steps with fixed sequence numbers, so that the same ids come out when steps are
left out. Beside the twin, each run folds the facts in a replica, goes on from a snapshot now and
then, and checks the invariants.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import msgspec

from presage.domain import combo_commands as k
from presage.domain import commands as c
from presage.domain import desk_commands as w
from presage.domain import member_commands as m
from presage.domain import plan_commands as p
from presage.domain.cutoffs import SetCutoffs
from presage.domain.desk_facts import QuoteCanceled, QuoteExecuted, RfqClosed
from presage.domain.facts import EventFeesSet, Fact, OrderCanceled, SeriesFeesSet, Traded
from presage.domain.hours import SetHours
from presage.domain.orders import ASK, BID
from presage.domain.rejects import Reject
from presage.domain.resolution_commands import (
    CorrectOutcomes,
    DisputeMarkets,
    ResolveMarkets,
    SettleMarkets,
)
from presage.engine.engine import Engine
from presage.engine.invariants import check
from presage.engine.plans import HOURS
from presage.engine.state import Market
from presage.units import DOLLAR_PRICE
from tests.simulation.touched import Conservation, Touched, check_touched, touched
from tests.simulation.traffic import Traffic
from tests.simulation.twin import Twin

WHOLE_EVERY: Final = 500
"""After so many accepted commands, and at the end, both states are compared whole, all invariants
are checked, and replay and snapshot must give the same; in an exchange with more markets than that,
after as many commands as it has markets. After each command only what it touched is looked at."""

Members = (
    c.PlaceOrder
    | c.AmendOrder
    | c.DecreaseOrder
    | c.CancelOrder
    | c.CancelAll
    | c.CreateGroup
    | c.SetGroupLimit
    | c.TriggerGroup
    | c.ResetGroup
    | c.DeleteGroup
    | c.Move
    | c.SetNetting
    | w.CreateRfq
    | w.DeleteRfq
    | w.CreateQuote
    | w.DeleteQuote
    | w.AcceptQuote
    | w.ConfirmQuote
    | w.ProposeBlockTrade
    | w.AcceptBlockTrade
    | m.SetDailyCap
    | m.LockAccount
    | m.UnlockAccount
    | m.TransferPosition
    | k.CreateCombo
    | p.PlanFees
    | p.DropFees
    | p.PlanPause
    | p.DropPause
    | SetCutoffs
    | SetHours
    | ResolveMarkets
    | DisputeMarkets
    | SettleMarkets
    | CorrectOutcomes
)
"""What the twin decides by itself. Of the operator's other acts it only hears once they are
accepted."""


KEPT_EVENTS: Final = 8
"""The newest events, in which new markets appear, are never forgotten."""
MOST_STEPS: Final = 20_000
"""A longer run is not made small: it is seen again from its seed."""
LAST_STEPS: Final = 20


class Step(NamedTuple):
    seq: int
    at: int
    command: c.Command


class Disagreement(AssertionError):
    """Engine and twin came to different results."""


def same(what: str, engine: object, twin: object) -> None:
    if engine != twin:
        raise Disagreement(f"{what}: engine {engine}, twin {twin}")


class Lockstep:
    """One exchange decided twice."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.replica = Engine()
        self.twin = Twin()
        self.accepted = self.fills = 0
        self.money = Conservation(self.engine.state)
        self.renew_at = WHOLE_EVERY
        self.happened: Counter[str] = Counter()

    def due(self, at: int) -> bool:
        due = self.engine.next_due()
        return due is not None and due <= at

    def take(self, step: Step) -> None:
        """Carry one step out on both sides. Raises: AssertionError."""
        seq, at, command = step
        result = self.engine.execute(command, seq, at)
        facts = [] if isinstance(result, Reject) else result
        if isinstance(result, Reject) and not isinstance(command, Members):
            return
        refused = self.twin.execute(command, seq, at, facts)
        same("refusal", result.code if isinstance(result, Reject) else None, refused)
        if isinstance(result, Reject):
            return
        self.accepted += 1
        if result or not isinstance(command, c.Tick):  # an idle Tick writes no entry
            self.replica.apply(result, seq, at)
        self.tell(command, facts)
        parts = touched(self.engine.state, command, facts, self.twin)
        self.compare(command, facts, parts)
        self.check_told(command)
        check_touched(self.engine.state, parts)
        self.money.follow(self.engine.state, parts)
        if self.accepted >= self.renew_at:
            self.renew()

    def tell(self, command: c.Command, facts: list[Fact]) -> None:
        """Count what has happened so far."""
        self.fills += len(self.twin.fills)
        self.happened[type(command).__name__] += 1
        for fact in facts:
            self.happened[type(fact).__name__] += 1
            if isinstance(fact, OrderCanceled | RfqClosed | QuoteCanceled):
                self.happened[fact.reason] += 1

    def check_told(self, command: c.Command) -> None:
        """What the twin only hears of: outcomes are those that were given, and time binds."""
        if isinstance(command, c.DetermineMarket | c.AmendMarket):
            same("legs of what was given an outcome", self.twin.markets[command.market].legs, ())
            same("outcome", self.engine.state.markets[command.market].value, command.value)
        if isinstance(command, c.SetPriceStructure):
            structure = self.engine.state.markets[command.market].structure
            same("price structure", structure, command.structure)
        ticked = isinstance(command, c.Tick)
        if ticked:
            self.check_clock()
        for combo in self.twin.combos.compare(bool(self.engine.state.work), ticked):
            same(*combo)

    def check_clock(self) -> None:
        """After a Tick nothing is overdue."""
        for id in self.twin.markets:  # the others are over
            market = self.engine.state.markets[id]
            name, at = f"market {id} after a Tick", self.engine.state.at
            if market.status == "initialized":
                same(f"{name} is not open", at < market.open_at, True)
            elif market.status in ("active", "inactive"):
                same(f"{name} is open", at < market.close_at, True)
            elif market.status in ("determined", "amended") and not market.legs:
                same(f"{name} is not paid", at < market.settle_at, True)
        for quote in self.engine.state.desk.quotes.values():
            same("a quote is overdue", 0 < quote.until <= self.engine.state.at, False)
        for block in self.engine.state.desk.block_trades.values():
            same("a proposal is overdue", block.expires_at <= self.engine.state.at, False)

    def renew(self) -> None:
        """Everything is looked at, whole. Replay and snapshots give the live state; the run goes on
        from the snapshot."""
        state = self.engine.state
        self.compare_parts(Touched({*state.accounts}, {*state.markets}, {*state.events}))
        check(state)
        digest = self.engine.digest()
        same("digest of the replay", self.replica.digest(), digest)
        self.engine = Engine.load(self.engine.dump())
        same("digest of the snapshot", self.engine.digest(), digest)
        self.money = Conservation(self.engine.state)
        self.twin.forget(KEPT_EVENTS)
        self.renew_at = self.accepted + max(WHOLE_EVERY, len(state.markets))

    def compare(self, command: c.Command, facts: list[Fact], parts: Touched) -> None:
        """What has just happened, who rests, and what was touched."""
        state, twin = self.engine.state, self.twin
        same("trades", [fill_of(fact) for fact in facts if isinstance(fact, Traded)], twin.fills)
        statuses = {o.id: "canceled" if o.left else "executed" for o in twin.ended}
        same("ended orders", dict(ends(facts)), statuses)
        same("orders", state.orders.keys(), twin.orders.keys())
        self.compare_desk(facts)
        self.compare_caps()
        self.compare_plans(command, facts)
        self.compare_parts(parts)

    def compare_parts(self, parts: Touched) -> None:
        """Money, positions and queues of both sides."""
        state, twin = self.engine.state, self.twin
        for number in parts.accounts:
            account = state.accounts[number]
            mine = (account.cash, account.reserved, account.netting)
            other = (twin.cash[number], twin.reserved(number), number in twin.netting)
            same(f"money of {number}", mine, other)
        names = {name for name in {*state.ledger, *twin.ledger} if not name.startswith("hold:")}
        for name in names:
            same(name, state.ledger.get(name, 0), twin.ledger[name])
        for event in parts.events:
            for number, advance in state.events[event].advances.items():
                same("advance", advance.amount, twin.advances[number, event])
        for market in parts.markets:
            self.compare_market(state.markets[market], parts.accounts)
        groups = {n: (g.limit, g.triggered) for n, g in state.groups.items() if not g.deleted}
        same("groups", groups, {n: (g.limit, g.triggered) for n, g in twin.groups.items()})

    def compare_caps(self) -> None:
        """What subtraders may spend today, and what of it is used."""
        state, twin = self.engine.state, self.twin
        for member in (one for own in state.subtraders.values() for one in own):
            use = self.engine.cap_use(member.id, twin.at)
            caps = twin.subs.caps
            same(f"cap of {member.id}", use.limit if use else None, caps.get(member.id))
            if use:
                used = (twin.subs.executed(member.id), twin.subs.pending(member.id))
                same(f"spending of {member.id}", (use.executed, use.pending), used)
        locked = {account.id for account in state.accounts.values() if account.lock}
        same("locked accounts", locked, twin.subs.locked)

    def compare_plans(self, command: c.Command, facts: list[Fact]) -> None:
        """Switches, fees and cutoffs, and what is still to come."""
        state, plans = self.engine.state, self.twin.plans
        same("switches", (state.exchange_active, state.trading_active), plans.switches())
        pauses = {n: pause.on for n, pause in state.planned_pauses.items()}
        same("closed by the hours", pauses.pop(HOURS, False), plans.closed)
        same("pauses", pauses, {n: pause.on for n, pause in plans.pauses.items()})
        same("fees to come", state.planned_fees.keys(), plans.fees.keys())
        told = [fact for fact in facts if isinstance(fact, EventFeesSet | SeriesFeesSet)]
        if not isinstance(command, c.SetEventFees | c.SetSeriesFees):
            same("planned fees", told, plans.charged)
        same("cutoffs", msgspec.structs.asdict(state.cutoffs), plans.cutoffs)
        rolls = state.live_days, state.rolls_at
        same("rolling", rolls, (plans.live_days, plans.rolls_at))

    def compare_desk(self, facts: list[Fact]) -> None:
        """RFQs, quotes and block trades: what lives, in which state, and what ended why."""
        desk, twin = self.engine.state.desk, self.twin.desk
        same("ended talk", sorted(talk_ends(facts)), sorted(twin.talked))
        rfqs = {n: (r.account.id, r.market.id, r.contracts) for n, r in desk.rfqs.items()}
        asked = {n: (r.account, r.market, r.contracts) for n, r in twin.rfqs.items()}
        same("RFQs", rfqs, asked)
        quotes = {
            n: (q.status, q.side, q.until, q.yes_contracts, q.no_contracts)
            for n, q in desk.quotes.items()
        }
        said = {n: (q.status, q.side, q.until, *q.sizes.values()) for n, q in twin.quotes.items()}
        same("quotes", quotes, said)
        blocks = {
            n: (b.buyer.id, b.seller.id, b.buyer_accepted, b.seller_accepted)
            for n, b in desk.block_trades.items()
        }
        agreed = {
            n: (b.buyer, b.seller, BID in b.said, ASK in b.said) for n, b in twin.blocks.items()
        }
        same("block trades", blocks, agreed)

    def compare_market(self, market: Market, accounts: set[int]) -> None:
        if market.status == "finalized":
            return
        for number in accounts & market.holdings.keys():
            holding = market.holdings[number]
            held = (holding.count, holding.cost, holding.spent, holding.fees, holding.rounding)
            kept = position(self.twin.stakes.get((number, market.id), []))
            same(f"position of {number} in {market.id}", held, kept)
        for side in (BID, ASK):
            queue = [(o.id, o.price, o.remaining, o.filled) for o in market.book.walk(side)]
            sign = -1 if side == BID else 1
            twins = self.twin.resting(market=market.id, side=side)
            twins.sort(key=lambda o: o.price * sign)
            kept_queue = [(o.id, o.price, o.left, o.filled) for o in twins]
            same(f"queue {side} of {market.id}", queue, kept_queue)


def position(fills: list[tuple[int, int, int, int]]) -> tuple[int, int, int, int, int]:
    """Count, cost, net cash spent, fees and rounding fees that fills have come to.

    The oldest contracts are closed first, so what is held was bought last: cost is found backwards.
    """
    count = sum(fill[0] for fill in fills)
    spent = sum(number * price for number, price, _, _ in fills) + max(-count, 0) * DOLLAR_PRICE
    left, cost = abs(count), 0
    for number, price, _, _ in reversed(fills):
        if left and (number > 0) == (count > 0):
            taken = min(left, abs(number))
            left -= taken
            cost += taken * (price if count > 0 else DOLLAR_PRICE - price)
    return count, cost, spent, sum(fill[2] for fill in fills), sum(fill[3] for fill in fills)


def fill_of(fact: Traded) -> tuple[int, ...]:
    taker, maker = fact.taker, fact.maker
    return taker.order, maker.order, fact.price, fact.count, taker.fee, maker.fee


def ends(facts: list[Fact]) -> Iterator[tuple[int, str]]:
    """Orders that ended, and how."""
    for fact in facts:
        if isinstance(fact, OrderCanceled):
            yield fact.order, "canceled"
        if isinstance(fact, Traded):
            for leg in (fact.taker, fact.maker):
                if not leg.remaining:
                    yield leg.order, "executed"


def talk_ends(facts: list[Fact]) -> Iterator[tuple[int, str]]:
    """RFQs and quotes that ended by a fact of their own, and why."""
    for fact in facts:
        if isinstance(fact, RfqClosed):
            yield fact.rfq, fact.reason
        elif isinstance(fact, QuoteCanceled):
            yield fact.quote, fact.reason
        elif isinstance(fact, QuoteExecuted):
            yield fact.quote, "executed"


class Run:
    """A run from a seed: `steps` so far, and the two sides."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.lockstep = Lockstep()
        self.traffic = Traffic(seed, self.lockstep.twin)
        self.steps: list[Step] = []
        self.once: set[tuple[str, str]] = set()

    def go(self, commands: int, progress: Callable[[int], None] | None = None) -> None:
        """Raises: AssertionError with everything that is needed to see it again."""
        waiting = self.traffic.prelude()
        for number in range(1, commands + 1):
            due = self.lockstep.due(self.traffic.at)
            command = waiting.pop(0) if waiting else self.traffic.next(due)
            self.take(Step(number, self.traffic.at, self.seen(command)))
            if progress:
                progress(number)
        self.lockstep.renew()

    def seen(self, command: c.Command) -> c.Command:
        """The writer's part: say whether the command's key was used before."""
        key = c.once_key(command)
        if key in self.once:
            return msgspec.structs.replace(command, seen=1)
        return command

    def take(self, step: Step) -> None:
        if len(self.steps) == MOST_STEPS:
            del self.steps[:-LAST_STEPS]
        self.steps.append(step)
        before = self.lockstep.accepted
        try:
            self.lockstep.take(step)
        except Exception as error:
            raise AssertionError(self.explain(error)) from error
        key = c.once_key(step.command)
        if key and self.lockstep.accepted > before:
            self.once.add(key)

    def explain(self, error: Exception) -> str:
        number = self.steps[-1].seq
        if number == len(self.steps):
            small = shrink(self.steps, kind_of(error))
            what = f"these {len(small)} of its commands are enough"
        else:
            small, what = self.steps[-LAST_STEPS:], "its last commands"
        lines = "\n".join(f"  {step.seq}  {step.at}  {step.command}" for step in small)
        return (
            f"seed {self.seed}, step {number}: {type(error).__name__}: {error}\n"
            f"again: python -m tests.simulation --seed {self.seed} --commands {number}\n"
            f"{what}:\n{lines}"
        )


def kind_of(error: Exception) -> str:
    """What two failures have in common when they are the same one."""
    return f"{type(error).__name__} {re.sub('-?[0-9]+', 'N', str(error))}"


def failure(steps: list[Step]) -> str:
    """What kind of failure the steps end in; empty if they do not."""
    lockstep = Lockstep()
    try:
        for step in steps:
            lockstep.take(step)
    except Exception as error:
        return kind_of(error)
    return ""


def shrink(steps: list[Step], kind: str, effort: int = 150_000) -> list[Step]:
    """Leave out ever smaller pieces as long as the rest fails in the same way.

    `effort` is how many steps may be carried out in search of a smaller run. Whole markets and
    kinds of commands are tried first: what a failure is not about goes in a few tries.
    """
    for topic in sorted({topic for step in steps[:-1] for topic in topics(step)}):
        rest = [step for step in steps[:-1] if topic not in topics(step)] + steps[-1:]
        effort -= len(rest)
        if failure(rest) == kind:
            steps = rest
    piece = max(len(steps) // 2, 1)
    while effort > 0:
        at, found = 0, False
        while at < len(steps) and effort > 0:
            rest = steps[:at] + steps[at + piece :]
            effort -= len(rest)
            if failure(rest) == kind:
                steps, found = rest, True
            else:
                at += piece
        if piece == 1 and not found:
            break
        piece = max(piece // 2, 1)
    return steps


def topics(step: Step) -> set[str]:
    """What a step is about, for leaving out everything of a topic at once."""
    market = getattr(step.command, "market", 0)
    return {type(step.command).__name__, f"market {market}" if market else "no market"}
