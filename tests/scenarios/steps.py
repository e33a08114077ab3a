"""The words of the scenario language: what each line of a scenario does to the exchange.

One method a word; its docstring shows the line. Prices, counts and money are dollars and contracts
as a trader writes them; times count from now. Nothing here decides anything about trading.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from presage.domain import combo_commands as k
from presage.domain import commands as c
from presage.domain import desk_commands as w
from presage.domain import facts as f
from presage.domain.bounds import Bounds
from presage.domain.combos import ComboLeg
from presage.domain.ids import account_id, member_of, shard_of, subaccount_of
from presage.domain.orders import ASK, BID, FOK, GTC, IOC, TAKER_AT_CROSS
from presage.domain.rejects import Reject
from presage.domain.shard_commands import DeclareShard
from presage.domain.site_commands import ClosePosition
from presage.engine.engine import Engine
from presage.engine.invariants import check
from presage.units import (
    SECOND,
    Micros,
    Money,
    format_count,
    parse_count,
    parse_money,
    parse_price,
)
from tests.scenarios import steps_members, steps_plans, steps_resolutions
from tests.scenarios.tables import Row, Tables, aligned
from tests.scenarios.words import duration, options

START: Final[Micros] = 1_767_614_400 * SECOND
"""Every scenario begins at noon of 5 January 2026, UTC."""
ORDER: Final = re.compile(r"(\w+): (\S+) (bids|asks) (\S+) @ (\S+)(.*)")
GRIDS: Final[dict[str, Money]] = {"direct": 100, "cents": 10_000}
WORDS: Final = {"on": True, "off": False}


class Scenario:
    """An exchange, its clock, and the names that a scenario gives to what is in it."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.replica = Engine()
        self.tables = Tables()
        self.ids: dict[str, int] = {}
        self.kinds: dict[str, type] = {}
        self.once: dict[tuple[str, str], int] = {}
        self.at = START
        self.seq = 0
        self.moves = 0
        self.rows: list[Row] = []
        self.execute(c.Genesis(b"scenario", bytes(16)))

    def step(self, text: str) -> list[str]:
        """Carry out one line; what it printed."""
        self.rows = []
        if match := ORDER.fullmatch(text):
            self.place(*match.groups())
        else:
            verb, *words = text.split()
            action: Callable[[list[str]], None] = getattr(self, "do_" + verb.replace("-", "_"))
            action(words)
        check(self.engine.state)
        self.tables.agree(self.engine.state)
        return aligned(self.rows)

    def execute(self, command: c.Command, label: str = "") -> None:
        """Decide, then do the time-driven work that is due by now."""
        self.decide(command, label)
        while (due := self.engine.next_due()) is not None and due <= self.at:
            self.decide(c.Tick())

    def decide(self, command: c.Command, label: str = "") -> None:
        """One journal entry; the replica folds its facts."""
        result = self.engine.execute(command, self.seq + 1, self.at)
        if isinstance(result, Reject):
            self.rows.append(("refused", result.code.value))
            return
        if not result and isinstance(command, c.Tick):
            return  # an idle Tick writes no entry
        self.seq += 1
        self.replica.apply(result, self.seq, self.at)
        if key := c.once_key(command):
            self.once[key] = self.seq
        for fact in result:
            if label and (made := self.tables.made(fact)) is not None:
                assert label not in self.ids, f"{label} is taken"
                self.ids[label] = made
                if isinstance(fact, f.SeriesCreated | f.EventCreated):
                    self.kinds[label] = type(fact)
                else:
                    self.tables.names[made] = label
            if isinstance(fact, f.AccountOpened):
                self.name_account(fact.account)
            if row := self.tables.apply(fact):
                self.rows.append(row)

    def name_account(self, account: int) -> None:
        """`ann`, `ann/2`, `ann@1`, `ann/2@1`: member, subaccount, shard."""
        number, shard = subaccount_of(account), shard_of(account)
        name = self.tables.names[account_id(member_of(account))]
        name += f"/{number}" * bool(number) + f"@{shard}" * bool(shard)
        self.tables.names[account] = name

    def account(self, name: str) -> int:
        """`ann`, or `ann/2` for a subaccount, or `ann/2@1` for one on shard 1."""
        whose, _, shard = name.partition("@")
        member, _, number = whose.partition("/")
        return account_id(self.ids[member], int(number or 0), int(shard or 0))

    def is_account(self, name: str) -> bool:
        return re.split("[/@]", name)[0] in self.ids

    def owned(self, name: str) -> tuple[int, int]:
        """(member, id) of an order or a group."""
        return member_of(self.tables.owner(self.ids[name])), self.ids[name]

    # Members and money

    def do_members(self, words: list[str]) -> None:
        """members ann=100 fay=50/cents acme=100/fcm"""
        for name, value in options(words).items():
            cash, _, kind = value.partition("/")
            self.open(name, "fcm" if kind == "fcm" else "direct", GRIDS.get(kind, 100))
            self.do_move([cash, "world", name])

    def open(self, name: str, kind: str, grid: Money, fcm: int = 0) -> None:
        """A member with a name."""
        member = self.ids[name] = len(self.ids) + 1
        self.tables.names[account_id(member)] = name
        self.execute(c.OpenMember(member, kind, grid, fcm=fcm))

    do_subtrader = steps_members.subtrader
    do_cap, do_capped = steps_members.cap, steps_members.capped
    do_lock, do_unlock = steps_members.lock, steps_members.unlock
    do_hand = steps_members.hand

    def do_subaccount(self, words: list[str]) -> None:
        """subaccount ann   or   subaccount ann@1"""
        name, _, shard = words[0].partition("@")
        self.execute(c.OpenAccount(self.ids[name], int(shard or 0)))

    def do_move(self, words: list[str]) -> None:
        """move 5 ann bob cause=x   (an account, or one of the exchange's own, such as world)"""
        amount = parse_money(words[0])
        source, target = (
            f"cash:{self.account(name)}" if self.is_account(name) else name for name in words[1:3]
        )
        self.moves += 1
        cause = options(words[3:]).get("cause", f"move {self.moves}")
        seen = self.once.get(("move", cause), 0)
        self.execute(c.Move(((source, -amount), (target, amount)), cause, "transfer", seen))

    def do_netting(self, words: list[str]) -> None:
        """netting ann on   or   netting ann on everywhere   (on all shards)"""
        everywhere = words[2:] == ["everywhere"]
        self.execute(c.SetNetting(self.account(words[0]), WORDS[words[1]], everywhere))

    def do_status(self, words: list[str]) -> None:
        """status ann suspended"""
        self.execute(c.SetMemberStatus(self.ids[words[0]], words[1]))

    # What can be traded

    def do_shard(self, words: list[str]) -> None:
        """shard 1"""
        self.execute(DeclareShard(int(words[0])))

    def terms(self, chosen: dict[str, str]) -> tuple[str, int]:
        """fees=quadratic times=0.5"""
        return chosen.get("fees", "quadratic"), parse_price(chosen.get("times", "1"))

    def do_series(self, words: list[str]) -> None:
        """series S fees=flat times=0.5 shard=1"""
        chosen = options(words[1:])
        shard = int(chosen.get("shard", "0"))
        self.execute(c.CreateSeries(words[0], *self.terms(chosen), shard), words[0])

    def do_event(self, words: list[str]) -> None:
        """event E of=S exclusive netting=MECNET shard=1"""
        chosen = options(words[1:])
        if not self.tables.series:
            self.do_series(["S"])
        series = self.ids[chosen["of"]] if "of" in chosen else self.tables.series[0]
        exclusive, netting = "exclusive" in chosen, chosen.get("netting", "")
        shard = int(chosen.get("shard", "-1"))
        command = c.CreateEvent(series, words[0], exclusive, netting, shard=shard)
        self.execute(command, words[0])

    def do_market(self, words: list[str]) -> None:
        """market M of=E grid=deci_cent opens=0s closes=24h timer=0s waiver=10s keep-open
        volatile"""
        chosen = options(words[1:])
        if not self.tables.events:
            self.do_event(["E"])
        command = c.CreateMarket(
            self.ids[chosen["of"]] if "of" in chosen else next(iter(self.tables.events)),
            words[0],
            self.at + duration(chosen.get("opens", "0s")),
            self.at + duration(chosen.get("closes", "24h")),
            chosen.get("grid", "linear_cent"),
            duration(chosen.get("timer", "0s")),
            "keep-open" not in chosen,
            self.at + duration(chosen["waiver"]) if "waiver" in chosen else 0,
            volatile="volatile" in chosen,
        )
        self.execute(command, words[0])

    def do_combo(self, words: list[str]) -> None:
        """combo C ann M N=no of=KXMVE timer=1h   (legs M yes and N no)"""
        chosen = options(words[2:])
        legs = tuple(
            ComboLeg(self.ids[leg], side or "yes")
            for leg, side in (word.partition("=")[::2] for word in words[2:])
            if leg not in ("of", "timer")
        )
        series = self.ids[chosen.get("of", "KXMVE")]
        timer = duration(chosen.get("timer", "0s"))
        self.execute(k.CreateCombo(self.ids[words[1]], series, "COLLECTION", legs, timer), words[0])

    def do_fees(self, words: list[str]) -> None:
        """fees S fees=flat times=2   (a series' fees, or an event's override; bare: cleared)"""
        subject, chosen = self.ids[words[0]], options(words[1:])
        if self.kinds[words[0]] is f.SeriesCreated:
            self.execute(c.SetSeriesFees(subject, *self.terms(chosen)))
        elif chosen:
            self.execute(c.SetEventFees(subject, *self.terms(chosen)))
        else:
            self.execute(c.SetEventFees(subject))

    def do_times(self, words: list[str]) -> None:
        """times M opens=1h closes=2h"""
        moved = {key: self.at + duration(text) for key, text in options(words[1:]).items()}
        opens, closes = moved.get("opens", 0), moved.get("closes", 0)
        self.execute(c.SetMarketTimes(self.ids[words[0]], opens, closes))

    def do_grid(self, words: list[str]) -> None:
        """grid M deci_cent"""
        self.execute(c.SetPriceStructure(self.ids[words[0]], words[1]))

    def do_open(self, words: list[str]) -> None:
        """open M"""
        self.execute(c.OpenMarket(self.ids[words[0]]))

    def do_pause(self, words: list[str]) -> None:
        """pause M   or   pause M cancel"""
        self.execute(c.PauseMarket(self.ids[words[0]], words[1:] == ["cancel"]))

    def do_resume(self, words: list[str]) -> None:
        """resume M"""
        self.execute(c.ResumeMarket(self.ids[words[0]]))

    def do_close(self, words: list[str]) -> None:
        """close M"""
        self.execute(c.CloseMarket(self.ids[words[0]]))

    def do_determine(self, words: list[str]) -> None:
        """determine M 1   (what YES is worth)"""
        self.execute(c.DetermineMarket(self.ids[words[0]], parse_price(words[1])))

    def do_dispute(self, words: list[str]) -> None:
        """dispute M"""
        self.execute(c.DisputeMarket(self.ids[words[0]]))

    def do_redetermine(self, words: list[str]) -> None:
        """redetermine M 0.4"""
        self.execute(c.AmendMarket(self.ids[words[0]], parse_price(words[1])))

    def do_settle(self, words: list[str]) -> None:
        """settle M"""
        self.execute(c.SettleMarket(self.ids[words[0]]))

    def do_void(self, words: list[str]) -> None:
        """void M"""
        self.execute(c.VoidMarket(self.ids[words[0]]))

    def do_switch(self, words: list[str]) -> None:
        """switch exchange=on trading=off"""
        chosen = options(words)
        self.execute(c.SetPause(WORDS[chosen["exchange"]], WORDS[chosen["trading"]]))

    do_resolve, do_doubt = steps_resolutions.resolve, steps_resolutions.doubt
    do_correct = steps_resolutions.correct
    do_pay = steps_resolutions.pay

    # Plans

    do_plan, do_drop, do_hours = steps_plans.plan, steps_plans.drop, steps_plans.hours

    # Orders

    def place(self, label: str, who: str, verb: str, count: str, price: str, more: str) -> None:
        """a1: ann bids 5 @ 0.52 in=M ioc fok post-only reduce-only halt stp=maker id=x group=g
        lasts=10s max-cost=3 avoids=bob"""
        chosen = options(more.split())
        account = self.account(who)
        client = chosen.get("id", "")
        command = c.PlaceOrder(
            account,
            self.ids[chosen["in"]] if "in" in chosen else self.tables.markets[0],
            BID if verb == "bids" else ASK,
            parse_price(price),
            parse_count(count),
            IOC if "ioc" in chosen else FOK if "fok" in chosen else GTC,
            client_order_id=client,
            expires_at=self.at + duration(chosen["lasts"]) if "lasts" in chosen else 0,
            post_only="post-only" in chosen,
            reduce_only="reduce-only" in chosen,
            stp=chosen.get("stp", TAKER_AT_CROSS),
            cancel_on_pause="halt" in chosen,
            group=self.ids[chosen["group"]] if "group" in chosen else 0,
            max_cost=parse_money(chosen.get("max-cost", "0")),
            seen=self.once.get((f"order:{member_of(account)}", client), 0),
            bounds=Bounds(avoid=(self.ids[chosen["avoids"]],)) if "avoids" in chosen else None,
        )
        self.execute(command, label)

    def do_cancel(self, words: list[str]) -> None:
        """cancel a1   or   cancel a1 by=bob"""
        member, order = self.owned(words[0])
        by = options(words[1:]).get("by")
        self.execute(c.CancelOrder(self.ids[by] if by else member, order))

    def do_cancel_all(self, words: list[str]) -> None:
        """cancel-all ann   or   cancel-all ann/1 in=M"""
        chosen = options(words[1:])
        account = self.account(words[0]) if words[0] not in self.ids else 0
        market = self.ids[chosen["in"]] if "in" in chosen else 0
        self.execute(c.CancelAll(self.ids[re.split("[/@]", words[0])[0]], account, market))

    def do_amend(self, words: list[str]) -> None:
        """amend a1 5 @ 0.53 id=old new-id=x   (5: filled so far plus wanted)"""
        member, order = self.owned(words[0])
        chosen = options(words[4:])
        client, new = chosen.get("id", ""), chosen.get("new-id", "")
        command = c.AmendOrder(
            member,
            order,
            parse_price(words[3]),
            parse_count(words[1]),
            client_order_id=client,
            new_client_order_id=new,
            seen=self.once.get((f"order:{member}", new), 0),
        )
        self.execute(command)

    def do_decrease(self, words: list[str]) -> None:
        """decrease a1 by 2   or   decrease a1 to 3"""
        amount = parse_count(words[2])
        by, to = (amount, -1) if words[1] == "by" else (-1, amount)
        self.execute(c.DecreaseOrder(*self.owned(words[0]), by, to))

    def do_close_out(self, words: list[str]) -> None:
        """close-out ann asks 0.40   or   close-out ann bids 0.60 in=M"""
        chosen = options(words[3:])
        command = ClosePosition(
            self.account(words[0]),
            self.ids[chosen["in"]] if "in" in chosen else self.tables.markets[0],
            ASK if words[1] == "asks" else BID,
            parse_price(words[2]),
            "protection",
            "scenario",
        )
        self.execute(command, chosen.get("as", ""))

    def do_group(self, words: list[str]) -> None:
        """group g ann 10"""
        self.execute(c.CreateGroup(self.account(words[1]), parse_count(words[2])), words[0])

    def do_limit(self, words: list[str]) -> None:
        """limit g 5"""
        self.execute(c.SetGroupLimit(*self.owned(words[0]), parse_count(words[1])))

    def do_trigger(self, words: list[str]) -> None:
        """trigger g"""
        self.execute(c.TriggerGroup(*self.owned(words[0])))

    def do_reset(self, words: list[str]) -> None:
        """reset g"""
        self.execute(c.ResetGroup(*self.owned(words[0])))

    def do_delete(self, words: list[str]) -> None:
        """delete g"""
        self.execute(c.DeleteGroup(*self.owned(words[0])))

    # RFQs, quotes, block trades

    def do_rfq(self, words: list[str]) -> None:
        """rfq r1 ann 100 in=M rest replace   or   rfq r1 ann cost=25 fees-on-top"""
        chosen = options(words[2:])
        command = w.CreateRfq(
            self.account(words[1]),
            self.ids[chosen["in"]] if "in" in chosen else self.tables.markets[0],
            next((parse_count(word) for word in chosen if word[0].isdigit()), 0),
            parse_money(chosen.get("cost", "0")),
            "fees-on-top" in chosen,
            "rest" in chosen,
            "replace" in chosen,
        )
        self.execute(command, words[0])

    def do_quote(self, words: list[str]) -> None:
        """quote q1 bob r1 yes=0.40 no=0.55 rest post-only"""
        chosen = options(words[3:])
        yes, no = parse_price(chosen.get("yes", "0")), parse_price(chosen.get("no", "0"))
        account, rfq = self.account(words[1]), self.ids[words[2]]
        rest, post_only = "rest" in chosen, "post-only" in chosen
        self.execute(w.CreateQuote(account, rfq, yes, no, rest, post_only), words[0])

    def do_accept(self, words: list[str]) -> None:
        """accept q1 yes by=ann"""
        member = self.ids[options(words[2:])["by"]]
        self.execute(w.AcceptQuote(member, self.ids[words[0]], words[1], f"{words[0]}/taker"))

    def do_confirm(self, words: list[str]) -> None:
        """confirm q1   or   confirm q1 by=cat"""
        member, quote = self.owned(words[0])
        by = options(words[1:]).get("by")
        made_as = f"{words[0]}/maker"
        self.execute(w.ConfirmQuote(self.ids[by] if by else member, quote, made_as))

    def do_withdraw(self, words: list[str]) -> None:
        """withdraw q1   or   withdraw r1 by=cat"""
        member, id_ = self.owned(words[0])
        by = options(words[1:]).get("by")
        kind = w.DeleteQuote if words[0].startswith("q") else w.DeleteRfq
        self.execute(kind(self.ids[by] if by else member, id_))

    def do_block(self, words: list[str]) -> None:
        """block t1 ann 10 @ 0.40 bob lasts=10m maker=yes by=cat   (ann buys from bob)"""
        chosen = options(words[6:])
        command = w.ProposeBlockTrade(
            self.ids[chosen.get("by", re.split("[/@]", words[1])[0])],
            self.account(words[1]),
            self.account(words[5]),
            self.tables.markets[0],
            parse_price(words[4]),
            parse_count(words[2]),
            chosen.get("maker", "yes"),
            self.at + duration(chosen.get("lasts", "10m")),
        )
        self.execute(command, words[0])

    def do_agree(self, words: list[str]) -> None:
        """agree t1 ann   or   agree t1 ann from=ann/1"""
        chosen = options(words[2:])
        account = self.account(chosen["from"]) if "from" in chosen else 0
        self.execute(w.AcceptBlockTrade(self.ids[words[1]], self.ids[words[0]], account))

    def do_restart(self, _: list[str]) -> None:
        """restart   (the exchange goes on from a snapshot of itself)"""
        self.engine = Engine.load(self.engine.dump())

    # Time and tables

    def do_wait(self, words: list[str]) -> None:
        """wait 15s   (and what is due happens)"""
        self.at += duration(words[0])
        self.execute(c.Tick())

    def do_late(self, words: list[str]) -> None:
        """late 15s   (the clock goes on; what is due waits for the next step)"""
        self.at += duration(words[0])

    def do_book(self, words: list[str]) -> None:
        """book   or   book M"""
        self.rows = self.tables.book(self.ids[words[0]] if words else self.tables.markets[0])

    def do_orders(self, _: list[str]) -> None:
        """orders"""
        self.rows = self.tables.order_table()

    def do_accounts(self, words: list[str]) -> None:
        """accounts   or   accounts ann bob"""
        self.rows = self.tables.account_table([self.account(name) for name in words])

    def do_positions(self, _: list[str]) -> None:
        """positions"""
        self.rows = self.tables.position_table()

    def do_house(self, _: list[str]) -> None:
        """house"""
        self.rows = self.tables.house_table()

    def do_queue(self, words: list[str]) -> None:
        """queue a1   (contracts ahead at its price)"""
        ahead = self.engine.queue_position(self.ids[words[0]])
        self.rows = [(words[0], "none" if ahead is None else format_count(ahead))]
