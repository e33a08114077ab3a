"""What a scenario prints: one row a fact, and tables of books, orders, accounts and positions.

All of it is folded from facts alone, as projections and views do it: if a number cannot be had from
the facts, the tables go wrong, and `agree` compares them with the engine's own state.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from presage.domain import desk_facts as w
from presage.domain import facts as f
from presage.domain import group_facts as g
from presage.domain import member_facts as m
from presage.domain import plan_facts as p
from presage.domain import resolution_facts as r
from presage.domain.facts import Fact, Leg
from presage.domain.orders import ASK, BID, Side
from presage.engine.state import State
from presage.units import Count, Money, Price, format_balance, format_count, format_price

Row = Sequence[str]
NUMBER: Final = re.compile(r"-?[0-9]+\.[0-9]+")
CASH: Final = "cash:"
SIDES: Final = ("bid", "ask")


@dataclass
class Account:
    cash: Money = 0
    reserved: Money = 0
    fees: Money = 0


@dataclass
class Order:
    account: int
    market: int
    side: Side
    price: Price
    resting: Count = 0
    filled: Count = 0
    status: str = "taking"


@dataclass
class Position:
    count: Count = 0
    cost: Money = 0
    realized: Money = 0


def aligned(rows: Sequence[Row]) -> list[str]:
    """Columns of equal width, two blanks apart; a column of numbers keeps to the right."""
    widths: dict[int, int] = {}
    for row in rows:
        for column, cell in enumerate(row):
            widths[column] = max(widths.get(column, 0), len(cell))
    lines = []
    for row in rows:
        cells = [
            cell.rjust(widths[column]) if NUMBER.fullmatch(cell) else cell.ljust(widths[column])
            for column, cell in enumerate(row)
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


@dataclass
class Tables:
    """Everything that the facts so far tell. `names` are the scenario's words for the ids of
    accounts, markets, orders and groups; series and events are numbered like markets."""

    names: dict[int, str] = field(default_factory=dict)
    series: list[int] = field(default_factory=list)
    events: dict[int, str] = field(default_factory=dict)
    markets: list[int] = field(default_factory=list)
    accounts: dict[int, Account] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    queues: list[int] = field(default_factory=list)
    """Orders in the sequence in which they came to rest."""
    positions: dict[tuple[int, int], Position] = field(default_factory=dict)
    paid_for: dict[tuple[int, int], Count] = field(default_factory=dict)
    """(market, account) -> the position that was paid, not given back."""
    groups: dict[int, int] = field(default_factory=dict)
    talks: dict[int, int] = field(default_factory=dict)
    """Who made an RFQ or a quote."""
    open_interest: dict[int, Count] = field(default_factory=dict)
    ledger: dict[str, Money] = field(default_factory=dict)

    def post(self, name: str, amount: Money) -> None:
        self.ledger[name] = self.ledger.get(name, 0) + amount

    def owner(self, id_: int) -> int:
        """The account of an order, a group, an RFQ or a quote."""
        if id_ in self.orders:
            return self.orders[id_].account
        return self.talks[id_] if id_ in self.talks else self.groups[id_]

    def made(self, fact: Fact) -> int | None:
        """The id of the thing that a scenario can name, if the fact made one."""
        match fact:
            case f.SeriesCreated():
                return fact.series
            case f.EventCreated() if not fact.collection:  # a combo is named, not its event
                return fact.event
            case f.MarketCreated():
                return fact.market
            case f.OrderPlaced():
                return fact.order
            case g.GroupCreated():
                return fact.group
            case w.RfqCreated():
                return fact.rfq
            case w.QuoteCreated():
                return fact.quote
            case w.BlockTradeProposed():
                return fact.block_trade
            case p.FeesPlanned():
                return fact.change
            case _:
                return None

    # Folding: the row is what the step prints

    def apply(self, fact: Fact) -> Row | None:
        """Take a fact in; its row, or None for what goes without saying."""
        name = self.names
        match fact:
            case f.AccountOpened():
                self.accounts[fact.account] = Account()
            case f.SeriesCreated():
                self.series.append(fact.series)
            case f.EventCreated():
                self.events[fact.event] = fact.ticker
            case f.MarketCreated():
                self.markets.append(fact.market)
            case f.MoneyMoved():
                for line in fact.lines:
                    self.post(line.account, line.amount)
                    if line.account.startswith(CASH):
                        self.accounts[int(line.account.removeprefix(CASH))].cash = line.after
            case m.PositionTransferred():
                return self.handed(fact)
            case m.AccountLocked():
                return name[fact.account], "locked"
            case m.AccountUnlocked():
                return name[fact.account], "unlocked"
            case f.NettingSet():
                self.accounts[fact.account].reserved = fact.reserved
            case f.AdvanceSet():
                return self.advanced(fact)
            case f.MarketStatusChanged():
                return name[fact.market], fact.status
            case f.MarketDetermined():
                return name[fact.market], fact.status, fact.result, format_price(fact.value)
            case f.MarketDisputed():
                return name[fact.market], "disputed"
            case f.PositionPaid():
                return self.paid(fact)
            case f.MarketFinalized():
                self.open_interest[fact.market] = 0
                return name[fact.market], "finalized", fact.result, format_price(fact.value)
            case r.OutcomeCorrected():
                return name[fact.market], "corrected", fact.result, format_price(fact.value)
            case r.PositionCorrected():
                return self.corrected(fact)
            case g.GroupTriggered():
                return name[fact.group], "triggered", format_count(fact.matched)
            case g.GroupCreated():
                self.groups[fact.group] = fact.account
            case _:
                return self.ordered(fact)
        return None

    def ordered(self, fact: Fact) -> Row | None:
        """The facts about orders."""
        match fact:
            case f.OrderPlaced():
                order = Order(fact.account, fact.market, fact.side, fact.price)
                self.orders[fact.order] = order
                # Orders that the exchange places for the parties of an agreement have no label.
                name = fact.client_order_id or f"{self.names[fact.account]}'s"
                self.names.setdefault(fact.order, name)
            case f.OrderKilled():
                return "order", "killed"
            case f.OrderRested():
                self.rest(fact.order, fact.price, fact.remaining, fact.reserved)
                return self.row(fact.order, "rests", fact.remaining, fact.price)
            case f.Traded():
                return self.traded(fact)
            case f.OrderReduced():
                self.leave(fact.order, fact.remaining, fact.reserved)
                return self.row(fact.order, "reduced", fact.by, fact.price, fact.reason)
            case f.OrderCanceled():
                self.leave(fact.order, 0, fact.reserved, "canceled")
                return self.row(fact.order, "canceled", fact.by, fact.price, fact.reason)
            case f.OrderAmended():
                place = "keeps its place" if fact.kept else "meets the book again"
                self.leave(fact.order, fact.remaining if fact.kept else 0, fact.reserved)
                self.orders[fact.order].price = fact.price
                return self.row(fact.order, "amended", fact.remaining, fact.price, place)
            case _:
                return self.talked(fact)
        return None

    def talked(self, fact: Fact) -> Row | None:
        """The facts about RFQs, quotes and block trades."""
        name = self.names
        match fact:
            case w.RfqCreated():
                self.talks[fact.rfq] = fact.account
            case w.RfqClosed():
                return name[fact.rfq], "closed", fact.reason
            case w.QuoteCreated():
                self.talks[fact.quote] = fact.account
                yes = "yes", format_count(fact.yes_contracts), format_price(fact.yes_bid)
                no = "no", format_count(fact.no_contracts), format_price(fact.no_bid)
                return name[fact.quote], "bids", *yes, *no
            case w.QuoteAccepted():
                count = format_count(fact.accepted)
                return name[fact.quote], "accepted", fact.side, count
            case w.QuoteConfirmed():
                return name[fact.quote], "confirmed"
            case w.QuoteExecuted():
                return name[fact.quote], "executed"
            case w.QuoteCanceled():
                return name[fact.quote], "cancelled", fact.reason
            case w.BlockTradeAccepted():
                return name[fact.block_trade], "accepted", fact.side, name[fact.account]
            case w.BlockTradeExecuted():
                return name[fact.block_trade], "executed"
            case w.BlockTradeExpired():
                return name[fact.block_trade], "expired"
            case _:
                return self.planned(fact)
        return None

    def planned(self, fact: Fact) -> Row | None:
        """The facts about what was planned ahead."""
        match fact:
            case p.PauseBegan():
                return self.names.get(fact.window, "closed"), "begins"
            case p.PauseEnded():
                return self.names.get(fact.window, "closed"), "ends"
            case p.PauseDropped():
                return self.names.get(fact.window, "closed"), "dropped"
            case p.FeesDropped():
                return self.names[fact.change], "dropped"
            case f.SeriesFeesSet() | f.EventFeesSet() if fact.change in self.names:
                return self.names[fact.change], "takes effect"
            case _:
                return None

    def row(self, order: int, verb: str, count: Count, price: Price, *more: str) -> Row:
        return self.names[order], verb, format_count(count), format_price(price), *more

    def rest(self, id_: int, price: Price, remaining: Count, reserved: Money) -> None:
        order = self.orders[id_]
        order.status, order.resting, order.price = "resting", remaining, price
        self.accounts[order.account].reserved = reserved
        if id_ in self.queues:
            self.queues.remove(id_)
        self.queues.append(id_)

    def leave(self, id_: int, remaining: Count, reserved: Money, status: str = "resting") -> None:
        order = self.orders[id_]
        order.resting, order.status = remaining, status
        self.accounts[order.account].reserved = reserved

    def traded(self, fact: f.Traded) -> Row:
        for leg, side in ((fact.taker, fact.side), (fact.maker, 1 - fact.side)):
            order, account = self.orders[leg.order], self.accounts[leg.account]
            order.filled += fact.count
            if side != fact.side:
                order.resting = leg.remaining
            if leg.remaining == 0:
                order.status = "executed"
            account.cash, account.reserved = leg.cash, leg.reserved
            self.stake(leg, fact.market)
        self.open_interest[fact.market] = fact.open_interest
        taker, maker = self.names[fact.taker.order], self.names[fact.maker.order]
        fees = [format_balance(leg.fee) for leg in (fact.taker, fact.maker)]
        count, price = format_count(fact.count), format_price(fact.price)
        row = (taker, "takes", count, price, f"from {maker}", "fees", *fees)
        return (*row, "block") if fact.block else row

    def handed(self, fact: m.PositionTransferred) -> Row:
        for share in (fact.source, fact.target):
            account = self.accounts[share.account]
            account.cash, account.reserved = share.cash, share.reserved
            position = self.positions.setdefault((share.account, fact.market), Position())
            position.count, position.cost = share.position, share.cost
            position.realized += share.realized
        self.open_interest[fact.market] = fact.open_interest
        source, target = self.names[fact.source.account], self.names[fact.target.account]
        what = format_count(fact.count), "yes" if fact.side == BID else "no"
        profits = [format_balance(share.realized) for share in (fact.source, fact.target)]
        price = format_price(fact.price)
        return (source, "hands", *what, "to", target, price, "profits", *profits)

    def stake(self, leg: Leg, market: int) -> None:
        position = self.positions.setdefault((leg.account, market), Position())
        position.count, position.cost = leg.position, leg.cost
        position.realized += leg.realized
        self.accounts[leg.account].fees += leg.fee
        self.post("fees", leg.fee - leg.rounding)
        self.post("rounding", leg.rounding)

    def paid(self, fact: f.PositionPaid) -> Row:
        account = self.accounts[fact.account]
        account.cash = fact.cash
        account.fees -= fact.fee_refund + fact.rounding_refund
        position = self.positions.setdefault((fact.account, fact.market), Position())
        position.count, position.cost = 0, 0
        position.realized += fact.realized
        if fact.position and fact.result != "void":
            self.paid_for[fact.market, fact.account] = fact.position
        self.open_interest[fact.market] = fact.open_interest
        self.post("fees", -fact.fee_refund)
        self.post("rounding", -fact.rounding_refund)
        self.post("house:cover", -fact.cover)
        held, revenue = format_count(fact.position), format_balance(fact.revenue)
        profit = format_balance(fact.realized)
        row = [self.names[fact.account], "paid", revenue, "for", held, "profit", profit]
        return [*row, "covered", format_balance(fact.cover)] if fact.cover else row

    def corrected(self, fact: r.PositionCorrected) -> Row:
        self.positions[fact.account, fact.market].realized += fact.added
        held, revenue = format_count(fact.position), format_balance(fact.revenue)
        added = format_balance(fact.added)
        return self.names[fact.account], "corrected", revenue, "for", held, "by", added

    def advanced(self, fact: f.AdvanceSet) -> Row:
        self.accounts[fact.account].cash = fact.cash
        name = f"advance {self.names[fact.account]} {self.events[fact.event]}"
        self.ledger[name] = -fact.amount
        self.post("house:cover", -fact.cover)
        row = [self.names[fact.account], "advanced", format_balance(fact.amount)]
        return [*row, "covered", format_balance(fact.cover)] if fact.cover else row

    # Tables

    def book(self, market: int) -> list[Row]:
        """Asks above bids, best prices in the middle, the oldest order first."""
        levels: dict[tuple[Side, Price], list[int]] = {}
        for id_ in self.queues:
            order = self.orders[id_]
            if order.market == market and order.status == "resting":
                levels.setdefault((order.side, order.price), []).append(id_)
        rows: list[Row] = []
        for (side, price), queue in sorted(levels.items(), key=lambda item: (-item[0][1], item)):
            size = format_count(sum(self.orders[id_].resting for id_ in queue))
            each = (f"{self.names[id_]} {format_count(self.orders[id_].resting)}" for id_ in queue)
            rows.append((SIDES[side], format_price(price), size, ", ".join(each)))
        return rows

    def order_table(self) -> list[Row]:
        rows: list[Row] = [("order", "side", "price", "status", "filled", "left")]
        for id_, order in self.orders.items():
            counts = (format_count(order.filled), format_count(order.resting))
            price = format_price(order.price)
            rows.append((self.names[id_], SIDES[order.side], price, order.status, *counts))
        return rows

    def account_table(self, chosen: Sequence[int] = ()) -> list[Row]:
        rows: list[Row] = [("account", "cash", "reserved", "balance", "fees")]
        for id_ in chosen or self.accounts:
            account = self.accounts[id_]
            balance = account.cash - account.reserved
            amounts = (account.cash, account.reserved, balance, account.fees)
            rows.append((self.names[id_], *(format_balance(amount) for amount in amounts)))
        return rows

    def position_table(self) -> list[Row]:
        rows: list[Row] = [("account", "market", "position", "cost", "realized")]
        for (account, market), held in self.positions.items():
            money = (format_balance(held.cost), format_balance(held.realized))
            count = format_count(held.count)
            rows.append((self.names[account], self.names[market], count, *money))
        return rows

    def house_table(self) -> list[Row]:
        """The exchange's own accounts, as far as there is something in them."""
        escrow = {f"escrow {self.names[m]}": n * 10_000 for m, n in self.open_interest.items()}
        own = {name: amount for name, amount in self.ledger.items() if not name.startswith(CASH)}
        entries = {**own, **escrow}
        return [(name, format_balance(entries[name])) for name in sorted(entries) if entries[name]]

    def agree(self, state: State) -> None:
        """The facts told the truth: cash, reserves, positions and queues are the engine's own."""
        for id_, account in state.accounts.items():
            told = self.accounts[id_]
            assert (told.cash, told.reserved) == (account.cash, account.reserved), self.names[id_]
        for market in state.markets.values():
            assert list(self.resting(market.id)) == [
                (order.id, order.price, order.remaining)
                for side in (BID, ASK)
                for order in market.book.walk(side)
            ], self.names[market.id]

    def resting(self, market: int) -> Iterator[tuple[int, Price, Count]]:
        """(order, price, contracts) of both sides in the sequence in which they would trade."""
        for side, sign in ((BID, -1), (ASK, 1)):
            live = [
                id_
                for id_ in self.queues
                if self.orders[id_].status == "resting"
                and (self.orders[id_].market, self.orders[id_].side) == (market, side)
            ]
            for id_ in sorted(live, key=lambda id_: sign * self.orders[id_].price):
                yield id_, self.orders[id_].price, self.orders[id_].resting
