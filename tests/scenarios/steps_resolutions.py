"""The words of scenarios for the outcomes of an event's markets together.

Each is a method of the scenario (`tests/scenarios/steps.py`); its docstring shows the line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from presage.domain.resolution_commands import (
    OWN_TIMER,
    VOID,
    CorrectOutcomes,
    DisputeMarkets,
    Lines,
    ResolveMarkets,
    SettleMarkets,
)
from presage.units import parse_money, parse_price
from tests.scenarios.words import duration, options

if TYPE_CHECKING:
    from tests.scenarios.steps import Scenario

_WORDS: Final = frozenset({"window", "close", "stand", "least", "back"})


def resolve(s: Scenario, words: list[str]) -> None:
    """resolve M=1 N=void window=2h close stand=K,L least=1h back=ann:5   (`stand`: disputed, and
    their outcome stands; `back`: a bond)"""
    chosen = options(words)
    named = {name: value for name, value in chosen.items() if name not in _WORDS}
    stand = chosen.get("stand", "")
    s.execute(
        ResolveMarkets(
            tuple(
                (s.ids[name], VOID if value == "void" else parse_price(value))
                for name, value in named.items()
            ),
            duration(chosen["window"]) if "window" in chosen else OWN_TIMER,
            "close" in chosen,
            tuple(s.ids[name] for name in stand.split(",") if name),
            duration(chosen.get("least", "0s")),
            _bond(s, chosen["back"], -1) if "back" in chosen else (),
            "decided",
        )
    )


def doubt(s: Scenario, words: list[str]) -> None:
    """doubt M N bond=ann:5"""
    chosen = options(words)
    markets = tuple(s.ids[name] for name in chosen if name not in ("bond",))
    lines = _bond(s, chosen["bond"], 1) if "bond" in chosen else ()
    s.execute(DisputeMarkets(markets, lines, "disputed"))


def pay(s: Scenario, words: list[str]) -> None:
    """pay M N"""
    s.execute(SettleMarkets(tuple(s.ids[name] for name in words)))


def correct(s: Scenario, words: list[str]) -> None:
    """correct M=0 N=1 without=ann   (`without`: as if she had not been paid; VOID is no number)"""
    chosen = options(words)
    missing = s.account(chosen.pop("without")) if "without" in chosen else 0
    values = {
        s.ids[name]: VOID if value == "void" else parse_price(value)
        for name, value in chosen.items()
    }
    held = tuple(
        (market, account, position)
        for (market, account), position in s.tables.paid_for.items()
        if market in values and account != missing
    )
    s.execute(CorrectOutcomes(tuple(values.items()), held, "correction:1"))


def _bond(s: Scenario, text: str, sign: int) -> Lines:
    """From `ann:5`: out of her cash into the hold, or back."""
    name, _, amount = text.partition(":")
    account, money = s.account(name), sign * parse_money(amount)
    return ((f"cash:{account}", -money), (f"hold:bond:{account}:1", money))
