"""The words of scenarios for subtraders and their caps, locked accounts, positions that move.

Each is a method of the scenario (`tests/scenarios/steps.py`); its docstring shows the line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from presage.domain import member_commands as m
from presage.domain.accounts import NO_CAP
from presage.domain.ids import member_of
from presage.domain.trading_days import date_text
from presage.units import CENT, format_balance, parse_count, parse_money, parse_price
from tests.scenarios.words import options

if TYPE_CHECKING:
    from tests.scenarios.steps import Scenario


def subtrader(s: Scenario, words: list[str]) -> None:
    """subtrader desk acme 50   (a customer of acme's, with money of acme's)"""
    s.open(words[0], "subtrader", CENT, s.ids[words[1]])
    s.do_move([words[2], words[1], words[0]])


def cap(s: Scenario, words: list[str]) -> None:
    """cap desk 20   or   cap desk none   or   cap desk 20 by=bob"""
    limit = NO_CAP if words[1] == "none" else parse_money(words[1])
    subtrader = s.ids[words[0]]
    known = s.engine.state.members[subtrader].subtrader
    by = options(words[2:]).get("by")
    fcm = s.ids[by] if by else known.fcm.id if known else 0
    s.execute(m.SetDailyCap(fcm, subtrader, limit))


def capped(s: Scenario, words: list[str]) -> None:
    """capped desk   (the cap, and what is used of it today)"""
    use = s.engine.cap_use(s.ids[words[0]], s.at)
    s.rows = [(words[0], "has no cap")]
    if use is not None:
        amounts = [format_balance(one) for one in use[:4]]
        s.rows = [("limit", "executed", "resting", "pending", "day")]
        s.rows.append((*amounts, date_text(use.day)))


def lock(s: Scenario, words: list[str]) -> None:
    """lock ann/1"""
    s.execute(m.LockAccount(s.account(words[0])))


def unlock(s: Scenario, words: list[str]) -> None:
    """unlock ann/1"""
    s.execute(m.UnlockAccount(s.account(words[0])))


def hand(s: Scenario, words: list[str]) -> None:
    """hand 5 yes ann ann/1 @ 0.60 id=x in=M   (ann's 5 YES contracts to ann's subaccount 1)"""
    chosen = options(words[6:])
    source, target = s.account(words[2]), s.account(words[3])
    s.moves += 1
    transfer = chosen.get("id", f"transfer {s.moves}")
    command = m.TransferPosition(
        source,
        target,
        s.ids[chosen["in"]] if "in" in chosen else s.tables.markets[0],
        parse_count(words[0]),
        parse_price(words[5]),
        transfer,
        words[1] == "no",
        s.once.get((f"position:{member_of(source)}", transfer), 0),
    )
    s.execute(command)
